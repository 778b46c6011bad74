"""The kernel: Jupyter's messages, answered by IPython, with cells that run on the board."""

from __future__ import annotations

import _thread
import os
import signal
from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from iot_kernel import __version__
from iot_kernel.answers import AnsweringKernel
from iot_kernel.cell_run import CellRun
from iot_kernel.cells import host_lines
from iot_kernel.errors import CellInterrupted
from iot_kernel.host_magics import register_host_magics
from iot_kernel.output import CellOutput
from iot_kernel.settings import host_magics_allowed
from iot_kernel.shell import board_cell
from iot_kernel.stdin import ask
from iot_kernel.worker import Outcome, in_thread

if TYPE_CHECKING:
    import asyncio
    import threading
    from collections.abc import Callable, Iterator

__all__ = ["IoTKernel"]


class IoTKernel(AnsweringKernel):
    """A kernel whose cells run on a board; ``%%host`` cells run in IPython."""

    implementation = "iot-kernel"
    implementation_version = __version__
    language_info = {  # noqa: RUF012  (as ipykernel declares it)
        "name": "python",
        "version": "3.4",  # the Python that MicroPython implements
        "mimetype": "text/x-python",
        "file_extension": ".py",
        "codemirror_mode": {"name": "ipython", "version": 3},
        "pygments_lexer": "ipython3",
        "nbconvert_exporter": "python",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        register_host_magics(self)

    @property
    def banner(self) -> str:  # type: ignore[override]  # a property in IPythonKernel, too
        """What a console shows first."""
        return (
            f"IoT Kernel {__version__}: Python on a microcontroller. %lsmagic lists the magics.\n"
        )

    async def do_execute(  # noqa: PLR0913  (ipykernel's signature)
        self,
        code: str,
        silent: bool,  # noqa: FBT001  (ipykernel's signature)
        store_history: bool = True,  # noqa: FBT001, FBT002  (ipykernel's signature)
        user_expressions: dict[str, Any] | None = None,
        allow_stdin: bool = False,  # noqa: FBT001, FBT002  (ipykernel's signature)
        *,
        cell_meta: dict[str, Any] | None = None,
        cell_id: str | None = None,
    ) -> dict[str, Any]:
        """Run a cell: on the board, or, below ``%%host``, in IPython."""
        hidden = silent or self._is_hidden(store_history=store_history)
        if not host_magics_allowed():
            code, user_expressions = "" if hidden else code, None
        for_host = hidden or not code.strip() or self._is_for_host(code)
        token = board_cell.set(None if for_host else code)
        try:
            with self.aside.beside_cell():
                reply: dict[str, Any] = await super().do_execute(
                    code,
                    silent,
                    store_history,
                    user_expressions,
                    allow_stdin,
                    cell_meta=cell_meta,
                    cell_id=cell_id,
                )
        finally:
            board_cell.reset(token)
        return reply if for_host else self._with_settings(reply)

    @staticmethod
    def _is_for_host(code: str) -> bool:
        return host_lines(code) is not None and host_magics_allowed()

    def _is_hidden(self, *, store_history: bool) -> bool:
        """Whether nobody typed this: VS Code's and the debugger's own Python is for the host."""
        content = self.get_parent("shell").get("content", {})
        return not store_history and content.get("stop_on_error") is False

    def _with_settings(self, reply: dict[str, Any]) -> dict[str, Any]:
        if reply["status"] != "error" or self.notebook.settings.stop_on_error:
            return reply
        kept = ("execution_count", "payload", "user_expressions")
        return {"status": "ok", **{key: reply[key] for key in kept}}

    async def run_board(self, text: str, number: int) -> Outcome:
        """Run a cell for the board in a thread; return how it ended."""
        output = CellOutput(copy_context(), self.notebook.settings.output_limit)
        run = self._new_run(text, number, output)
        future = in_thread(lambda: self._run(run), "iot-cell")
        with self._registered(run):
            return await future

    def run_board_here(self, text: str) -> Any:
        """Run a cell for the board in this thread, as ``%%board`` in ``%%host`` cells does."""
        output = CellOutput(copy_context(), self.notebook.settings.output_limit)
        run = self._new_run(text, self.host.execution_count - 1, output)
        with self._registered(run):
            return self._run(run)

    def _new_run(self, text: str, number: int, output: CellOutput) -> CellRun:
        run = CellRun(self.notebook, text, number, output, self._asker())
        run.shows_changes = not self._is_at_terminal()
        return run

    def _is_at_terminal(self) -> bool:
        """Whether a person sits at a terminal: there nothing takes the place of something else.

        What has a notebook names the cell. ``jupyter console`` shows no ``update_display_data``.
        """
        return self._allow_stdin and "cellId" not in self.get_parent("shell").get("metadata", {})

    def _asker(self) -> Callable[[str, bool, threading.Event], str] | None:
        if not self._allow_stdin:
            return None
        return lambda prompt, password, stop: ask(self, prompt, stop, password=password)

    def _run(self, run: CellRun) -> Any:
        try:
            return run.run()
        except KeyboardInterrupt as error:
            raise CellInterrupted.now() from error
        finally:
            run.output.close()

    @contextmanager
    def _registered(self, run: CellRun) -> Iterator[None]:
        """While this runs, Stop stops the run."""
        self.notebook.runs.append(run)
        try:
            yield
        finally:
            self.notebook.runs.remove(run)
            self.notebook.names.forget()

    def interrupt_runs(self) -> bool:
        """Stop all cells that run on the board; return whether there were any."""
        runs = tuple(self.notebook.runs)
        for run in runs:
            run.interrupt()
        return bool(runs)

    async def interrupt_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """Stop what runs: the board's cells, else what runs on the host."""
        if not self.interrupt_runs():
            if os.name != "nt":
                await super().interrupt_request(stream, ident, parent)
                # A signal that comes just before the event loop waits does not wake it.
                self.io_loop.add_callback(lambda: None)
                return
            _thread.interrupt_main()  # Windows has no signals between processes
        if self.session is not None:
            self.session.send(stream, "interrupt_reply", {"status": "ok"}, parent, ident=ident)

    def pre_handler_hook(self) -> None:
        """Have SIGINT raise nothing while a request is handled.

        ipykernel lets it raise ``KeyboardInterrupt``; one that comes before or behind the cell
        itself ends the event loop, or the request without a reply. ``IoTShell.run_cell`` lets it
        raise in the code of the host.
        """
        self.saved_sigint_handler = signal.signal(
            signal.SIGINT, lambda _number, _frame: self.interrupt_runs()
        )

    @contextmanager
    def _cancel_on_sigint(self, future: asyncio.Future[Any]) -> Iterator[None]:
        """While a cell runs as a coroutine, SIGINT stops it and raises nothing.

        A ``KeyboardInterrupt`` in the event loop would end the kernel; and ipykernel's own handler
        does not wake a loop that waits (ipykernel#881).
        """
        loop = future.get_loop()

        def stop(_number: int, _frame: object) -> None:
            if not self.interrupt_runs():
                loop.call_soon_threadsafe(future.cancel)

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def do_shutdown(  # type: ignore[override]  # IPythonKernel made a plain function of it
        self,
        restart: bool,  # noqa: FBT001  (ipykernel's signature)
    ) -> dict[str, Any]:
        """Stop what runs and let the board go."""
        self.interrupt_runs()
        self.notebook.connection.close()
        reply: dict[str, Any] = super().do_shutdown(restart)
        return reply
