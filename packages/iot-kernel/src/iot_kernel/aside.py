"""Requests that are answered while a cell runs: Tab, help, history, widgets.

ipykernel handles one request of the shell channel after the other; from 7.4 on, messages of
widgets come in between, but without the status messages that ipywidgets waits for, so that its
sliders stop after one move. Here both are done.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ipykernel.ipkernel import IPythonKernel

__all__ = ["Aside"]

_TYPES: Final = frozenset(
    {
        "comm_close",
        "comm_info_request",
        "comm_msg",
        "comm_open",
        "complete_request",
        "history_request",
        "inspect_request",
        "is_complete_request",
        "kernel_info_request",
    }
)


class Aside:
    """Answers requests beside the cell that runs.

    Args:
        kernel: The kernel.
    """

    def __init__(self, kernel: IPythonKernel) -> None:
        self._kernel = kernel
        self._cell: tuple[bytes, dict[str, Any]] | None = None

    @contextmanager
    def beside_cell(self) -> Iterator[None]:
        """While this runs, in the context of a cell's request, that is what the kernel does."""
        if threading.current_thread() is not threading.main_thread():  # a subshell
            yield
            return
        self._cell = self._request()
        try:
            yield
        finally:
            self._cell = None

    def _request(self) -> tuple[bytes, dict[str, Any]]:
        kernel = self._kernel
        return kernel._shell_parent_ident.get(), kernel.get_parent("shell")  # noqa: SLF001  (as ipykernel's shell_main)

    def takes(self, subshell_id: str | None, message: Any) -> bool:
        """Whether this message is answered aside: a cell runs, and it is no other cell."""
        lock = self._kernel._main_asyncio_lock  # noqa: SLF001  (the same name in 7.0 to 7.4)
        if subshell_id is not None or not lock.locked():
            return False
        return self._header(message).get("msg_type") in _TYPES

    async def answer(self, message: Any) -> None:
        """Answer it, in a context of its own; then the kernel is busy with its cell again."""
        kernel = self._kernel
        # In ipykernel 7.0 this message has a context of its own, in which the cell is unknown.
        ident, parent = self._cell or self._request()
        try:
            await asyncio.create_task(self._handle(message), context=copy_context())
        finally:
            kernel.set_parent(ident, parent, channel="shell")
            kernel._publish_status("busy", "shell", parent=parent)  # noqa: SLF001

    def _header(self, message: Any) -> dict[str, Any]:
        # Without the content: reading that would spend the message's signature.
        session = self._kernel.session
        assert session is not None  # noqa: S101  (there is one since the kernel started)
        try:
            _, frames = session.feed_identities(message, copy=False)
            header: dict[str, Any] = session.deserialize(frames, content=False, copy=False)[
                "header"
            ]
        except (KeyError, TypeError, ValueError):
            return {}
        return header

    async def _handle(self, message: Any) -> None:
        kernel, session = self._kernel, self._kernel.session
        assert session is not None  # noqa: S101  (there is one since the kernel started)
        idents, frames = session.feed_identities(message, copy=False)
        parsed = session.deserialize(frames, content=True, copy=False)
        kernel.set_parent(idents, parsed, channel="shell")
        kernel._publish_status("busy", "shell", parent=parsed)  # noqa: SLF001
        stream = kernel.shell_channel_thread.manager.get_subshell_to_shell_channel_socket(None)
        try:
            answer = kernel.shell_handlers[parsed["header"]["msg_type"]](stream, idents, parsed)
            if inspect.isawaitable(answer):
                await answer
        except Exception:
            kernel.log.exception("a request beside the cell failed")
        sys.stdout.flush()
        sys.stderr.flush()
        kernel._publish_status("idle", "shell", parent=parsed)  # noqa: SLF001
