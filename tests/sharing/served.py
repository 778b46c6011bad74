"""Simulated boards that a process of their own serves."""

from __future__ import annotations

from contextlib import contextmanager
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
