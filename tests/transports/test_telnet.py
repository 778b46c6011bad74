"""The telnet machine: bytes in, text and answers out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_device.transports.telnet import Telnet, TelnetError

OPENING = bytes.fromhex("fffb00 fffd00 fffb03 fffd03")


def answer_to(data: bytes) -> bytes:
    telnet = Telnet()
    assert telnet.data_to_send() == OPENING
    assert telnet.receive(data) == b""
    return telnet.data_to_send()


def test_it_begins_with_what_it_wants() -> None:
    telnet = Telnet()
    assert telnet.data_to_send() == OPENING
    assert telnet.data_to_send() == b""


@pytest.mark.parametrize(
    ("received", "answer"),
    [
        ("fffb00", ""),  # WILL BINARY: we asked for it
        ("fffd03", ""),  # DO SUPPRESS-GO-AHEAD: we offered it
        ("fffb01", "fffd01"),  # WILL ECHO: do
        ("fffb01 fffb01", "fffd01"),  # said twice, answered once
        ("fffb01 fffc01", "fffd01 fffe01"),  # and then it won't
        ("fffc01", ""),  # WON'T ECHO: it does not anyway
        ("fffc00", "fffe00"),  # WON'T BINARY: then don't
        ("fffe00", "fffc00"),  # DON'T BINARY: then we won't
        ("fffd01", "fffc01"),  # DO ECHO: we do not echo
        ("fffd18", "fffc18"),  # DO TERMINAL-TYPE: no
        ("fffb05", "fffe05"),  # WILL STATUS: no
        ("fffa1801fff0", ""),  # a sub-negotiation nobody asked for
        ("fff1 fff9 fff6", ""),  # NOP, GO AHEAD, ARE YOU THERE
    ],
)
def test_an_offer_has_its_answer(received: str, answer: str) -> None:
    assert answer_to(bytes.fromhex(received)) == bytes.fromhex(answer)


def test_a_subnegotiation_may_contain_the_command_byte() -> None:
    telnet = Telnet()
    assert telnet.receive(bytes.fromhex("61 fffa18 ffff f0 fff0 62")) == b"ab"


def test_a_subnegotiation_without_end_is_an_error_at_a_bounded_size() -> None:
    telnet = Telnet()
    telnet.receive(b"\xff\xfa" + bytes(4096))
    with pytest.raises(TelnetError):
        telnet.receive(b"\0")


def test_line_ends_and_nul_are_data() -> None:
    assert Telnet().receive(b"a\r\0\r\n\0b") == b"a\r\0\r\n\0b"


@given(st.binary(), st.lists(st.integers(0, 40), max_size=8))
def test_escaped_text_comes_back_however_it_is_cut(text: bytes, cuts: list[int]) -> None:
    noise = bytes.fromhex("fffb01 fffa18 01 fff0 fff1")
    wire = noise + Telnet.escape(text) + noise
    telnet = Telnet()
    got = b""
    for cut in [*cuts, len(wire)]:
        got += telnet.receive(wire[:cut])
        wire = wire[cut:]
    assert got == text


@given(st.lists(st.binary(max_size=20)))
def test_garbage_never_breaks_it(chunks: list[bytes]) -> None:
    telnet = Telnet()
    for chunk in chunks:
        assert len(telnet.receive(chunk)) <= len(chunk)
        # An answer is never longer than the question: two machines cannot talk for ever.
        assert len(telnet.data_to_send()) <= len(chunk) + len(OPENING) + 2


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_two_machines_fall_silent(chunks: list[bytes]) -> None:
    one, other = Telnet(), Telnet()
    for chunk in chunks:
        one.receive(Telnet.escape(chunk))
    for _ in range(10):
        other.receive(one.data_to_send())
        one.receive(other.data_to_send())
    assert one.data_to_send() == b""
