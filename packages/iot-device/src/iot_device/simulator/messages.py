"""What the child process tells the board, and the framing of its standard output.

What a program writes stands in the child's output as it is. The driver's own messages stand
between: a random token of this child, one byte for the kind, four bytes for the length (high
byte first), the payload.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "TOKEN_SIZE",
    "DriverMessage",
    "MessageReader",
    "VmDied",
    "VmFinished",
    "VmMessage",
    "VmOutput",
    "VmReady",
    "VmRequest",
]

TOKEN_SIZE = 16  # bytes
_HEADER_SIZE = TOKEN_SIZE + 5


@dataclass(frozen=True, slots=True)
class VmReady:
    """The child can run programs; ``banner`` is the first line of its friendly REPL."""

    banner: str


@dataclass(frozen=True, slots=True)
class VmOutput:
    """What a program wrote."""

    data: bytes


@dataclass(frozen=True, slots=True)
class VmFinished:
    """A program ended.

    Attributes:
        traceback: As it goes on the wire; empty if nothing was raised.
        system_exit: Whether ``SystemExit`` ended it.
        unread_input: What it left of its standard input.
    """

    traceback: bytes
    system_exit: bool
    unread_input: bytes


@dataclass(frozen=True, slots=True)
class VmRequest:
    """The program asks for something that concerns the board.

    Attributes:
        kind: ``k`` ``micropython.kbd_intr(value)``, ``t`` the clock is ahead of the host's by
            ``value`` seconds, ``h`` hard reset, ``b`` bootloader, ``d`` deep sleep for ``value``
            milliseconds (-1: without end), ``l`` the heap is lost (see ``micropython_driver``),
            ``p`` the power fails.
        value: A number, 0 if the kind has none.
    """

    kind: bytes
    value: int


@dataclass(frozen=True, slots=True)
class VmDied:
    """The child ended, and nobody here had asked for it; ``status`` is its exit status."""

    status: int


VmMessage: TypeAlias = VmReady | VmOutput | VmFinished | VmRequest | VmDied


@dataclass(frozen=True, slots=True)
class DriverMessage:
    """A message of the driver, not yet understood."""

    kind: bytes
    payload: bytes

    def decode(self) -> VmMessage:
        """Return what it means.

        Raises:
            ValueError: The driver does not send such messages.
        """
        if self.kind == b"r":
            return VmReady(self.payload.decode(errors="replace"))
        if self.kind == b"f":
            return self._finished()
        return VmRequest(self.kind, int(self.payload or b"0"))

    def _finished(self) -> VmFinished:
        end = 5 + int.from_bytes(self.payload[1:5], "big")
        traceback = self.payload[5:end].replace(b"\n", b"\r\n")
        return VmFinished(traceback, self.payload[:1] == b"x", self.payload[end:])


class MessageReader:
    """Takes apart the child's output.

    Args:
        token: The token of this child.
    """

    def __init__(self, token: bytes) -> None:
        self._token = token
        self._waiting = b""

    def feed(self, data: bytes, *, more_waits: bool) -> Iterator[bytes | DriverMessage]:
        """Return outputs and messages in their order.

        Args:
            data: What one read of the pipe returned.
            more_waits: Whether the read was as long as it could be. Only then can it have cut a
                header in two: the driver writes a header at once, and it is smaller than what a
                pipe takes undivided. Otherwise nothing is held back, since a program may wait for
                an answer to its last byte.
        """
        waiting = self._waiting + data
        self._waiting = b""
        while (start := waiting.find(self._token)) >= 0:
            if start:
                yield waiting[:start]
            end = self._end_of_message(waiting, start)
            if end > len(waiting):
                self._waiting = waiting[start:]
                return
            yield self._message(waiting[start:end])
            waiting = waiting[end:]
        end = self._uncut(waiting) if more_waits else len(waiting)
        self._waiting = waiting[end:]
        if end:
            yield waiting[:end]

    def _uncut(self, data: bytes) -> int:
        """Return how many bytes of ``data`` cannot be the beginning of a token."""
        for size in range(min(TOKEN_SIZE - 1, len(data)), 0, -1):
            if data.endswith(self._token[:size]):
                return len(data) - size
        return len(data)

    def _end_of_message(self, data: bytes, start: int) -> int:
        header = data[start : start + _HEADER_SIZE]
        if len(header) < _HEADER_SIZE:
            return len(data) + 1
        return start + _HEADER_SIZE + int.from_bytes(header[-4:], "big")

    def _message(self, message: bytes) -> DriverMessage:
        return DriverMessage(message[TOKEN_SIZE : TOKEN_SIZE + 1], message[_HEADER_SIZE:])
