"""What a board's threads write between two cells is shown above the next one's output, marked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kernel.kernel_client import KernelClient

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kernel-idle")]

TIMEOUT = 20.0  # seconds

TICKING = """\
import _thread, time
def tick():
    time.sleep(0.1)
    print("tick", 1)
    print("tick\\x1b[2J", 2)

_thread.start_new_thread(tick, ());"""


def _idle_text(kernel: KernelClient, cell: str) -> str:
    """Run a cell until all was shown; return that, in one piece wherever it was cut."""
    deadline, text = time.monotonic() + TIMEOUT, ""
    while not text.endswith(" 2"):
        assert time.monotonic() < deadline, text
        *idle, last = kernel(cell).text.splitlines()
        assert last == "mine"
        assert all(line.startswith("[idle] ") for line in idle)
        text += "".join(line.removeprefix("[idle] ") for line in idle)
    return text


@pytest.mark.parametrize("cell", ["!echo mine", "%%bash\necho mine"])
def test_it_is_shown_above_the_next_cells_output(kernel: KernelClient, cell: str) -> None:
    assert kernel(TICKING).text == ""
    assert _idle_text(kernel, cell) == "tick 1tick\\x1b[2J 2"


def test_completion_between_the_cells_loses_none_of_it(kernel: KernelClient) -> None:
    kernel(TICKING.replace("0.1", "0.3"))
    started = time.monotonic()
    while time.monotonic() < started + 0.6:  # while the thread writes
        kernel.ask(lambda: kernel.client.complete("ti"))
    assert _idle_text(kernel, "!echo mine") == "tick 1tick\\x1b[2J 2"
