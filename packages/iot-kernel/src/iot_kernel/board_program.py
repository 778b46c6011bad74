"""Board code of a cell: it runs, its output streams, its error and its value are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device import UnknownEndError
from iot_kernel.errors import CellInterrupted
from iot_kernel.output import BoardText
from iot_kernel.tracebacks import program_error
from iot_kernel.values import BoardValue

if TYPE_CHECKING:
    from iot_device import ExecutionResult
    from iot_kernel.cell_run import CellRun

__all__ = ["run_program"]


def run_program(
    cell: CellRun, source: str, line: int = 1, *, want_value: bool = False
) -> BoardValue | None:
    """Run code on the board.

    Args:
        cell: The cell that it is part of.
        source: The code.
        line: Number of its first line in the cell; line numbers on the board are those of the
            cell, also in functions that are called later.
        want_value: Return the value of the last expression.

    Raises:
        ProgramError: It raised.
        CellInterrupted: It was stopped.
        IotError: The board or the link failed.
    """
    device = cell.device
    text = BoardText()

    def show(data: bytes) -> None:
        cell.output.write(text.feed(data))

    with cell.stoppable(device.interrupt):
        try:
            result = device.execute(
                "\n" * (line - 1) + source,
                on_output=show,
                stdin=cell.ask,
                check=False,
                want_value=want_value,
            )
        finally:
            cell.output.write(text.finish())
    _raise_for(cell, result)
    return BoardValue(result.value) if result.value is not None else None


def _raise_for(cell: CellRun, result: ExecutionResult) -> None:
    match result.status:
        case "unknown":
            raise UnknownEndError(result)
        case "error":
            error = program_error(result, cell.notebook.sources, cell.source)
            if result.exception == "KeyboardInterrupt" and cell.stopped.is_set():
                raise CellInterrupted.now(error.lines[:-1])
            raise error
        case "exit":
            if result.exit_code not in (0, None):
                cell.write(
                    f"[the program ended with sys.exit({result.exit_code!r})]", style="faint"
                )
        case "ok":
            pass
