"""Simulated boards that a process of their own serves."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sharing.holding import other_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sharing.holding import OtherProcess

_SERVE = """
import sys, threading
from pathlib import Path
from iot_device import ServerOptions, SimulatorOptions, serve
flash, uid, link, tcp = sys.argv[1:]
board = SimulatorOptions(flash=Path(flash), vm="cpython", uid=bytes.fromhex(uid))
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
options = ServerOptions(board, Path(link) if link else None, int(tcp) if tcp else None)
serve(options, lambda url: print(url, flush=True), stop)
"""


@contextmanager
def served_board(
    flash: Path, *, uid: str = "00c0ffee", link: Path | None = None, tcp: int | None = None
) -> Iterator[tuple[str, OtherProcess]]:
    """Serve a board on a pty or on TCP; give its URL, and the process: it ends with its input."""
    place = ("" if link is None else str(link), "" if tcp is None else str(tcp))
    with other_process(_SERVE, str(flash), uid, *place) as server:
        yield server.line(), server


@contextmanager
def two_addresses(url: str) -> Iterator[tuple[str, str]]:
    """Give a board two addresses, as one with USB and Wi-Fi has: what it says goes to both."""
    host, port = url.removeprefix("socket://").split(":")
    board = socket.create_connection((host, int(port)))
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    clients: list[socket.socket] = []
    for listener in listeners:
        threading.Thread(target=_admit, args=(listener, clients, board), daemon=True).start()
    threading.Thread(target=_carry, args=(board, clients), daemon=True).start()
    try:
        first, second = (listener.getsockname()[1] for listener in listeners)
        yield f"socket://127.0.0.1:{first}", f"socket://127.0.0.1:{second}"
    finally:
        for end in (board, *listeners, *clients):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _admit(listener: socket.socket, clients: list[socket.socket], board: socket.socket) -> None:
    with suppress(OSError):
        client, _ = listener.accept()
        clients.append(client)
        _carry(client, [board])


def _carry(source: socket.socket, targets: list[socket.socket]) -> None:
    with suppress(OSError):
        while data := source.recv(4096):
            for target in targets:
                with suppress(OSError):
                    target.sendall(data)
