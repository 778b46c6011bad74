"""A chart below a cell that runs, made of the lines that it prints."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING

from iot_kernel.display import Display
from iot_kernel.plotting.chart import bundle
from iot_kernel.plotting.lines import PlotLines
from iot_kernel.plotting.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iot_kernel.output import CellOutput
    from iot_kernel.plotting.lines import Sample
    from iot_kernel.plotting.samples import Samples

__all__ = ["LivePlot"]


class LivePlot:
    """Reads what a cell writes: samples go into a chart, which follows them; all else is shown.

    Args:
        output: Of the cell.
        samples: Get the samples.
        window: How many of the newest samples of each series the chart has; ``None``: all.
    """

    def __init__(self, output: CellOutput, samples: Samples, window: int | None = None) -> None:
        self._output = output
        self._samples = samples
        self._window = window
        self._lines = PlotLines()
        self._lock = threading.RLock()  # programs of the host write from two threads
        self._name = uuid.uuid4().hex
        self._pace: Pace | None = None
        self._told = 0

    def take(self, text: str) -> None:
        """Take the next piece of text."""
        with self._lock:
            self._handle(self._lines.feed(text))

    def release(self) -> None:
        """Show the line that is not complete."""
        with self._lock:
            self._handle(self._lines.release())

    def close(self) -> None:
        """Have all samples in the chart: nothing follows."""
        with self._lock:
            self._handle(self._lines.finish())
            pace, self._pace = self._pace, None
        if pace is not None:
            pace.close()

    def _handle(self, pieces: Iterable[Sample | str]) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                self._output.show(piece)
            else:
                self._samples.add(piece)
                self._show_change()

    def _show_change(self) -> None:
        for notice in self._samples.notices[self._told :]:
            self._told += 1
            self._output.show(f"[{notice}]\n")
        if self._pace is None:
            # Here, not in the other thread: its place is between what was and what will be written.
            self._show_chart()
            self._pace = Pace(self._show_chart)
        else:
            self._pace.change()

    def _show_chart(self) -> None:
        with self._lock:
            series = self._samples.newest(self._window)
            x, count = self._samples.x, self._samples.count
        self._output.show_display(Display(bundle(series, x, count), self._name))
