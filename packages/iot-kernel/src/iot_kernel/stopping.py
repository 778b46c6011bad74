"""What the Stop button does to a program on a board."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, Self

from iot_device import Cancellation
from iot_kernel.errors import GivenUpError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from iot_device import Device

__all__ = ["Stopping"]

_NOTICE_AFTER: Final = 2.0  # seconds in which a program usually ends
_SECOND_AFTER: Final = 1.0  # seconds; whoever presses twice in less means it once

_NOTICE: Final = "[the board does not react to Ctrl-C yet; Stop once more gives this cell up]"


class Stopping:
    """Ctrl-C at the first Stop; at a later one the program is given up, which takes 3 seconds.

    A context manager around the run, in its thread.

    Args:
        tell: Shows a notice to the person; any thread.
        device: Runs the program.
    """

    def __init__(self, tell: Callable[[str], object], device: Device) -> None:
        self._device = device
        self._cancellation = Cancellation()
        self._first: float | None = None
        self._gave_up = False
        self._notice = threading.Timer(_NOTICE_AFTER, tell, (_NOTICE,))
        self._notice.daemon = True

    def press(self) -> None:
        """Stop was pressed; from any thread or signal handler."""
        if not self._device.interrupt():
            self._cancellation.cancel()  # it does not run yet, and must not
        elif self._first is None:
            self._first = time.monotonic()
            self._notice.start()
        elif time.monotonic() - self._first >= _SECOND_AFTER:
            self._gave_up = True
            self._cancellation.cancel()

    def __enter__(self) -> Self:
        self._cancellation.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._notice.cancel()
        self._cancellation.__exit__(kind, error, traceback)
        if self._gave_up and isinstance(error, KeyboardInterrupt):
            raise GivenUpError.now() from None
