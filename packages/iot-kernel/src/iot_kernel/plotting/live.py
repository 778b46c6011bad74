"""A chart below a cell that runs, made of the lines that it prints."""

from __future__ import annotations

import threading
import time
import uuid
from typing import TYPE_CHECKING, Final

from iot_kernel.display import Display
from iot_kernel.plotting.chart import bundle
from iot_kernel.plotting.lines import PlotLines
from iot_kernel.plotting.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from iot_kernel.output import CellOutput
    from iot_kernel.plotting.parsing import Sample
    from iot_kernel.plotting.samples import Samples

__all__ = ["LivePlot"]

_SLICE: Final = 4096  # characters between two looks whether Stop was pressed: 20 ms of short lines
_STOP_TIME: Final = 3.0  # seconds after Stop in which a program ends, also on a busy computer
_READ_TIME: Final = 0.3  # seconds for what a flood left unread when its program was stopped


class LivePlot:
    """Reads what a cell writes: samples go into a chart, which follows them; all else is shown.

    Who writes waits meanwhile, so that a flood is as fast as it can be read. But not just after
    Stop: he who writes is he who sends Ctrl-C to the board.

    Args:
        output: Of the cell.
        samples: Get the samples.
        stopped: Set when Stop was pressed.
        window: How many of the newest samples of each series the chart has; ``None``: all.
        clock: Tells the time, in seconds.
    """

    def __init__(
        self,
        output: CellOutput,
        samples: Samples,
        stopped: threading.Event,
        window: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._output = output
        self._samples = samples
        self._stopped = stopped
        self._window = window
        self._clock = clock
        self._unread: list[str] = []
        self._stop_ends: float | None = None
        self._lines = PlotLines()
        self._lock = threading.RLock()  # programs of the host write from two threads
        self._name = uuid.uuid4().hex
        self._pace: Pace | None = None
        self._told = 0

    def take(self, text: str) -> None:
        """Take the next piece of text."""
        with self._lock:
            self._unread.append(text)
            if not self._is_stopping():
                self._read(lambda: not self._is_stopping())

    def release(self) -> None:
        """Show the line that is not complete."""
        with self._lock:
            self._read(lambda: True)
            self._handle(self._lines.release())

    def close(self) -> None:
        """Have the samples in the chart: nothing follows."""
        with self._lock:
            end = self._clock() + _READ_TIME
            self._read(lambda: not self._stopped.is_set() or self._clock() < end)
            self._drop_unread()
            self._handle(self._lines.finish())
            pace, self._pace = self._pace, None
        if pace is not None:
            pace.close()

    def _is_stopping(self) -> bool:
        """Whether Stop was pressed just now; a program may go on in spite of it."""
        if not self._stopped.is_set():
            return False
        if self._stop_ends is None:
            self._stop_ends = self._clock() + _STOP_TIME
        return self._clock() < self._stop_ends

    def _read(self, may_go_on: Callable[[], bool]) -> None:
        text = "".join(self._unread)
        position = 0
        while position < len(text) and may_go_on():
            self._handle(self._lines.feed(text[position : position + _SLICE]))
            position += _SLICE
        self._unread = [text[position:]]

    def _drop_unread(self) -> None:
        """Tell of the lines for which there was no time."""
        count = sum(text.count("\n") for text in self._unread)
        if count:
            list(self._lines.release())  # the first half of the first of them
            self._show([f"[stopped: the last {count} lines are left out]\n"])

    def _handle(self, pieces: Iterable[Sample | str]) -> None:
        texts: list[str] = []
        count = self._samples.count
        for piece in pieces:
            if isinstance(piece, str):
                texts.append(piece)
                continue
            self._samples.add(piece)
            if self._pace is None:
                self._show(texts)
                self._begin()
        self._show(texts)
        self._show([f"[{notice}]\n" for notice in self._samples.notices[self._told :]])
        self._told = len(self._samples.notices)
        if self._pace is not None and self._samples.count > count:
            self._pace.change()

    def _show(self, texts: list[str]) -> None:
        """Show texts that nothing stands between, and forget them."""
        if texts:
            self._output.show("".join(texts))
            texts.clear()

    def _begin(self) -> None:
        """Put the chart between what was written and what will be."""
        self._show_chart()
        self._pace = Pace(self._show_chart)

    def _show_chart(self) -> None:
        with self._lock:
            series = self._samples.newest(self._window)
            x, count = self._samples.x, self._samples.count
        self._output.show_display(Display(bundle(series, x, count), self._name))
