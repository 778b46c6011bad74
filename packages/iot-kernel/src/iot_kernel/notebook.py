"""What all cells of one notebook share: its board, its settings, its variables on the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from jupyter_core.paths import jupyter_path

from iot_kernel.board_names import BoardNames
from iot_kernel.connection import Connection
from iot_kernel.earlier import earlier_kernelspec
from iot_kernel.inspection import inspect_name
from iot_kernel.settings import Settings
from iot_kernel.state import NotebookMemory, notebook_path
from iot_kernel.tracebacks import CellSources

if TYPE_CHECKING:
    from ipykernel.zmqshell import ZMQInteractiveShell

    from iot_kernel.cell_run import CellRun

__all__ = ["Notebook"]


class Notebook:
    """What all cells share.

    Args:
        shell: The IPython of ``%%host`` cells.
    """

    def __init__(self, shell: ZMQInteractiveShell) -> None:
        self.shell = shell
        self.settings = Settings.from_environment()
        self.sources = CellSources()
        self.connection = Connection(NotebookMemory(), self.path, self.settings)
        self.running = 0
        problem = earlier_kernelspec(jupyter_path("kernels"))
        self.notices: list[str] = [] if problem is None else [problem]
        """What the next cell tells the person."""
        self.runs: list[CellRun] = []
        """The cells that run on the board now."""
        self.names = BoardNames(self.connection, lambda: bool(self.runs))

    def path(self) -> str | None:
        """Return the path of the notebook, ``None`` if it is unknown."""
        return notebook_path(self.shell.user_ns)

    def host_magics(self, kind: Literal["line", "cell"]) -> tuple[str, ...]:
        """Return the names of IPython's magics."""
        manager = self.shell.magics_manager
        return tuple(manager.magics[kind]) if manager is not None else ()

    def show_help(self, name: str, detail: int) -> None:
        """Show help in the pager: of a magic (``%cat?``), or of a name on the board.

        Args:
            name: What stands before or behind the question mark.
            detail: 1 for two of them: with the source, where it is known.
        """
        text = inspect_name(self, name, detail)
        self.shell.payloadpage_page(text)
