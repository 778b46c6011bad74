"""A board that resets itself: what it writes meanwhile, up to its prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iot_device.protocol import control
from iot_device.protocol.events import Finished, Noise, Output
from iot_device.session.outcome import raise_for, result_of
from iot_device.session.output import Collector
from iot_device.session.run import QUIET

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.protocol.events import ClientEvent
    from iot_device.session.deadline import Deadline
    from iot_device.session.link import Link

__all__ = ["BOOT_OUTPUT_TIME", "Boot"]

BOOT_OUTPUT_TIME: Final = 10.0  # seconds; what main.py writes later is not waited for


class Boot:
    """Listens from the program that resets the board to the prompt after ``main.py``.

    Args:
        link: The way to the board.
        on_output: Called with each piece of what it writes.
    """

    def __init__(self, link: Link, on_output: Callable[[bytes], object]) -> None:
        self._link = link
        self._on_output = on_output
        self._end = b""

    def watch_reset(self, deadline: Deadline) -> None:
        """Follow the program that resets the board, until the deadline.

        Raises:
            ExecutionError: It raised: the board cannot reset itself.
            ConnectionLostError: The port went away, as that of a chip with USB of its own does.
        """
        while not deadline.expired:
            for event in self._link.step(deadline.within(QUIET)):
                if isinstance(event, Finished) and event.traceback:
                    raise_for(result_of(Collector(None), event, None))
                self._take(event)
            if self._link.machine.looks_ended:
                self._link.machine.settle()

    def follow(self, patience: float) -> None:
        """Listen until the prompt, or ``patience`` seconds of silence; not for ever.

        Raises:
            ConnectionLostError: The pipe ended.
        """
        deadline = self._link.deadline(BOOT_OUTPUT_TIME + patience)
        while self._end != control.PROMPT and not deadline.expired:
            events = self._link.step(deadline.within(patience))
            if not events:
                return
            for event in events:
                self._take(event)

    def _take(self, event: ClientEvent) -> None:
        if isinstance(event, Noise | Output) and event.data:
            self._end = (self._end + event.data)[-len(control.PROMPT) :]
            self._on_output(event.data)
