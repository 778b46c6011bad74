"""Stop, where the board does not react to Ctrl-C, or not yet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.kernel_client import KernelClient

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("vm", ["cpython", "micropython"], indirect=True, scope="module"),
    pytest.mark.xdist_group("kernel-stopping"),
]

DEAF = """\
import micropython, os
kept = 7
micropython.kbd_intr(-1)
print('runs')
while 'enough' not in os.listdir():
    pass
micropython.kbd_intr(3)
"""
# CPython 3.11 has no `finally` around the jump of a loop; most of this one is not the jump.
SLOW_TO_END = """\
import time
print('runs')
try:
    while True:
        for _ in range(1000): time.time()
finally:
    end = time.time() + 4
    while time.time() < end: pass
"""
NOTICE = "Stop once more gives this cell up"


def _stop_until(kernel: KernelClient, request: str, word: str) -> None:
    kernel.interrupt()
    kernel.wait_for_output(request, word)


def test_a_second_stop_gives_a_program_up_that_ignores_ctrl_c(
    kernel: KernelClient, flash: Path
) -> None:
    request = kernel.start(DEAF)
    kernel.wait_for_output(request, "runs")
    _stop_until(kernel, request, NOTICE)
    started = time.monotonic()
    kernel.interrupt()
    shown = kernel.finish(request)
    assert time.monotonic() - started < 8.0
    assert shown.error["ename"] == "BoardTimeoutError"
    assert "this cell was given up" in shown.error["evalue"]
    assert "reset button" in shown.traceback

    still = kernel("kept")
    assert still.error["ename"] == "BoardTimeoutError"
    assert "ignores Ctrl-C" in still.error["evalue"]
    assert kernel("%%host\n6 * 7").result == "42"

    (flash / "enough").touch()
    try:
        assert kernel("kept").result == "7"
    finally:
        (flash / "enough").unlink()


def test_a_double_click_is_one_stop(kernel: KernelClient) -> None:
    request = kernel.start("kept = 8\nprint('runs')\nwhile True: pass")
    kernel.wait_for_output(request, "runs")
    kernel.interrupt()
    kernel.interrupt()
    assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"
    assert kernel("kept").result == "8"


def test_a_program_that_ends_slowly_is_told_of_and_waited_for(kernel: KernelClient) -> None:
    request = kernel.start(SLOW_TO_END)
    kernel.wait_for_output(request, "runs")
    _stop_until(kernel, request, NOTICE)
    assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"


def test_a_stop_before_the_program_runs_keeps_it_from_running(
    kernel: KernelClient, flash: Path
) -> None:
    (flash / "main.py").write_text("import time\nprint('boots')\nwhile True: time.sleep(1)\n")
    try:
        request = kernel.start("%hardreset -q -t 0\n%lsmagic\nopen('ran', 'w').close()")
        kernel.wait_for_output(request, "Cell Magic:")
        kernel.interrupt()
        assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"
    finally:
        (flash / "main.py").unlink()
    assert not (flash / "ran").exists()
    assert kernel("%softreset -q\n5").result == "5"


def test_stop_ends_the_programs_on_all_boards(kernel: KernelClient, vm: str, cwd: Path) -> None:
    boards = [f"sim://{cwd}/{name}?vm={vm}" for name in ("one", "two")]
    code = "import time\nprint('runs')\nwhile True: time.sleep(0.1)"
    request = kernel.start(f"%%connect {' '.join(boards)} --parallel\n{code}")
    kernel.wait_for_output(request, "one", "two")
    kernel.interrupt()
    shown = kernel.finish(request)
    assert shown.error["ename"] == "KeyboardInterrupt"
    assert shown.text.count("KeyboardInterrupt") == 2
    assert shown.stream("stderr") == ""
