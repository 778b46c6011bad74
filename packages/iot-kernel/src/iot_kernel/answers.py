"""The kernel's answers to what is not running a cell: Tab, help, history, is_complete."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ipykernel.ipkernel import IPythonKernel
from IPython.core.inputtransformer2 import TransformerManager
from traitlets import Type

from iot_kernel.aside import Aside
from iot_kernel.cells import host_lines
from iot_kernel.completion import complete
from iot_kernel.inspection import inspect_at
from iot_kernel.notebook import Notebook
from iot_kernel.shell import IoTShell

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["AnsweringKernel"]


class AnsweringKernel(IPythonKernel):
    """Answers about the board's cells; about ``%%host`` cells IPython answers."""

    shell_class = Type(IoTShell)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.notebook = Notebook(self.host)
        self.aside: Aside = Aside(self)
        self._completeness = TransformerManager()  # its own: users change that of the shell

    @property
    def host(self) -> IoTShell:
        """The IPython in which ``%%host`` cells run."""
        shell = self.shell
        assert isinstance(shell, IoTShell)  # noqa: S101  (``shell_class`` made it)
        return shell

    async def shell_main(self, subshell_id: str | None, msg: Any) -> None:
        """Take a message of the shell channel: Tab, help and widgets also while a cell runs."""
        if self.aside.takes(subshell_id, msg):
            await self.aside.answer(msg)
        else:
            await super().shell_main(subshell_id, msg)

    def do_complete(  # type: ignore[override]  # a plain function in IPythonKernel, too
        self, code: str, cursor_pos: int | None
    ) -> dict[str, Any]:
        """Return what Tab offers.

        A plain function: a coroutine that is interrupted while it waits ends ipykernel's loop.
        """
        cursor = len(code) if cursor_pos is None else cursor_pos
        end = host_lines(code)
        if end is not None and cursor > end:
            reply: dict[str, Any] = super().do_complete(_blanked(code, end), cursor)
            return reply
        found = complete(self.notebook, code, cursor)
        types = [
            {"start": found.start, "end": cursor, "text": match, "type": found.kind}
            for match in found.matches
        ]
        return {
            "status": "ok",
            "matches": found.matches,
            "cursor_start": found.start,
            "cursor_end": cursor,
            "metadata": {"_jupyter_types_experimental": types},
        }

    def do_inspect(  # type: ignore[override]  # a plain function in IPythonKernel, too
        self,
        code: str,
        cursor_pos: int,
        detail_level: int = 0,
        omit_sections: Collection[str] = (),
    ) -> dict[str, Any]:
        """Return help about what is at the cursor."""
        end = host_lines(code)
        if end is not None and cursor_pos > end:
            blanked = _blanked(code, end)
            reply: dict[str, Any] = super().do_inspect(
                blanked, cursor_pos, detail_level, omit_sections
            )
            return reply
        text = inspect_at(self.notebook, code, cursor_pos, detail_level)
        data = {"text/plain": text} if text is not None else {}
        return {"status": "ok", "found": text is not None, "data": data, "metadata": {}}

    def do_is_complete(  # type: ignore[override]  # a plain function in IPythonKernel, too
        self, code: str
    ) -> dict[str, Any]:
        """Tell a console whether a cell can run, or wants more lines."""
        end = host_lines(code)
        if end is not None:
            if not code[end:].strip() or not code.endswith("\n"):
                return {"status": "incomplete", "indent": ""}
            code = code[end + 1 :]
        status, indent = self._completeness.check_complete(code)
        return {"status": status, **({"indent": " " * indent} if indent is not None else {})}

    def do_history(  # type: ignore[override]  # a plain function in IPythonKernel, too
        self, hist_access_type: str, *arguments: Any, **options: Any
    ) -> dict[str, Any]:
        """Return cells of before; IPython calls the running session 0, Jupyter wants its number."""
        reply: dict[str, Any] = super().do_history(hist_access_type, *arguments, **options)
        number = self.host.history_manager.session_number if self.host.history_manager else 0
        reply["history"] = [(item[0] or number, *item[1:]) for item in reply["history"]]
        return reply


def _blanked(code: str, end: int) -> str:
    """Return a cell with blanks in the place of its ``%%host`` line: all positions stay."""
    return re.sub(r"[^\n]", " ", code[:end]) + code[end:]
