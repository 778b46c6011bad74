"""What a live plot does just after Stop: no kernel, no board."""

from __future__ import annotations

import threading
from contextvars import copy_context
from typing import TYPE_CHECKING

import pytest

from iot_kernel.output import Captured, CellOutput
from iot_kernel.plotting.live import LivePlot
from iot_kernel.plotting.samples import Samples

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOD = "".join(f"{n}\n" for n in range(20_000))


class Plotted:
    """A plot whose output is kept, and whose clock goes on when it is told to.

    Args:
        output: Where it is shown.
    """

    def __init__(self, output: CellOutput) -> None:
        self.now = 0.0
        self.step = 0.0
        self.stopped = threading.Event()
        self.samples = Samples()
        self.plot = LivePlot(output, self.samples, self.stopped, clock=self._clock)

    def _clock(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def captured() -> Iterator[tuple[CellOutput, Captured]]:
    output = CellOutput(copy_context(), 10_000)
    with output.captured() as kept:
        yield output, kept
    output.close()


def test_just_after_stop_the_writer_need_not_wait_and_no_sample_is_lost(
    captured: tuple[CellOutput, Captured],
) -> None:
    output, kept = captured
    plotted = Plotted(output)
    plotted.plot.take("1\n")
    plotted.stopped.set()
    plotted.plot.take(FLOOD)
    assert plotted.samples.count == 1
    plotted.plot.take("text\n")
    plotted.plot.close()
    assert plotted.samples.count == 20_001
    assert kept.texts["stdout"] == ["text\n"]
    assert kept.displays[-1].data["text/plain"] == (
        "<plot of 20001 samples, thinned for this chart: value1>"
    )


def test_stop_in_the_midst_of_a_piece_is_seen_soon(
    captured: tuple[CellOutput, Captured],
) -> None:
    plotted = Plotted(captured[0])

    def stop() -> float:
        plotted.stopped.set()
        return 0.0

    plotted.samples = Samples("time", clock=stop)  # asked at each sample
    plot = LivePlot(captured[0], plotted.samples, plotted.stopped, clock=lambda: 0.0)
    plot.take(FLOOD)
    assert 0 < plotted.samples.count < 5000
    plot.close()
    assert plotted.samples.count == 20_000


def test_what_there_is_no_time_for_after_stop_is_told(
    captured: tuple[CellOutput, Captured],
) -> None:
    output, kept = captured
    plotted = Plotted(output)
    plotted.stopped.set()
    plotted.plot.take(FLOOD)
    plotted.step = 0.1
    plotted.plot.close()
    left_out = 20_000 - plotted.samples.count
    assert 0 < left_out < 20_000
    [notice] = kept.texts["stdout"]
    assert f"the last {left_out} lines are left out" in notice


def test_a_program_that_goes_on_after_stop_is_plotted_on(
    captured: tuple[CellOutput, Captured],
) -> None:
    plotted = Plotted(captured[0])
    plotted.stopped.set()
    plotted.plot.take("1\n")
    plotted.now = 10.0
    plotted.plot.take("2\n")
    assert plotted.samples.columns() == {"value1": [1, 2]}
    plotted.plot.close()
