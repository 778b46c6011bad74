"""IPython, in which the cells of the notebook are cells like others.

A board cell rides IPython's own pipeline, so that execution counts, history, ``In`` and ``Out``,
payloads and events are IPython's. Its translation is real Python, the host magic ``%%board``; that
is caught before it runs and done by a coroutine, so that the kernel answers meanwhile.
"""

from __future__ import annotations

import signal
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.interactiveshell import _asyncio_runner  # type: ignore[attr-defined]  # as ipykernel does

from iot_kernel.cells import host_lines

if TYPE_CHECKING:
    import ast

    from IPython.core.interactiveshell import ExecutionResult

    from iot_kernel.worker import Outcome

__all__ = ["IoTShell", "board_cell"]

board_cell: Final[ContextVar[str | None]] = ContextVar("board_cell", default=None)
"""The front end's cell, if it is for the board, until it starts."""


class IoTShell(ZMQInteractiveShell):
    """The shell of the kernel."""

    def transform_cell(self, raw_cell: str) -> str:
        """Return the Python that runs: IPython's for the host, ``%%board`` for the board.

        Only the very cell of the request is for the board: what runs inside of it, by ``%timeit``
        or ``get_ipython().run_cell()``, is the host's.
        """
        if raw_cell is board_cell.get():
            return f"get_ipython().run_cell_magic('board', '', {raw_cell!r})\n"
        end = host_lines(raw_cell)
        if end is None:
            return str(super().transform_cell(raw_cell))
        body = raw_cell[end + 1 :]
        # Blank lines in their place, and in that of those that IPython drops, keep the numbers of
        # the lines below.
        skipped = raw_cell[: end + 1 + len(body) - len(body.lstrip())].count("\n")
        return "\n" * skipped + str(super().transform_cell(body))

    def run_cell(self, *arguments: Any, **options: Any) -> Any:
        """Run a cell of the host to its end; only here SIGINT raises ``KeyboardInterrupt``."""
        if threading.current_thread() is not threading.main_thread():
            return super().run_cell(*arguments, **options)
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return super().run_cell(*arguments, **options)
        finally:
            signal.signal(signal.SIGINT, before)

    def should_run_async(self, raw_cell: str, **options: Any) -> bool:
        """Whether the cell runs as a coroutine: board cells do, where asyncio is what runs them."""
        if raw_cell is board_cell.get():
            return self._on_asyncio
        return bool(super().should_run_async(raw_cell, **options))

    @property
    def _on_asyncio(self) -> bool:
        return bool(self.autoawait) and self.loop_runner is _asyncio_runner

    async def run_ast_nodes(
        self,
        nodelist: list[ast.stmt],
        cell_name: str,
        interactivity: str = "last_expr",
        compiler: Any = compile,
        result: ExecutionResult | None = None,
    ) -> bool:
        """Run the board cell of the request; everything else is IPython's."""
        text = board_cell.get()
        if text is None or not self._on_asyncio or _raw_cell(result) is not text:
            return bool(
                await super().run_ast_nodes(nodelist, cell_name, interactivity, compiler, result)
            )
        board_cell.set(None)
        outcome = await self.kernel.run_board(text, getattr(result, "execution_count", 0))
        return self._show(outcome, result, shows=interactivity != "none")

    def _show(self, outcome: Outcome, result: Any, *, shows: bool) -> bool:
        """Show error or value; return whether the cell failed."""
        if outcome.error is not None:
            result.error_in_exec = outcome.error
            self._show_error(outcome.error)
            return True
        if outcome.value is not None and shows:
            self.displayhook(outcome.value)
        return False

    def _show_error(self, error: BaseException) -> None:
        """Show an error without ``%pdb``, which knows nothing of the board."""
        call_pdb, self.call_pdb = self.call_pdb, False
        try:
            self.showtraceback((type(error), error, error.__traceback__))
        finally:
            self.call_pdb = call_pdb


def _raw_cell(result: ExecutionResult | None) -> str | None:
    info = result.info if result is not None else None
    return info.raw_cell if info is not None else None
