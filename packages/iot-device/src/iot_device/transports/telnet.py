"""The telnet protocol (RFC 854, 855), as far as a clean pipe of bytes needs it; pure.

We ask for BINARY (RFC 856) and SUPPRESS-GO-AHEAD (RFC 858) in both directions and let the
server echo (RFC 857), which is what a REPL does; all else is refused. ``CR NUL`` is left
alone: a server that follows the RFC agrees to BINARY, where it has no meaning, and boards'
servers never translated it.
"""

from __future__ import annotations

from enum import Enum, auto

__all__ = ["Telnet", "TelnetError"]

_IAC = 0xFF  # "interpret as command"; as data it is sent twice
_DONT, _DO, _WONT, _WILL = 0xFE, 0xFD, 0xFC, 0xFB
_SB, _SE = 0xFA, 0xF0  # begin and end of a sub-negotiation

_BINARY, _ECHO, _SUPPRESS_GO_AHEAD = 0, 1, 3

_SERVER_MAY = {_BINARY, _ECHO, _SUPPRESS_GO_AHEAD}
_WE_MAY = {_BINARY, _SUPPRESS_GO_AHEAD}
_MAX_SUBNEGOTIATION = 4096  # bytes; real ones have some dozens


class TelnetError(OSError):
    """The server breaks the protocol."""


class _State(Enum):
    DATA = auto()
    COMMAND = auto()
    OPTION = auto()
    SUBNEGOTIATION = auto()
    SUBNEGOTIATION_COMMAND = auto()


class Telnet:
    """The client's side of one telnet connection: bytes in, text and answers out."""

    def __init__(self) -> None:
        self._state = _State.DATA
        self._command = 0
        self._skipped = 0
        # An answer is sent only when something changes, or two sides could answer for ever.
        self._ours = set(_WE_MAY)
        self._theirs = {_BINARY, _SUPPRESS_GO_AHEAD}
        self._outgoing = bytearray()
        for option in sorted(_WE_MAY):
            self._outgoing += bytes((_IAC, _WILL, option, _IAC, _DO, option))

    def data_to_send(self) -> bytes:
        """Return the answers that are due, and forget them."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    @staticmethod
    def escape(data: bytes) -> bytes:
        """Return ``data`` as it goes on the wire."""
        return data.replace(b"\xff", b"\xff\xff")

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the wire; return those that are text.

        Raises:
            TelnetError: A sub-negotiation does not end.
        """
        text = bytearray()
        position = 0
        while position < len(data):
            if self._state is _State.DATA:
                end = data.find(_IAC, position)
                end = len(data) if end < 0 else end
                text += data[position:end]
                position = end + 1
                if end < len(data):
                    self._state = _State.COMMAND
            else:
                text += self._take(data[position])
                position += 1
        return bytes(text)

    def _take(self, byte: int) -> bytes:
        match self._state:
            case _State.COMMAND:
                return self._take_command(byte)
            case _State.OPTION:
                self._state = _State.DATA
                self._negotiate(self._command, byte)
            case _:
                self._skip(byte)
        return b""

    def _take_command(self, byte: int) -> bytes:
        self._state = _State.DATA
        if byte == _IAC:
            return b"\xff"
        if byte in (_WILL, _WONT, _DO, _DONT):
            self._command = byte
            self._state = _State.OPTION
        elif byte == _SB:
            self._skipped = 0
            self._state = _State.SUBNEGOTIATION
        return b""

    def _skip(self, byte: int) -> None:
        self._skipped += 1
        if self._skipped > _MAX_SUBNEGOTIATION:
            raise TelnetError("the telnet server sends a sub-negotiation without end")
        if self._state is _State.SUBNEGOTIATION_COMMAND:
            self._state = _State.DATA if byte == _SE else _State.SUBNEGOTIATION
        elif byte == _IAC:
            self._state = _State.SUBNEGOTIATION_COMMAND

    def _negotiate(self, command: int, option: int) -> None:
        if command in (_WILL, _WONT):
            self._answer(self._theirs, _SERVER_MAY, option, command == _WILL, (_DO, _DONT))
        else:
            self._answer(self._ours, _WE_MAY, option, command == _DO, (_WILL, _WONT))

    def _answer(
        self,
        active: set[int],
        allowed: set[int],
        option: int,
        wanted: bool,  # noqa: FBT001  (what the peer said, not a switch)
        words: tuple[int, int],
    ) -> None:
        yes, no = words
        if wanted and option not in allowed:
            self._outgoing += bytes((_IAC, no, option))
        elif wanted != (option in active):
            (active.add if wanted else active.discard)(option)
            self._outgoing += bytes((_IAC, yes if wanted else no, option))
