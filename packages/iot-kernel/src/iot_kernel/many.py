"""A cell on several boards at once: each line of output with the board that it is from."""

from __future__ import annotations

import threading
from contextvars import copy_context
from typing import TYPE_CHECKING

from iot_device import printable
from iot_kernel.board_modules import run_offering
from iot_kernel.board_output import LabelledOutput
from iot_kernel.cells import Code, steps_of
from iot_kernel.errors import CellError, UsageError
from iot_kernel.stopping import Stopping
from iot_kernel.styles import styled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iot_device import Device, ExecutionResult
    from iot_kernel.magics.declare import Call

__all__ = ["run_on_all"]


def run_on_all(call: Call, devices: Mapping[str, Device]) -> None:
    """Run the body of a cell magic on all devices at once.

    Raises:
        CellError: It failed on some of them; the others did it.
        CellInterrupted: It was stopped, on all.
    """
    steps = steps_of(call.body, call.body_line)
    if any(not isinstance(step, Code) for step in steps):
        raise UsageError("with --parallel the cell is code, without magics")
    source = "\n" * (call.body_line - 1) + call.body
    width = max(map(len, devices), default=0)
    works = [_Work(call, device, f"{name:<{width}}", source) for name, device in devices.items()]

    def stop() -> None:
        for work in works:
            work.stopping.press()

    with call.cell.stoppable(stop):
        for work in works:
            work.thread.start()
        for work in works:
            work.thread.join()
    call.cell.check_stopped()
    failed = [work.label.strip() for work in works if work.failed]
    if failed:
        raise CellError.named(
            "SomeBoardsFailed", f"on {len(failed)} of {len(works)}", tuple(failed)
        )


class _Work:
    """The program on one board."""

    def __init__(self, call: Call, device: Device, label: str, source: str) -> None:
        self.label = label
        self.failed: bool = False
        self.stopping = Stopping(self._tell, device)
        self._device = device
        self._call = call
        self._source = source
        cell = call.cell
        self._output = LabelledOutput(cell.rich, self._write, cell.output.display, label)
        self.thread = threading.Thread(
            target=copy_context().run, args=(self._run,), name="iot-board", daemon=True
        )

    def _run(self) -> None:
        try:
            with self.stopping:
                result = run_offering(
                    self._device, self._source, self._tell, on_output=self._output.feed
                )
        except KeyboardInterrupt:
            problem = "KeyboardInterrupt"
        except Exception as error:  # noqa: BLE001  (told on the board's own line)
            problem = str(error)
        else:
            problem = _failure(result)
        self._output.finish()
        self._end(problem)

    def _end(self, problem: str) -> None:
        self.failed = bool(problem)
        for line in problem.rstrip("\n").split("\n") if problem else ():
            self._tell(printable(line, keep="\t"))

    def _tell(self, line: str) -> None:
        self._write(styled(line, "red"))

    def _write(self, line: str) -> None:
        self._call.write(f"{styled(self.label, 'cyan')} {line}")


def _failure(result: ExecutionResult) -> str:
    if result.status == "unknown":
        return result.summary
    return result.traceback
