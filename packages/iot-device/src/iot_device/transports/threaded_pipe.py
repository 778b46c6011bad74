"""Waiting for bytes where the operating system cannot wait: two threads and two queues.

Used for serial ports and pipes on Windows, for pyserial's RFC 2217 client (whose ``write``
knows no timeout), and for transports in memory.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

from iot_device.transports.base import MAX_READ
from iot_device.transports.select_pipe import Deadline, wait_slice

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Inbox", "Outbox", "ThreadedPipe"]

_WAKE = b""
_END = (EOFError, OSError, TypeError)  # pyserial: a read of a port just closed is a TypeError
_JOIN_TIMEOUT = 1.0  # seconds that close waits for what is unsent, and for each thread


class Inbox:
    """Bytes on their way to a reader, which can be woken also from a signal handler.

    Args:
        limit: Chunks of at most ``MAX_READ`` bytes that may wait before ``put`` blocks;
            ``None`` for no limit.
    """

    def __init__(self, limit: int | None = None) -> None:
        # SimpleQueue.put is the one that is safe in a signal handler: it is reentrant.
        self._chunks: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        self._room = None if limit is None else threading.Semaphore(limit)
        self._woken = False

    def put(self, data: bytes) -> None:
        """Add bytes; waits while the limit is reached."""
        for start in range(0, len(data), MAX_READ):
            if self._room is not None:
                self._room.acquire()
            self._chunks.put(data[start : start + MAX_READ])

    def end(self, error: Exception) -> None:
        """Let the reader have ``error`` after all that was put before, again and again."""
        self._chunks.put(error)

    def wake(self) -> None:
        """Make a waiting ``get`` return; never blocks."""
        if not self._woken:
            self._woken = True
            self._chunks.put(_WAKE)

    def get(self, timeout: float | None) -> bytes:
        """Return the next bytes; ``b""`` after ``timeout`` seconds or a wake.

        Raises:
            Exception: The error that ``end`` was given.
        """
        item = self._next(Deadline(timeout))
        if isinstance(item, Exception):
            self._chunks.put(item)
            raise item
        if item == _WAKE:
            self._woken = False
        elif self._room is not None:
            self._room.release()
        return item

    def free(self) -> None:
        """Let a ``put`` that waits go on; for closing, when nobody reads any more."""
        if self._room is not None:
            self._room.release(2)

    def _next(self, deadline: Deadline) -> bytes | Exception:
        while True:
            try:
                return self._chunks.get(timeout=wait_slice(deadline.left()))
            except queue.Empty:
                if deadline.passed:
                    return b""


class Outbox:
    """Bytes on their way from a writer, at most ``capacity`` of them."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._data = bytearray()
        self._changed = threading.Condition()
        self._error: Exception | None = None
        self._closed = False

    def put(self, data: bytes, timeout: float | None) -> int:
        """Take as many bytes as there is room for; wait up to ``timeout`` seconds for room.

        Raises:
            Exception: The error that ``fail`` was given.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._room() or self._error, timeout)
            if self._error is not None:
                raise self._error
            taken = data[: self._room()]
            self._data += taken
            self._changed.notify_all()
            return len(taken)

    def take(self, limit: int, timeout: float | None = None) -> bytes:
        """Return up to ``limit`` bytes; ``b""`` after ``timeout`` seconds or at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._data or self._closed or self._error, timeout)
            data = bytes(self._data[:limit])
            del self._data[:limit]
            self._changed.notify_all()
            return data

    def fail(self, error: Exception) -> None:
        """Let every ``put`` have ``error`` from now on."""
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def close(self) -> None:
        """Let ``take`` return ``b""`` once all is taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _room(self) -> int:
        return self._capacity - len(self._data)


class ThreadedPipe:
    """A pipe over calls that block.

    Args:
        receive: Waits for bytes and returns them; ``b""`` means: ask again. Raises ``EOFError``
            or ``OSError`` at the end.
        send: Sends all bytes; may block for ever.
        interrupt: Makes ``receive`` and ``send`` return, if it can.
        release: Closes what is behind; what still blocks has to return then.
    """

    def __init__(
        self,
        *,
        receive: Callable[[], bytes],
        send: Callable[[bytes], object],
        interrupt: Callable[[], None],
        release: Callable[[], None],
    ) -> None:
        self._receive = receive
        self._send = send
        self._interrupt = interrupt
        self._release = release
        self._inbox = Inbox(limit=16)
        self._outbox = Outbox(capacity=4096)
        self._closing = False
        self._reader = threading.Thread(target=self._read_on, name="iot-reader", daemon=True)
        self._writer = threading.Thread(target=self._write_on, name="iot-writer", daemon=True)
        self._reader.start()
        self._writer.start()

    def read(self, timeout: float | None) -> bytes:
        """See ``Pipe.read``."""
        return self._inbox.get(timeout)

    def write(self, data: bytes, timeout: float | None) -> int:
        """See ``Pipe.write``; bytes are taken into a buffer of 4 KB that a thread empties."""
        return self._outbox.put(data, timeout)

    def wake(self) -> None:
        """See ``Pipe.wake``."""
        self._inbox.wake()

    def close(self) -> None:
        """See ``Pipe.close``; gives what is unsent one second."""
        self._outbox.close()
        self._writer.join(_JOIN_TIMEOUT)
        self._closing = True
        self._inbox.free()
        self._interrupt()
        self._reader.join(_JOIN_TIMEOUT)
        self._writer.join(_JOIN_TIMEOUT)
        self._release()

    def _read_on(self) -> None:
        try:
            while not self._closing:
                data = self._receive()
                if data:
                    self._inbox.put(data)
        except _END as error:
            self._inbox.end(error)

    def _write_on(self) -> None:
        try:
            while data := self._outbox.take(MAX_READ):
                self._send(data)
        except _END as error:
            self._outbox.fail(error)
