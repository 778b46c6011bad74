"""Stopping, from another thread, whatever a thread does with a board."""

from __future__ import annotations

import threading
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

    from iot_device.transports.base import Transport

__all__ = ["Cancellation", "raise_if_cancelled"]


class Cancellation:
    """Ends what a thread does with boards as Ctrl-C would: ``KeyboardInterrupt`` is raised there.

    Use it as a context manager around the work, and call ``cancel`` from any other thread::

        with cancellation:
            device.files.write_many(files)

    A program of the user that runs is stopped on the board. A file that is being written stays
    what it was. After one ``KeyboardInterrupt`` it is used up.
    """

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._transport: Transport | None = None
        self._tokens: list[Token[Cancellation | None]] = []

    def cancel(self) -> None:
        """End the work, now or at its next step; from any thread or signal handler."""
        self._wanted.set()
        transport = self._transport
        if transport is not None:
            transport.wake()

    def __enter__(self) -> Self:
        self._tokens.append(_current.set(self))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _current.reset(self._tokens.pop())
        self._transport = None

    def check(self, transport: Transport) -> None:
        """Raise if ``cancel`` was called; else remember which transport to wake."""
        self._transport = transport
        if self._wanted.is_set():
            self._wanted.clear()
            raise KeyboardInterrupt


_current: Final[ContextVar[Cancellation | None]] = ContextVar("cancellation", default=None)


def raise_if_cancelled(transport: Transport) -> None:
    """End this thread's work with a board here, if somebody wants that.

    Args:
        transport: What the next step waits for.

    Raises:
        KeyboardInterrupt: Somebody does.
    """
    cancellation = _current.get()
    if cancellation is not None:
        cancellation.check(transport)
