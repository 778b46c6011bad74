"""Sending bytes into the file that is open on the board, as a stream."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from iot_device.errors import (
    BoardTimeoutError,
    ExecutionError,
    ExecutionInterrupted,
    RemoteProtocolError,
)
from iot_device.filesystem.pace import MEASURED
from iot_device.protocol.transfer import GRANT, Sender

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.filesystem.calls import BoardCalls

__all__ = ["send_stream"]

_PATIENCE: Final = 1.0  # seconds without a sign of the board before it is asked; doubles then
_QUESTIONS: Final = 4  # without an answer, before nothing was stored: it cannot read its input
_FAILURES: Final = 10  # in a row, of the same frame
_FAILURES_OF_A_LINK_THAT_WAITS: Final = 2


class _LinkLosesBytesError(Exception):
    """A link was thought to wait, and does not. Never leaves this module."""


class _Upload:
    """Joins a ``Sender`` to the board: an ``Exchange``.

    Args:
        sender: What is sent.
        on_stored: Told how many bytes are stored.
    """

    def __init__(self, sender: Sender, on_stored: Callable[[int], object]) -> None:
        self._sender = sender
        self._on_stored = on_stored
        self._question = b""
        self._questions = 0
        self._failures = 0
        self._started = 0.0
        self.size: int = 0
        self.seconds: float = 0.0
        self.patience: float = _PATIENCE

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way."""
        return self._sender.is_settled

    def receive_data(self, data: bytes) -> bytes:
        """Take out the marks by which the board asks for more."""
        self._sender.granted(data.count(GRANT))
        return data.replace(GRANT, b"")

    def receive_item(self, item: Any) -> None:
        """Take what the board's function yields."""
        stored = self._sender.stored
        self._sender.receive_answer(item)
        self._questions, self.patience = 0, _PATIENCE
        if self._sender.stored > stored:
            self._failures = self._sender.failures
            self.seconds = time.monotonic() - self._started
            self._on_stored(self._sender.stored)
        self._give_up_if_hopeless()

    def data_to_send(self) -> bytes:
        """Return what may be sent now."""
        data, self._question = self._question, b""
        data = data or self._sender.data_to_send()
        if data and not self.size:
            self._started = time.monotonic()
        self.size += len(data)
        return data

    def silence(self) -> None:
        """Ask the board what it has got."""
        self._questions += 1
        self.patience *= 2
        if self._questions > _QUESTIONS and not self._sender.stored:
            raise BoardTimeoutError(
                "the board does not read what a program's input is",
                waiting_for="an answer of the board's receiver",
                received=b"",
            )
        self._question = self._sender.ask()

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
        end = len(data) if calls.link.waits is not None else min(len(data), stored + MEASURED)
        stored += _send_part(calls, path, memoryview(data)[stored:end], (stored, free), on_stored)
    return stored


def _send_part(
    calls: BoardCalls,
    path: str,
    data: memoryview,
    facts: tuple[int, int],
    on_stored: Callable[[int], object],
) -> int:
    (offset, free), check = facts, calls.features.check or "crc32"
    pace = calls.link.pace(free)
    sender = Sender(
        lambda start, size: bytes(data[start : start + size]),
        len(data),
        pace,
        check=check,
        deflate=calls.features.deflate,
    )
    upload = _Upload(sender, lambda stored: on_stored(offset + stored))
    limits = (offset, pace.frame_size, pace.piece, pace.window is not None)
    bits = pace.window_bits
    try:
        calls.stream("files_receive", *limits, check == "crc32", bits, exchange=upload, path=path)
    except _LinkLosesBytesError:
        calls.link.lost_bytes()
    except BoardTimeoutError:
        if sender.stored:
            raise
        calls.link.works = False
    except ExecutionError as error:
        if isinstance(error, ExecutionInterrupted) or error.result.exception != "MemoryError":
            raise
        calls.link.works = calls.link.shrink(pace.block)
    calls.link.measured(upload.size, upload.seconds)
    return sender.stored
