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
