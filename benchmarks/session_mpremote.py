"""Work on an open session of mpremote, by its own functions."""

from __future__ import annotations

from argparse import Namespace
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

from workload import (
    FLOOD,
    FOLDER,
    fill_project,
    noise,
    output_program,
    serve_work,
    source,
    tree_to_copy,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# It carries no types.
SerialTransport: Any = import_module("mpremote.transport_serial").SerialTransport
recursive_cp: Any = import_module("mpremote.commands").do_filesystem_recursive_cp
recursive_rm: Any = import_module("mpremote.commands").do_filesystem_recursive_rm


def connect(port: str) -> dict[str, Callable[[int], list[float]]]:
    """Open the board as ``mpremote connect PORT resume`` does: without a soft reset."""
    board = SerialTransport(port)
    board.enter_raw_repl(soft_reset=False)
    state, options = Namespace(transport=board), Namespace(verbose=False)
    return {
        "noop": lambda count: [_timed(lambda: board.exec("pass")) for _ in range(count)],
        "list": lambda _: [_timed(lambda: board.fs_listdir(FOLDER))],
        "remove": lambda _: [_timed(lambda: recursive_rm(state, FOLDER, options))],
        "copy": lambda _: [_copy(state)],
        "sync": lambda count: [_sync(state, count)],
        "output": lambda size: [_timed(lambda: _output(board, size))],
        "put noise": lambda _: [_put(board, noise())],
        "put source": lambda _: [_put(board, source())],
        "get noise": lambda _: [_get(board, "/noise", noise())],
        "get source": lambda _: [_get(board, "/source", source())],
        "interrupt": lambda count: [_interrupt(board) for _ in range(count)],
    }


def _put(board: Any, data: bytes) -> float:
    return _timed(lambda: board.fs_writefile("/file", data))


def _get(board: Any, path: str, data: bytes) -> float:
    copies: list[bytes] = []
    seconds = _timed(lambda: copies.append(bytes(board.fs_readfile(path))))
    assert copies == [data]
    return seconds


def _timed(action: Callable[[], object]) -> float:
    start = perf_counter()
    action()
    return perf_counter() - start


def _copy(state: Namespace) -> float:
    # What `mpremote cp -r` does: it compares digests, file by file.
    with tree_to_copy() as folder, redirect_stdout(StringIO()):
        options = {"multiple": False, "check_hash": True}
        return _timed(lambda: recursive_cp(state, str(folder), ":/", **options))


def _sync(state: Namespace, count: int) -> float:
    """Copy the project as ``cp -r`` does: files with the same digest stay."""
    with TemporaryDirectory() as folder, redirect_stdout(StringIO()):
        tree = Path(folder) / FOLDER[1:]
        fill_project(tree, count)
        return _timed(lambda: recursive_cp(state, str(tree), ":", multiple=False, check_hash=True))


def _output(board: Any, size: int) -> None:
    received = 0

    def count(data: bytes) -> None:
        nonlocal received
        received += len(data) - data.count(b"\r") - data.count(b"\x04")

    board.exec(output_program(size), data_consumer=count)
    assert received == size // 64 * 64, f"{received} bytes of {size} came"


def _interrupt(board: Any) -> float:
    """Return the seconds from Ctrl-C, in the midst of a flood, to the prompt."""
    board.exec_raw_no_follow(FLOOD)
    received = 0
    while received < 500_000:
        received += len(board.serial.read(max(1, board.serial.inWaiting())))
    start = perf_counter()
    board.serial.write(b"\x03")
    board.follow(timeout=10, data_consumer=lambda _: None)
    return perf_counter() - start


if __name__ == "__main__":
    serve_work(connect)
