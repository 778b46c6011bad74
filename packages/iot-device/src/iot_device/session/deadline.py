"""Time as something that is handed down: a deadline, and the clock it is read from."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Clock", "Deadline"]

Clock: TypeAlias = "Callable[[], float]"


class Deadline:
    """A point in time until which something may take; perhaps never.

    Args:
        timeout: Seconds from now; ``None`` for no end.
        clock: Gives the time in seconds, as ``time.monotonic`` does.
    """

    def __init__(self, timeout: float | None, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._end = None if timeout is None else clock() + timeout

    @property
    def remaining(self) -> float | None:
        """Seconds that are left, at least 0; ``None`` if there is no end."""
        return None if self._end is None else max(0.0, self._end - self._clock())

    @property
    def expired(self) -> bool:
        """Whether the time is over."""
        return self.remaining == 0.0

    def within(self, timeout: float | None) -> Deadline:
        """Return a deadline ``timeout`` seconds from now that is no later than this one."""
        left = self.remaining
        if timeout is None or (left is not None and left < timeout):
            timeout = left
        return Deadline(timeout, self._clock)
