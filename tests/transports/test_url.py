"""URLs of transports: what they mean, and what is said about wrong ones."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iot_device.errors import InvalidTargetError, IotError
from iot_device.transports import TransportUrl, parse_url, transport_for
from iot_device.transports.rfc2217 import Rfc2217Transport
from iot_device.transports.serial import SerialTransport
from iot_device.transports.socket import SocketTransport, TelnetTransport

GOOD = {
    "/dev/ttyACM0": TransportUrl("serial", path="/dev/ttyACM0"),
    "/dev/serial/by-id/usb-a?b": TransportUrl("serial", path="/dev/serial/by-id/usb-a?b"),
    "./board": TransportUrl("serial", path="./board"),
    "COM3": TransportUrl("serial", path="COM3"),
    "com12": TransportUrl("serial", path="com12"),
    r"\\.\COM12": TransportUrl("serial", path=r"\\.\COM12"),
    "serial:///dev/ttyUSB0": TransportUrl("serial", path="/dev/ttyUSB0"),
    "serial://COM3": TransportUrl("serial", path="COM3"),
    "SERIAL://COM3": TransportUrl("serial", path="COM3"),
    "serial:///a%3Fb%25": TransportUrl("serial", path="/a?b%"),
    "serial:///dev/ttyUSB0?baudrate=9600&dtr=on&rts=0": TransportUrl(
        "serial", path="/dev/ttyUSB0", options={"baudrate": 9600, "dtr": True, "rts": False}
    ),
    "socket://board.local:23": TransportUrl("socket", host="board.local", port=23),
    "socket://[fe80::1]:8080": TransportUrl("socket", host="fe80::1", port=8080),
    "telnet://10.0.0.7": TransportUrl("telnet", host="10.0.0.7", port=23),
    "telnet://10.0.0.7:2323": TransportUrl("telnet", host="10.0.0.7", port=2323),
    "telnet://[::1]": TransportUrl("telnet", host="::1", port=23),
    "rfc2217://host:4000?baudrate=57600&dtr=TRUE&rts=no": TransportUrl(
        "rfc2217", host="host", port=4000, options={"baudrate": 57600, "dtr": True, "rts": False}
    ),
    "serial:///dev/ttyUSB0?dtr=keep&rts=Keep": TransportUrl(
        "serial", path="/dev/ttyUSB0", options={"dtr": "keep", "rts": "keep"}
    ),
    "sim://": TransportUrl("sim"),
    "sim:///home/me/flash": TransportUrl("sim", path="/home/me/flash"),
    "sim:///f?vm=micropython&heap=64&uid=00AAff": TransportUrl(
        "sim", path="/f", options={"vm": "micropython", "heap": 64, "uid": "00aaff"}
    ),
    "sim://?image=lfs2:512": TransportUrl("sim", options={"image": "lfs2:512"}),
    "sim://?vm=/opt/a+b/mpy": TransportUrl("sim", options={"vm": "/opt/a+b/mpy"}),
}

BAD = {
    "": "neither a port nor a URL",
    "pico": "neither a port nor a URL",
    "COMX": "neither a port nor a URL",
    "http://host": "unknown kind of URL",
    "serial://": "names no port",
    "serial://?baudrate=9600": "names no port",
    "serial:///dev/a?speed=9600": "knows no option 'speed'",
    "serial:///dev/a?baudrate=fast": "whole number",
    "serial:///dev/a?baudrate=0": "whole number",
    "serial:///dev/a?dtr=maybe": "on or off",
    "serial:///dev/a?dtr=on&dtr=off": "given twice",
    "serial:///dev/a%00b": "NUL",
    "socket://host": "host and a port",
    "socket://:80": "host and a port",
    "socket://host:": "host and a port",
    "socket://host:http": "host and a port",
    "socket://host:٣": "host and a port",
    "socket://a b:80": "host and a port",
    "socket://host:80/path": "host and a port",
    "socket://fe80::1:80": "host and a port",
    "socket://host:0": "no TCP port",
    "socket://host:65536": "no TCP port",
    "socket://host:1?baudrate=9600": "knows no option",
    "sim://?uid=xyz": "hexadecimal",
    "sim://?heap=-1": "whole number",
    "sim://?vm=": "a value is meant",
}


@pytest.mark.parametrize("text", GOOD)
def test_a_url_has_its_parts(text: str) -> None:
    assert parse_url(text) == GOOD[text]


@pytest.mark.parametrize("text", GOOD)
def test_a_url_can_be_written_again(text: str) -> None:
    url = parse_url(text)
    assert parse_url(str(url)) == url


@pytest.mark.parametrize("text", BAD)
def test_a_wrong_url_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(InvalidTargetError, match=BAD[text]) as caught:
        parse_url(text)
    assert caught.value.target == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("serail:///dev/ttyACM0", "did you mean serial://?"),
        ("rfc2271://host:1", "did you mean rfc2217://?"),
        ("serial:///dev/a?baud=9600", "did you mean baudrate?"),
        ("serial:///dev/a?parity=even", "known are baudrate, dtr, rts"),
        ("socket://h:1?x=1", "it has no options"),
    ],
)
def test_the_hint_tells_what_was_meant(text: str, hint: str) -> None:
    with pytest.raises(InvalidTargetError) as caught:
        parse_url(text)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    "text", ["socket://me:secret@host:80", "telnet://secret@host", "htp://me:secret@host:80"]
)
def test_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidTargetError) as caught:
        parse_url(text)
    assert "secret" not in f"{caught.value} {caught.value.hint} {caught.value.target}".replace(
        "secrets store", ""
    )


@given(st.text())
@example("/\0")
def test_any_text_is_a_url_or_refused(text: str) -> None:
    try:
        url = parse_url(text)
    except IotError:
        return
    assert parse_url(str(url)) == url


@given(st.sampled_from(["serial", "socket", "telnet", "rfc2217", "sim"]), st.text())
def test_any_text_behind_a_scheme_is_a_url_or_refused(scheme: str, text: str) -> None:
    test_any_text_is_a_url_or_refused.hypothesis.inner_test(f"{scheme}://{text}")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("/dev/ttyACM0", SerialTransport),
        ("serial:///dev/ttyACM0?baudrate=9600&dtr=off&rts=on", SerialTransport),
        ("socket://host:23", SocketTransport),
        ("telnet://host:23", TelnetTransport),
        ("rfc2217://host:4000?dtr=on", Rfc2217Transport),
    ],
)
def test_each_url_has_its_transport(text: str, kind: type) -> None:
    transport = transport_for(text)
    assert type(transport) is kind
    assert parse_url(transport.url) == parse_url(text)


def test_the_simulator_is_made_elsewhere() -> None:
    with pytest.raises(InvalidTargetError, match="no transport"):
        transport_for("sim://")
