"""Front ends draw all text of a cell for each message: the more there is, the rarer they come."""

from __future__ import annotations

import threading
import time
from contextlib import redirect_stdout
from contextvars import copy_context
from io import StringIO

from iot_kernel.output import CellOutput

TIMEOUT = 30.0  # seconds
MUCH = 200_000  # characters


class Notebook(StringIO):
    """Stands in for a stream of a notebook: notes when messages come."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []
        self.came = threading.Condition()

    def flush(self) -> None:
        with self.came:
            self.times.append(time.monotonic())
            self.came.notify_all()

    def wait_for(self, count: int) -> None:
        with self.came:
            assert self.came.wait_for(lambda: len(self.times) >= count, timeout=TIMEOUT)


def test_after_much_text_the_next_message_comes_later() -> None:
    with redirect_stdout(Notebook()) as notebook:
        output = CellOutput(copy_context(), 10 * MUCH)
        output.write("x" * MUCH + "\n")
        notebook.wait_for(1)
        output.write("more\n")
        notebook.wait_for(2)
        output.close()
    assert notebook.times[1] - notebook.times[0] > 0.3


def test_the_end_of_a_cell_waits_for_nothing() -> None:
    with redirect_stdout(Notebook()) as notebook:
        output = CellOutput(copy_context(), 100 * MUCH)
        output.write("x" * 50 * MUCH + "\n")  # 20 s of a pause
        notebook.wait_for(1)
        started = time.monotonic()
        output.write("end\n")
        output.close()
    assert time.monotonic() - started < 10.0
    assert notebook.getvalue()[-6:] == "x\nend\n"
