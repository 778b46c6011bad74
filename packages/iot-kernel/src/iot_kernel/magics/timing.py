"""How long code takes on the board; and ``%%capture``, which keeps what it prints."""

from __future__ import annotations

import statistics
import time
from io import StringIO
from typing import TYPE_CHECKING, Final

from IPython.utils.capture import CapturedIO

from iot_kernel.board_program import run_program
from iot_kernel.cells import Code, steps_of
from iot_kernel.errors import UsageError
from iot_kernel.magics.declare import REST, Call, cell_magic, line_magic, option

if TYPE_CHECKING:
    from iot_device import Device
    from iot_kernel.values import BoardValue

__all__ = ["capture", "time_cell", "time_line", "timeit_cell", "timeit_line"]

_RUNS: Final = 5
_LONG_ENOUGH: Final = 200_000  # microseconds for all loops of a run
_MAX_LOOPS: Final = 1_000_000

_loops = option("-n", "--number", type=int, default=0, help="loops of a run (0.2 s of them)")
_repeat = option("-r", "--repeat", type=int, default=_RUNS, help=f"runs ({_RUNS})")
_code = option("code", nargs=REST, help="what is timed")


@line_magic(
    "time",
    "Run a line on the microcontroller and tell how long it took",
    _code,
    examples=("%time work()",),
)
def time_line(call: Call) -> None:
    """Run it."""
    if not call.options.code.strip():
        raise UsageError("there is nothing to time", ("%%time times a whole cell",))
    _timed(call, call.options.code, 1)


@cell_magic("time", "Run a cell and tell how long it took")
def time_cell(call: Call) -> BoardValue | None:
    """Run it."""
    started = time.monotonic()
    value = call.cell.run_steps(steps_of(call.body, call.body_line), want_value=True)
    _tell(call, time.monotonic() - started)
    return value


def _timed(call: Call, code: str, line: int) -> None:
    started = time.monotonic()
    run_program(call.cell, code, line)
    _tell(call, time.monotonic() - started)


def _tell(call: Call, seconds: float) -> None:
    call.write(f"Wall time: {_shown(seconds * 1e6)}, with the way to the board and back")


@line_magic(
    "timeit",
    "Time a line on the microcontroller, in a loop, by its own clock",
    _loops,
    _repeat,
    _code,
    details="The code runs in a function, as with Python's timeit: what it assigns is local.",
    examples=("%timeit pin.value(1)", "%timeit -n 100 work()"),
)
def timeit_line(call: Call) -> None:
    """Time it."""
    _timeit(call, call.options.code)


@cell_magic(
    "timeit",
    "Time a cell on the microcontroller, in a loop, by its own clock",
    _loops,
    _repeat,
    details="The code runs in a function, as with Python's timeit: what it assigns is local.",
)
def timeit_cell(call: Call) -> None:
    """Time it."""
    steps = steps_of(call.body, call.body_line)
    if any(not isinstance(step, Code) for step in steps):
        raise UsageError("%%timeit times code, no magics")
    _timeit(call, call.body)


_TIMER: Final = """\
def _iot_timer(_iot_n):
 import time as _iot_time
 _iot_now = getattr(_iot_time, 'ticks_us', None)
 if _iot_now is None:
  _iot_start = _iot_time.monotonic_ns()
 else:
  _iot_start = _iot_now()
 for _iot_i in range(_iot_n):
{body}
 if _iot_now is None: return (_iot_time.monotonic_ns() - _iot_start) // 1000
 return _iot_time.ticks_diff(_iot_now(), _iot_start)
"""


def _timeit(call: Call, code: str) -> None:
    if not code.strip():
        raise UsageError("there is nothing to time")
    if call.options.number < 0 or call.options.repeat < 1:
        raise UsageError("-n and -r are how often: 1 or more")
    body = "\n".join(f"  {line}" for line in code.strip("\n").split("\n"))
    device = call.device
    device.execute(_TIMER.format(body=body))
    try:
        loops = call.options.number or _loops_for(device)
        runs = [_run(device, loops) / loops for _ in range(call.options.repeat)]
    finally:
        device.execute("del _iot_timer")
    spread = statistics.pstdev(runs)
    call.write(
        f"{_shown(statistics.fmean(runs))} ± {_shown(spread)} per loop "
        f"(mean ± std. dev. of {len(runs)} runs, {loops} loops each)"
    )


def _run(device: Device, loops: int) -> float:
    taken = device.evaluate(f"_iot_timer({loops})")
    if not isinstance(taken, int):
        raise UsageError("code that returns cannot be timed: it never gets to its end")
    return float(taken)


def _loops_for(device: Device) -> int:
    loops = 1
    while loops < _MAX_LOOPS and _run(device, loops) < _LONG_ENOUGH:
        loops *= 10
    return loops


def _shown(microseconds: float) -> str:
    for unit, size in (("s", 1e6), ("ms", 1e3), ("us", 1.0)):
        if microseconds >= size:
            return f"{microseconds / size:.3g} {unit}"
    return f"{microseconds * 1e3:.3g} ns"


@cell_magic(
    "capture",
    "Run a cell and keep what it prints in a variable of %%host cells",
    option("name", help="the variable: .stdout, .stderr, .outputs, .show()"),
    examples=("%%capture log",),
)
def capture(call: Call) -> None:
    """Run it, show nothing."""
    name = call.options.name
    if not name.isidentifier():
        raise UsageError(f"{name!r} is no name of a variable")
    with call.cell.output.captured() as captured:
        call.cell.run_steps(steps_of(call.body, call.body_line))
    namespace = call.cell.notebook.shell.user_ns
    stdout, stderr = (StringIO("".join(captured.texts[stream])) for stream in ("stdout", "stderr"))
    displays = [{"data": dict(display.data)} for display in captured.displays]
    namespace[name] = CapturedIO(stdout, stderr, displays)
