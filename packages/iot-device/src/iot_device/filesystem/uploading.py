"""Sending bytes to a function of the board, as a stream of frames."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from iot_device.errors import (
    BoardTimeoutError,
    ExecutionError,
    ExecutionInterrupted,
    RemoteProtocolError,
    ResultError,
)
from iot_device.filesystem.pace import MEASURED
from iot_device.protocol.transfer import ALIVE, GRANT, Sender

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.filesystem.calls import BoardCalls

__all__ = ["Bytes", "send_frames", "send_stream", "size_to_send"]

_PATIENCE: Final = 1.0  # seconds without a sign of the board before it is asked
# Silences, one after the other. Each is twice as long as the one before, but at the beginning: what
# reads nothing of its input stores nothing either, which could take so long.
_SILENCES: Final = 3
_FIRST_SILENCES: Final = 4
_FAILURES: Final = 10  # in a row, of the same frame
_FAILURES_OF_A_LINK_THAT_WAITS: Final = 2


class _LinkLosesBytesError(Exception):
    """A link was thought to wait, and does not. Never leaves this module."""


class Bytes(Protocol):
    """What is sent, and who is told what becomes of it."""

    def read(self, start: int, size: int) -> bytes:
        """Return ``size`` bytes from ``start`` on; fewer only at the end."""
        ...

    def on_stored(self, size: int) -> None:
        """So many bytes are stored."""
        ...

    def on_answer(self, answer: list[Any]) -> None:
        """The board's function has yielded something that is not about frames."""
        ...


class _Upload:
    """Joins a ``Sender`` to the board: an ``Exchange``.

    Args:
        sender: What is sent.
        source: Is told what becomes of it.
    """

    def __init__(self, sender: Sender, source: Bytes) -> None:
        self._sender = sender
        self._source = source
        self._question = b""
        self._silences = 0
        self._has_begun = False
        self._has_taken = False
        self._failures = 0
        self._started = 0.0
        self.taken: int = 0  # bytes that the board has taken out of its input, as its marks tell
        self.seconds: float = 0.0  # until the last of these
        self.patience: float = _PATIENCE
        self.gave_up: bool = False

    @property
    def is_deaf(self) -> bool:
        """Whether the board said that it is ready, and then took nothing."""
        return self.gave_up and self._has_begun and not self._has_taken

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way."""
        return self._sender.is_settled

    def receive_data(self, data: bytes) -> bytes:
        """Take out the marks by which the board asks for more, or shows that it works."""
        if grants := data.count(GRANT):
            self._sender.granted(grants)
            self.taken += grants * self._sender.pace.piece
            self.seconds = time.monotonic() - self._started
        if grants or ALIVE in data:
            self._heard_of()
            self._has_taken = True
        return data.replace(GRANT, b"").replace(ALIVE, b"")

    def receive_item(self, item: Any) -> None:
        """Take what the board's function yields."""
        self._heard_of()
        self._has_taken = self._has_begun  # the first one says that it is ready
        self._has_begun = True
        if isinstance(item, list):
            self._source.on_answer(item)
            return
        stored = self._sender.stored
        self._sender.receive_answer(item)
        if self._sender.stored > stored:
            self._failures = self._sender.failures
            self._source.on_stored(self._sender.stored)
        self._give_up_if_hopeless()

    def data_to_send(self) -> bytes:
        """Return what may be sent now."""
        data, self._question = self._question, b""
        data = data or self._sender.data_to_send()
        if data and not self._started:
            self._started = time.monotonic()
        return data

    def silence(self, *, unsent: bool) -> bool:
        """Ask the board what it has got, unless that would have to wait too."""
        self._silences += 1
        begins = self._has_begun and not self._has_taken
        if not begins:
            self.patience *= 2
        self.gave_up = self._silences >= (_FIRST_SILENCES if begins else _SILENCES)
        if not unsent:
            self._question = self._sender.ask()
        return not self.gave_up

    def _heard_of(self) -> None:
        self._silences, self.patience = 0, _PATIENCE

    def _give_up_if_hopeless(self) -> None:
        failures = self._sender.failures
        if self._sender.pace.window is None and failures >= _FAILURES_OF_A_LINK_THAT_WAITS:
            raise _LinkLosesBytesError
        if failures - self._failures >= _FAILURES:
            raise RemoteProtocolError(
                "bytes for the board are lost on the way, again and again",
                state="STREAMING",
                hint="try a lower baud rate, a shorter cable, or less load on this computer",
            )


def send_stream(
    calls: BoardCalls,
    path: str,
    data: bytes,
    free: int,
    on_stored: Callable[[int], object],
    *,
    start: int = 0,
) -> int:
    """Send bytes into the open file; return how many it has then: all, or as far as streams do.

    Args:
        calls: Runs board code.
        path: The file, for messages.
        data: What the file gets.
        free: Bytes of memory that are free on the board; 0 if unknown.
        on_stored: Told how many bytes are stored.
        start: Bytes that are stored already.

    Raises:
        BoardOSError: The board refused.
        RemoteProtocolError: Bytes get lost again and again.
    """
    stored = start
    while stored < len(data) and calls.can_stream:
        size = size_to_send(calls, len(data) - stored, stored - start)
        part = _Part(memoryview(data)[stored : stored + size], stored, on_stored)
        stored += send_frames(
            calls, "files_receive", stored, source=part, size=size, free=free, path=path
        )
    return stored


def size_to_send(calls: BoardCalls, size: int, before: int) -> int:
    """Return how many of the bytes to send at once: few on a link of which nothing is known.

    Args:
        calls: Runs board code.
        size: What there is to send.
        before: Bytes that went before, without showing what link it is: compressed, they were few.
    """
    return size if calls.link.waits is not None else min(size, max(MEASURED, before))


@dataclass(frozen=True)
class _Part:
    data: memoryview
    offset: int
    tell: Callable[[int], object]

    def read(self, start: int, size: int) -> bytes:
        return bytes(self.data[start : start + size])

    def on_stored(self, size: int) -> None:
        self.tell(self.offset + size)

    def on_answer(self, answer: list[Any]) -> None:
        raise ResultError("the board's answer makes no sense", text=ascii(answer))


def send_frames(
    calls: BoardCalls,
    function: str,
    *arguments: object,
    source: Bytes,
    size: int,
    free: int,
    path: str,
) -> int:
    """Send bytes to a function of the board that takes frames; return how many are stored.

    Args:
        calls: Runs board code.
        function: The function.
        arguments: Its arguments before those about frames.
        source: The bytes.
        size: How many they are.
        free: Bytes of memory that are free on the board; 0 if unknown.
        path: For messages.

    Raises:
        BoardOSError: The board refused.
        RemoteProtocolError: Bytes get lost again and again.
    """
    check = calls.features.check or "crc32"
    pace = calls.link.pace(free)
    sender = Sender(source.read, size, pace, check=check, deflate=calls.features.deflate)
    upload = _Upload(sender, source)
    frames = pace.frame_size, pace.piece, pace.window is not None, check == "crc32"
    try:
        calls.stream(function, *arguments, *frames, pace.window_bits, exchange=upload, path=path)
    except _LinkLosesBytesError:
        calls.link.lost_bytes()
    except ExecutionInterrupted:
        if not upload.gave_up:
            raise
        if not upload.is_deaf:
            raise _takes_no_more() from None
        calls.link.reads_nothing()
    except ExecutionError as error:
        if error.result.exception != "MemoryError":
            raise
        calls.link.works = calls.link.shrink(pace.block)
    calls.link.measured(upload.taken, upload.seconds)
    return sender.stored


def _takes_no_more() -> BoardTimeoutError:
    return BoardTimeoutError(
        "the board's function still runs, and takes no more of the file",
        waiting_for="an answer of the board's receiver",
        hint="is its flash worn out, or slower than any? try again",
    )
