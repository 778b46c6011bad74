"""Board code of a cell: it runs, its output streams, its error and its value are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iot_device import UnknownEndError, printable
from iot_kernel.board_modules import run_offering
from iot_kernel.errors import CellInterrupted
from iot_kernel.stopping import Stopping
from iot_kernel.tracebacks import program_error
from iot_kernel.values import BoardValue

if TYPE_CHECKING:
    from iot_device import ExecutionResult
    from iot_kernel.cell_run import CellRun
    from iot_kernel.tracebacks import Source

__all__ = ["run_program"]

# No firmware has getpass; where a program asks for it, it gets one. The mark tells the notebook to
# hide what is typed; an APC sequence, which terminals do not show.
_GETPASS: Final = "getpass"
_PASSWORD_MARK: Final = "\x1b_iot;password\x1b\\"  # noqa: S105  (it says: a password follows)
_INSTALL_GETPASS: Final = f"""\
try:
 import getpass as _iot_g
except ImportError:
 class _iot_g:
  getpass=staticmethod(lambda prompt='Password: ',stream=None:input({_PASSWORD_MARK!a}+prompt))
 __import__('sys').modules['getpass']=_iot_g
del _iot_g
"""


def run_program(
    cell: CellRun,
    source: str,
    line: int = 1,
    *,
    want_value: bool = False,
    origin: Source | None = None,
) -> BoardValue | None:
    """Run code on the board.

    Args:
        cell: The cell that it is part of.
        source: The code.
        line: Number of its first line in the cell; line numbers on the board are those of the
            cell, also in functions that are called later.
        want_value: Return the value of the last expression.
        origin: What a traceback shows lines of; ``None``: the cell.

    Raises:
        ProgramError: It raised.
        CellInterrupted: It was stopped.
        BoardError: It did not react to Ctrl-C, and was given up.
        IotError: The board or the link failed.
    """
    device = cell.device
    output = cell.board_output()
    if _GETPASS in source:
        device.execute(_INSTALL_GETPASS)

    def tell(notice: str) -> None:
        cell.write(notice, style="red")

    stopping = Stopping(tell, device)
    with cell.stoppable(stopping.press), stopping:
        try:
            result = run_offering(
                device,
                "\n" * (line - 1) + source,
                tell,
                on_output=output.feed,
                stdin=lambda prompt: _ask(cell, prompt),
                want_value=want_value,
            )
        finally:
            output.finish()
    _raise_for(cell, result, origin or cell.source)
    return BoardValue(result.value) if result.value is not None else None


def _ask(cell: CellRun, prompt: str) -> str:
    shown = prompt.removeprefix(_PASSWORD_MARK)
    return cell.ask(printable(shown, keep="\t"), password=shown != prompt)


def _raise_for(cell: CellRun, result: ExecutionResult, origin: Source) -> None:
    match result.status:
        case "unknown":
            raise UnknownEndError(result)
        case "error":
            error = program_error(result, cell.notebook.sources, origin)
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
