"""The wire between a simulated board and its client: two bounded queues of bytes."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING

from iot_device.errors import ConnectionLostError
from iot_device.transports.base import MAX_READ

if TYPE_CHECKING:
    import threading

__all__ = ["MAX_WAITING", "Wire"]

MAX_WAITING = 256 * 1024  # bytes on their way, each way; then the writer waits


class Wire:
    """One client's connection to a board.

    The client uses ``read``, ``write``, ``wake``; the board ``take``, ``send``, ``end``.

    Args:
        changed: The board's condition; told when the board can go on.
        url: For messages.
    """

    def __init__(self, changed: threading.Condition, url: str) -> None:
        self._changed = changed
        self._url = url
        self._to_board = bytearray()
        # Its put may be called from a signal handler while the same thread is in get.
        self._to_client: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._on_the_way = 0
        self._is_ended = False

    # The client's end.

    def read(self, timeout: float | None) -> bytes:
        """Return what the board sent; see ``Transport.read``."""
        try:
            data = self._to_client.get(block=timeout != 0, timeout=timeout or None)
        except queue.Empty:
            return b""
        if data is None:
            self._to_client.put(None)
            raise self._lost()
        if data:
            with self._changed:
                self._on_the_way -= len(data)
                self._changed.notify_all()
        return data

    def write(self, data: bytes, timeout: float | None) -> int:
        """Give bytes to the board; see ``Transport.write``."""
        if not data:
            return 0
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self._is_ended and len(self._to_board) >= MAX_WAITING:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return 0
                self._changed.wait(left)
            if self._is_ended:
                raise self._lost()
            taken = data[: MAX_WAITING - len(self._to_board)]
            self._to_board += taken
            self._changed.notify_all()
        return len(taken)

    def wake(self) -> None:
        """Make a ``read`` that waits return; safe in a signal handler."""
        self._to_client.put(b"")

    def _lost(self) -> ConnectionLostError:
        return ConnectionLostError("the simulated board was switched off", port=self._url)

    # The board's end; the caller holds the condition.

    @property
    def waiting(self) -> bytearray:
        """What the client wrote and the board has not taken."""
        return self._to_board

    @property
    def has_room(self) -> bool:
        """Whether the client reads fast enough for more."""
        return self._on_the_way < MAX_WAITING

    def take(self) -> bytes:
        """Take what the client wrote."""
        data = bytes(self._to_board)
        self._to_board.clear()
        self._changed.notify_all()
        return data

    def send(self, data: bytes) -> None:
        """Send to the client; this never waits, see ``has_room``."""
        self._on_the_way += len(data)
        for start in range(0, len(data), MAX_READ):
            self._to_client.put(data[start : start + MAX_READ])

    def end(self) -> None:
        """Cut the wire: the client reads what was sent, then its end."""
        self._is_ended = True
        self._to_client.put(None)
        self._changed.notify_all()
