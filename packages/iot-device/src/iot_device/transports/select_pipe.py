"""Waiting for bytes where the operating system can wait: sockets, and descriptors on POSIX."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import sys
import time
from typing import TYPE_CHECKING, Protocol, TypeAlias

from iot_device.transports.base import MAX_READ

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Deadline", "Pipe", "SelectPipe", "wait_slice"]

Waitable: TypeAlias = int | socket.socket

# Windows delivers Ctrl-C only between two waits, so waits there are cut into slices of this
# many seconds. POSIX interrupts the wait itself (PEP 475).
_WINDOWS_SLICE = 0.1


class Deadline:
    """A moment; what is left of a timeout that was handed down.

    Args:
        timeout: Seconds from now; ``None`` never passes.
    """

    def __init__(self, timeout: float | None) -> None:
        self._end = None if timeout is None else time.monotonic() + timeout

    def left(self) -> float | None:
        """Seconds until the moment, never below 0; ``None`` if there is none."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether the moment is over."""
        return self.left() == 0


def wait_slice(timeout: float | None) -> float | None:
    """How long one wait may last, in seconds, so that signal handlers get their turn."""
    if os.name != "nt":
        return timeout
    return _WINDOWS_SLICE if timeout is None else min(timeout, _WINDOWS_SLICE)


class Pipe(Protocol):
    """What a transport stands on: reads and writes with a timeout, ended by an exception.

    ``read`` and ``write`` are those of ``Transport``, except that the end of the pipe is an
    ``EOFError`` or an ``OSError``.
    """

    def read(self, timeout: float | None) -> bytes:
        """Return what has arrived; ``b""`` after ``timeout`` seconds or a wake."""
        ...

    def write(self, data: bytes, timeout: float | None) -> int:
        """Return how many bytes were taken."""
        ...

    def wake(self) -> None:
        """Make a waiting ``read`` return."""
        ...

    def close(self) -> None:
        """Give everything back. Called once."""
        ...


class _Waker:
    """A pair of sockets: a byte in it makes a wait end. Safe in signal handlers."""

    def __init__(self) -> None:
        self.receiver, self._sender = socket.socketpair()
        self.receiver.settimeout(0)
        self._sender.settimeout(0)

    def wake(self) -> None:
        # Full: the wait will end anyway. Closed: nobody waits.
        with contextlib.suppress(OSError):
            self._sender.send(b"\0")

    def clear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self.receiver.recv(4096):
                pass

    def close(self) -> None:
        self._sender.close()
        self.receiver.close()


def _selector() -> selectors.BaseSelector:
    # poll has no limit on descriptor numbers, but on macOS it does not work with terminals.
    if os.name == "nt" or sys.platform == "darwin":
        return selectors.SelectSelector()
    return selectors.PollSelector()


class SelectPipe:
    """A pipe over two things that can be waited for; one thread reads and writes at a time.

    Args:
        source: What becomes readable.
        sink: What becomes writable; may be the same.
        receive: Returns what has arrived without waiting; ``b""`` at the end of the pipe.
        send: Takes bytes without waiting, returns how many.
        release: Closes both; called once by ``close``.
    """

    def __init__(
        self,
        source: Waitable,
        sink: Waitable,
        *,
        receive: Callable[[], bytes],
        send: Callable[[bytes], int],
        release: Callable[[], None],
    ) -> None:
        self._source = source
        self._sink = sink
        self._receive = receive
        self._send = send
        self._release = release
        self._waker = _Waker()
        self._unsent = b""

    @classmethod
    def over_descriptors(cls, source: int, sink: int, *, release: Callable[[], None]) -> SelectPipe:
        """Make a pipe of two file descriptors (POSIX), which become non-blocking."""
        os.set_blocking(source, False)
        os.set_blocking(sink, False)
        return cls(
            source,
            sink,
            receive=lambda: os.read(source, MAX_READ),
            send=lambda data: os.write(sink, data),
            release=release,
        )

    @classmethod
    def over_socket(cls, connection: socket.socket) -> SelectPipe:
        """Make a pipe of a connected socket, which becomes non-blocking."""
        connection.settimeout(0)
        return cls(
            connection,
            connection,
            receive=lambda: connection.recv(MAX_READ),
            send=connection.send,
            release=connection.close,
        )

    def read(self, timeout: float | None) -> bytes:
        """See ``Pipe.read``."""
        deadline = Deadline(timeout)
        while True:
            ready = self._wait_to_read(deadline)
            if self._source in ready:
                data = self._try_to_receive()
                if data is not None:
                    return data
            elif self._waker.receiver in ready:
                self._waker.clear()
                return b""
            if deadline.passed:
                return b""

    def write(self, data: bytes, timeout: float | None) -> int:
        """See ``Pipe.write``."""
        if not data or not self.drain(timeout):
            return 0
        deadline = Deadline(timeout)
        while True:
            taken = self._try_to_send(data)
            if taken or not self._wait_to_write(deadline):
                return taken

    def send_soon(self, data: bytes) -> None:
        """Send all of ``data`` before anything else, now or while a later read waits."""
        self._unsent += data
        self._flush()

    def drain(self, timeout: float | None) -> bool:
        """Wait until all that was given to ``send_soon`` is sent; tell whether it is."""
        deadline = Deadline(timeout)
        while self._unsent:
            if not self._wait_to_write(deadline):
                return False
            self._flush()
        return True

    def wake(self) -> None:
        """See ``Pipe.wake``."""
        self._waker.wake()

    def close(self) -> None:
        """See ``Pipe.close``."""
        self._waker.close()
        self._release()

    def _try_to_receive(self) -> bytes | None:
        try:
            data = self._receive()
        except BlockingIOError:
            return None
        if not data:
            raise EOFError("the other side closed it")
        return data

    def _try_to_send(self, data: bytes) -> int:
        try:
            return self._send(data)
        except BlockingIOError:
            return 0

    def _flush(self) -> None:
        if self._unsent:
            self._unsent = self._unsent[self._try_to_send(self._unsent) :]

    def _wait_to_read(self, deadline: Deadline) -> set[Waitable]:
        selector = _selector()
        selector.register(self._waker.receiver, selectors.EVENT_READ)
        events = selectors.EVENT_READ
        if self._unsent and self._sink == self._source:
            events |= selectors.EVENT_WRITE
        selector.register(self._source, events)
        while True:
            ready = {key.fileobj: event for key, event in _select(selector, deadline)}
            if ready.get(self._source, 0) & selectors.EVENT_WRITE:
                self._flush()
                if not self._unsent:
                    selector.modify(self._source, selectors.EVENT_READ)
            readable = {item for item, event in ready.items() if event & selectors.EVENT_READ}
            if readable or deadline.passed:
                return {item for item in (self._source, self._waker.receiver) if item in readable}

    def _wait_to_write(self, deadline: Deadline) -> bool:
        selector = _selector()
        selector.register(self._sink, selectors.EVENT_WRITE)
        return bool(_select(selector, deadline))


def _select(
    selector: selectors.BaseSelector, deadline: Deadline
) -> list[tuple[selectors.SelectorKey, int]]:
    while True:
        ready = selector.select(wait_slice(deadline.left()))
        if ready or deadline.passed:
            return ready
