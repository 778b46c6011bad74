"""Calls a function after changes, not too often, and for the last time after the last change."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["INTERVAL", "Pace"]

INTERVAL: Final = 0.1  # seconds from one call to the next: at most 10 a second
_SHARE: Final = 4  # what a call costs is at most a fifth of the time


class Pace:
    """Calls a function in a thread of its own.

    The thread sleeps until something changed; what costs more time is done less often.

    Args:
        function: Called after changes.
        clock: Tells the time, in seconds.
        wait_for: Waits for what a condition is notified of, at most for some seconds.
    """

    def __init__(
        self,
        function: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
        wait_for: Callable[..., bool] = threading.Condition.wait_for,
    ) -> None:
        self._function = function
        self._clock = clock
        self._wait_for = wait_for
        self._news = threading.Condition()
        self._changed = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="iot-plot", daemon=True)
        self._thread.start()

    def change(self) -> None:
        """Say that something changed."""
        with self._news:
            self._changed = True
            self._news.notify()

    def close(self) -> None:
        """Return after the call that the last change needs."""
        with self._news:
            self._closed = True
            self._news.notify()
        self._thread.join()

    def _run(self) -> None:
        pause = INTERVAL
        while self._wait(pause):
            started = self._clock()
            self._function()
            pause = max(INTERVAL, _SHARE * (self._clock() - started))

    def _wait(self, pause: float) -> bool:
        """Wait for a change that may be shown; return whether there is one."""
        with self._news:
            self._wait_for(self._news, lambda: self._closed, pause)
            self._wait_for(self._news, lambda: self._changed or self._closed)
            changed, self._changed = self._changed, False
            return changed
