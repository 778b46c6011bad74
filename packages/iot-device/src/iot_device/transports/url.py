"""URLs of transports: ``serial:///dev/ttyACM0?baudrate=9600``, ``socket://HOST:PORT``, ..."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, unquote

from iot_device.errors import InvalidTargetError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iot_device.transports.base import Transport

__all__ = [
    "OptionValue",
    "TransportUrl",
    "check_scheme",
    "is_plain_port",
    "parse_url",
    "transport_for",
]

OptionValue: TypeAlias = str | int | bool

_PLAIN_PORT = re.compile(r"\.{0,2}/.+|(\\\\\.\\)?COM\d+", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"[\w.-]+|\[[0-9a-f:.]+(%\w+)?\]", re.IGNORECASE)
_TELNET_PORT = 23  # RFC 854


@dataclass(frozen=True)
class TransportUrl:
    """The parts of a URL; ``str()`` puts them together again.

    Attributes:
        scheme: ``serial``, ``socket``, ``telnet``, ``rfc2217`` or ``sim``.
        path: The port (``serial``) or the flash folder (``sim``; empty for the default one).
        host: Name or address, an IPv6 address without brackets.
        port: TCP port.
        options: What stands after ``?``, as numbers, booleans and text.
    """

    scheme: str
    path: str = ""
    host: str = ""
    port: int | None = None
    options: Mapping[str, OptionValue] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        place = quote(self.path, safe="/\\:.~+,@= ")
        if self.host:
            host = f"[{self.host}]" if ":" in self.host else self.host
            place = host if self.port is None else f"{host}:{self.port}"
        options = "&".join(f"{name}={_text(value)}" for name, value in self.options.items())
        return f"{self.scheme}://{place}{'?' if options else ''}{options}"


def is_plain_port(text: str) -> bool:
    """Whether a text is written like a port: ``/dev/ttyACM0``, ``./board``, ``COM3``."""
    return _PLAIN_PORT.fullmatch(text) is not None


def parse_url(text: str) -> TransportUrl:
    """Take a URL, or the plain name of a serial port, apart.

    Raises:
        InvalidTargetError: It makes no sense; the hint says what would.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        return _parse_plain_port(text)
    scheme = scheme.lower()
    check_scheme(scheme, _without_user(text))
    place, _, query = rest.partition("?")
    options = _parse_options(scheme, query, text)
    if scheme in ("serial", "sim"):
        return TransportUrl(scheme, path=_parse_path(scheme, place, text), options=options)
    host, port = _parse_address(scheme, place, text)
    return TransportUrl(scheme, host=host, port=port, options=options)


def check_scheme(scheme: str, target: str) -> None:
    """Raise unless a URL may begin with this word.

    Args:
        scheme: What stands before ``://``.
        target: The words of the user, for the error.

    Raises:
        InvalidTargetError: It may not.
    """
    if scheme not in _OPTIONS:
        raise InvalidTargetError(
            f"unknown kind of URL: {scheme}://",
            target=target,
            hint=_suggest(scheme, list(_OPTIONS), "://"),
        )


def transport_for(url: TransportUrl | str) -> Transport:
    """Make the transport of a URL, not yet open; the simulator's belong to a layer above.

    Raises:
        InvalidTargetError: There is no transport for it here.
    """
    if isinstance(url, str):
        url = parse_url(url)
    # Each module is loaded when it is needed: commands without a board start faster.
    match url.scheme:
        case "serial":
            from iot_device.transports.serial import SerialTransport  # noqa: PLC0415

            return SerialTransport(url.path, **url.options)  # type: ignore[arg-type]  # by _OPTIONS
        case "rfc2217":
            from iot_device.transports.rfc2217 import Rfc2217Transport  # noqa: PLC0415

            return Rfc2217Transport(url.host, url.port or 0, **url.options)  # type: ignore[arg-type]
        case "socket" | "telnet":
            from iot_device.transports import socket  # noqa: PLC0415

            telnet = url.scheme == "telnet"
            kind = socket.TelnetTransport if telnet else socket.SocketTransport
            return kind(url.host, url.port or 0)
        case _:
            raise InvalidTargetError(f"no transport for {url}", target=str(url))


def _parse_plain_port(text: str) -> TransportUrl:
    if not is_plain_port(text):
        raise InvalidTargetError(
            f"{text!r} is neither a port nor a URL",
            target=text,
            hint="ports look like /dev/ttyACM0 or COM3, URLs like socket://HOST:PORT",
        )
    return TransportUrl("serial", path=_path_without_nul(text, text))


def _parse_path(scheme: str, place: str, text: str) -> str:
    path = unquote(place)
    if scheme == "serial" and not path:
        raise InvalidTargetError(
            "the URL names no port",
            target=text,
            hint="write serial:///dev/ttyACM0 or serial://COM3",
        )
    return _path_without_nul(path, text)


def _path_without_nul(path: str, text: str) -> str:
    if "\0" in path:
        raise InvalidTargetError("a path holds no NUL", target=text)
    return path


def _parse_address(scheme: str, place: str, text: str) -> tuple[str, int]:
    if "@" in place:
        raise InvalidTargetError(
            "a URL holds no user name and no password",
            target=_without_user(text),
            hint="leave out what stands before the @; passwords come from the secrets store",
        )
    host, separator, port = place.rpartition(":")
    if not separator or "]" in port:
        host, port = place, str(_TELNET_PORT) if scheme == "telnet" else ""
    if not _HOST.fullmatch(host) or not port.isascii() or not port.isdigit():
        raise InvalidTargetError(
            f"{text} does not name a host and a port",
            target=text,
            hint=f"write {scheme}://HOST:PORT; an IPv6 address stands in brackets",
        )
    if not 0 < int(port) < 65536:
        raise InvalidTargetError(f"{port} is no TCP port", target=text, hint="from 1 to 65535")
    return host.strip("[]"), int(port)


def _parse_options(scheme: str, query: str, text: str) -> dict[str, OptionValue]:
    known = _OPTIONS[scheme]
    options: dict[str, OptionValue] = {}
    for part in filter(None, query.split("&")):
        name, _, quoted = part.partition("=")
        value = unquote(quoted)
        if name not in known:
            raise InvalidTargetError(
                f"{scheme}:// knows no option {name!r}",
                target=_without_user(text),
                hint=_suggest(name, list(known)),
            )
        if name in options:
            raise InvalidTargetError(f"{name} is given twice", target=_without_user(text))
        try:
            options[name] = known[name](value)
        except ValueError as error:
            raise InvalidTargetError(
                f"{name}={value}: {error}", target=_without_user(text)
            ) from error
    return options


def _switch(value: str) -> bool:
    if value.lower() in ("on", "1", "true", "yes"):
        return True
    if value.lower() in ("off", "0", "false", "no"):
        return False
    raise ValueError("on or off is meant")


def _level(value: str) -> OptionValue:
    if value.lower() == "keep":
        return "keep"
    try:
        return _switch(value)
    except ValueError:
        raise ValueError("on or off or keep is meant") from None


def _positive(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not int(value):
        raise ValueError("a whole number above 0 is meant")
    return int(value)


def _hex(value: str) -> str:
    if not re.fullmatch(r"(?:[0-9a-fA-F]{2})+", value):
        raise ValueError("pairs of hexadecimal digits are meant")
    return value.lower()


def _nonempty(value: str) -> str:
    if not value:
        raise ValueError("a value is meant")
    return value


_LINE_OPTIONS: dict[str, Callable[[str], OptionValue]] = {
    "baudrate": _positive,
    "dtr": _level,
    "rts": _level,
}
_OPTIONS: dict[str, dict[str, Callable[[str], OptionValue]]] = {
    "serial": _LINE_OPTIONS,
    "socket": {},
    "telnet": {},
    "rfc2217": _LINE_OPTIONS,
    "sim": {"vm": _nonempty, "heap": _positive, "uid": _hex, "image": _nonempty},
}


def _suggest(word: str, known: list[str], suffix: str = "") -> str:
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return f"did you mean {close[0]}{suffix}?"
    if not known:
        return "it has no options"
    return f"known are {', '.join(name + suffix for name in known)}"


def _text(value: OptionValue) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return quote(str(value), safe="/")


def _without_user(text: str) -> str:
    """The URL without what stands between ``://`` and ``@``: it may be a password."""
    return re.sub(r"://[^/?]*@", "://", text)
