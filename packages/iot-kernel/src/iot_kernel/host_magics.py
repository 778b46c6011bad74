"""What ``%%host`` cells have of the board: ``device``, ``remote()``, ``%board``, ``%%board``."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, Any

from iot_device import ExecutionError, ExecutionInterrupted, UnknownEndError
from iot_kernel.board_modules import run_offering
from iot_kernel.board_output import BoardOutput
from iot_kernel.output import publish
from iot_kernel.rich import RichItems
from iot_kernel.values import BoardValue

if TYPE_CHECKING:
    from iot_device import Device, ExecutionResult
    from iot_kernel.connection import Connection
    from iot_kernel.kernel import IoTKernel

__all__ = ["register_host_magics"]


def register_host_magics(kernel: IoTKernel) -> None:
    """Put the magics and the names into the host's IPython."""

    def board(line: str, cell: str | None = None) -> Any:
        """Run code on the board; ``x = %board adc.read()`` keeps the value on the host."""
        if cell is None:
            return kernel.notebook.connection.device(lambda _: None).evaluate(line)
        value = kernel.run_board_here(cell)
        return value if isinstance(value, BoardValue) else None

    shell = kernel.host
    shell.register_magic_function(board, "line_cell", "board")  # type: ignore[arg-type]  # a method, in their types
    connection = kernel.notebook.connection
    names = {"device": NotebookDevice(connection), "remote": _remote(connection)}
    shell.user_ns.update(names)
    shell.user_ns_hidden.update(names)


class NotebookDevice:
    """The device of the notebook, whichever that is: ``%connect`` changes it.

    It has all that ``iot_device.Device`` has. The first use connects.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection.device(lambda _: None), name)

    def __dir__(self) -> list[str]:
        from iot_device import Device  # noqa: PLC0415  (start-up)

        return sorted({name for name in dir(Device) if not name.startswith("_")} | {"files"})

    def __repr__(self) -> str:
        target = self._connection.target
        return f"<device of this notebook: {target or 'not connected yet'}>"


def _remote(connection: Connection) -> Any:
    def remote(code: str) -> Any:
        """Run code on the board; show its output, return the value of its last expression."""
        device: Device = connection.device(lambda _: None)
        ids: dict[str, str] = {}
        output = BoardOutput(RichItems(), sys.stdout.write, lambda display: publish(display, ids))
        try:
            result = run_offering(device, code, print, on_output=output.feed, want_value=True)
        finally:
            output.finish()
        _raise_for(result)
        if result.value is None:
            return None
        try:
            return ast.literal_eval(result.value)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return BoardValue(result.value)

    return remote


def _raise_for(result: ExecutionResult) -> None:
    if result.status == "unknown":
        raise UnknownEndError(result)
    if result.status == "error":
        is_stopped = result.exception == "KeyboardInterrupt"
        raise (ExecutionInterrupted if is_stopped else ExecutionError)(result)
