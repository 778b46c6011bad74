"""Ports for tests: those of simulated boards, and one behind which nobody answers."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from iot_device import BoardCandidate, ServerOptions, SimulatorOptions, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def candidate(port: str, *, known: bool = True, interface: str | None = None) -> BoardCandidate:
    return BoardCandidate(port, 1, 2, None, None, "a board", None, None, interface, known=known)


@contextmanager
def served(folder: Path, vm: str = "cpython") -> Iterator[BoardCandidate]:
    """Serve a board on a pty; its uid is the name of its folder, as hexadecimal digits."""
    options = SimulatorOptions(folder / "flash", vm=vm, uid=folder.name.encode())
    ready, stop = threading.Event(), threading.Event()
    port = folder / "port"
    server = threading.Thread(
        target=serve, args=(ServerOptions(options, pty=port), lambda _url: ready.set(), stop)
    )
    server.start()
    try:
        assert ready.wait(20)
        yield candidate(str(port))
    finally:
        stop.set()
        server.join()


@contextmanager
def silent_port() -> Iterator[tuple[BoardCandidate, int]]:
    """Give a port behind which nobody answers, and its other side."""
    master, slave = os.openpty()
    try:
        yield candidate(os.ttyname(slave)), master
    finally:
        os.close(master)
        os.close(slave)
