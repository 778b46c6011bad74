"""``%%plot`` and ``%plot``: a live chart of the numbers that a cell prints."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from iot_device import printable
from iot_kernel.board_program import run_program
from iot_kernel.cells import steps_of
from iot_kernel.errors import UsageError
from iot_kernel.magics.declare import REST, Call, cell_magic, line_magic, option
from iot_kernel.plotting.live import LivePlot
from iot_kernel.plotting.samples import Samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_kernel.values import BoardValue

__all__ = ["plot_cell", "plot_line"]

_NAME: Final = "plot_data"

_window = option("--window", type=int, metavar="N", help="draw only the newest N samples")
_x = option("--x", metavar="NAME", help="the series that is the x axis; time: that of arrival")
_DETAILS: Final = f"""\
One line is one sample: name:value,name2:value or >name:value or 1.5 2.5 or a JSON object.
What else the cell prints is shown as text. Afterwards {_NAME} in %%host cells has all samples:
a dict with a list for each series (pandas.DataFrame({_NAME}) makes a table of it).
The x axis is the number of the sample, or the timestamp of >name:timestamp:value lines."""


@cell_magic(
    "plot",
    "Run a cell and draw a live chart of the numbers that it prints",
    _window,
    _x,
    details=_DETAILS,
    examples=("%%plot", "%%plot --window 200 --x time"),
)
def plot_cell(call: Call) -> BoardValue | None:
    """Run it."""
    with _plotted(call):
        return call.cell.run_steps(steps_of(call.body, call.body_line), want_value=True)


@line_magic(
    "plot",
    "Run a line and draw a live chart of the numbers that it prints",
    _window,
    _x,
    option("code", nargs=REST, help="what is run"),
    details=_DETAILS,
    examples=("%plot measure()", "%plot --window 200 for i in range(1000): print(read())"),
)
def plot_line(call: Call) -> None:
    """Run it."""
    if not call.options.code.strip():
        raise UsageError("there is nothing to plot", ("%%plot plots a whole cell",))
    with _plotted(call):
        run_program(call.cell, call.options.code)


@contextmanager
def _plotted(call: Call) -> Iterator[None]:
    """While this runs, what is printed is plotted; afterwards the samples are kept."""
    window = call.options.window
    if window is not None and window < 1:
        raise UsageError("--window is the number of samples to draw: 1 or more")
    samples = Samples(call.options.x)
    plot = LivePlot(call.cell.output, samples, call.cell.stopped, window)
    try:
        with call.cell.output.read_by(plot):
            yield
    finally:
        plot.close()
        call.cell.notebook.shell.user_ns[_NAME] = samples.columns()
        if samples.count:
            _tell(call, samples)
            _tell_terminal(call, samples)
    if not samples.count:  # of a cell that failed its error tells enough
        _tell(call, samples)


def _tell(call: Call, samples: Samples) -> None:
    if samples.problem is not None:
        call.write(f"[{printable(samples.problem)}]", style="red")


def _tell_terminal(call: Call, samples: Samples) -> None:
    """Tell in words what a terminal does not show: the chart as it was in the end."""
    if not call.cell.shows_changes:
        ranges = (f"{name} {low:.6g} to {high:.6g}" for name, (low, high) in samples.ranges())
        call.write(f"[{samples.count} samples: {printable(', '.join(ranges))}]", style="faint")
