"""Asking the person at the front end for a line, without blocking what else goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import zmq

from iot_kernel.errors import CellInterrupted

if TYPE_CHECKING:
    import threading

    from ipykernel.ipkernel import IPythonKernel
    from jupyter_client.session import Session

__all__ = ["ask"]

_STEP: Final = 0.05  # seconds after which it is looked whether Stop was pressed


def ask(kernel: IPythonKernel, prompt: str, stop: threading.Event, *, password: bool) -> str:
    """Show an input box; return what the person typed.

    ipykernel's own ``raw_input`` cannot be cancelled from another thread.

    Raises:
        CellInterrupted: Stop was pressed meanwhile.
    """
    socket, session, parent = kernel.stdin_socket, kernel.session, kernel.get_parent("shell")
    assert session is not None  # noqa: S101  (there is one since the kernel started)
    _discard_old(socket)
    content = {"prompt": prompt, "password": password}
    ident = kernel._shell_parent_ident.get()  # noqa: SLF001  (the client that sent the cell)
    session.send(socket, "input_request", content, parent, ident=ident)
    return _answer(session, socket, stop)


def _discard_old(socket: Any) -> None:
    """An answer to a question that was given up must not answer this one."""
    while socket.poll(0):
        socket.recv_multipart(zmq.NOBLOCK)


def _answer(session: Session, socket: Any, stop: threading.Event) -> str:
    while not stop.is_set():
        if not socket.poll(int(_STEP * 1000)):
            continue
        _, reply = session.recv(socket, zmq.NOBLOCK)
        if reply is None:
            continue
        value = reply["content"].get("value", "")
        if value == "\x04":  # Ctrl-D, as ipykernel reads it
            raise EOFError
        return str(value)
    raise CellInterrupted.now()
