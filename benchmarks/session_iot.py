"""Work on an open session of `iot`."""

from __future__ import annotations

import os
import sys
import tempfile
from time import perf_counter
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from iot_device import (
    BoardFiles,
    Device,
    ExecutionInterrupted,
    HostFiles,
    open_device,
    plan_copy,
    run_copy,
)
from iot_device.board_code import board_source
from iot_device.rsync import HostFile, PlanOptions, compare
from workload import (
    FLOOD,
    FOLDER,
    LARGE,
    noise,
    output_program,
    project,
    serve_work,
    source,
    tree_to_copy,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_UNVERIFIED: Final = "put unverified"


def connect(port: str) -> dict[str, Callable[[int], list[float]]]:
    """Open the board; what is probed once is probed now."""
    if _UNVERIFIED in sys.argv:
        patch("iot_device.session.kept.board_source", _unverified_source).start()
    device = open_device(port)
    device.execute("pass")
    assert device.info.uid
    device.files.write("/warm", os.urandom(3000))
    device.files.read("/warm")
    device.files.remove("/warm")
    for _ in range(2):  # from the second time on these functions stay on the board
        device.files.listdir("/")
        device.files.make_folders(["/warm"])
    device.files.rmdir("/warm")
    return {
        "noop": lambda count: [_timed(lambda: device.execute("pass")) for _ in range(count)],
        "list": lambda _: [_timed(lambda: device.files.listdir(FOLDER))],
        "remove": lambda _: [_timed(lambda: device.files.rmtree(FOLDER))],
        "copy": lambda _: [_copy(device)],
        "sync": lambda count: [_timed(lambda: _sync(device, count))],
        "output": lambda size: [_timed(lambda: _output(device, size))],
        "put noise": lambda _: [_put(device, noise())],
        "put source": lambda _: [_put(device, source())],
        _UNVERIFIED: lambda _: [_put(device, noise())],
        "get noise": lambda _: [_get(device, "/noise", noise())],
        "get source": lambda _: [_get(device, "/source", source())],
        "get large": lambda _: [_timed(lambda: _get_large(device))],
        "interrupt": lambda count: [_interrupt(device) for _ in range(count)],
    }


def _put(device: Device, data: bytes) -> float:
    return _timed(lambda: device.files.write("/file", data))


def _unverified_source(name: str) -> str:
    """Return the board's function; the one that stores does not read back what is stored."""
    source = board_source(name)
    if name == "files_store":
        for old, new in (
            ("size = file.readinto(buffer)", "size = 0"),
            ("found.digest() != digest", "False"),
        ):
            assert old in source
            source = source.replace(old, new)
    return source


def _get(device: Device, path: str, data: bytes) -> float:
    copies: list[bytes] = []
    seconds = _timed(lambda: copies.append(device.files.read(path)))
    assert copies == [data]
    return seconds


def _get_large(device: Device) -> None:
    with tempfile.TemporaryFile() as file:
        device.files.download(LARGE, file)


def _timed(action: Callable[[], object]) -> float:
    start = perf_counter()
    action()
    return perf_counter() - start


def _copy(device: Device) -> float:
    board = BoardFiles(device.files)
    with tree_to_copy() as folder:
        return _timed(
            lambda: run_copy(plan_copy(HostFiles(), [str(folder)], board, "/", recursive=True))
        )


def _sync(device: Device, count: int) -> None:
    host = {f"{FOLDER}/{name}": HostFile.of(data) for name, data in project(count).items()}
    comparison = compare(device, host, PlanOptions(top=FOLDER))
    if not comparison.plan.matches:
        comparison.apply()


def _output(device: Device, size: int) -> None:
    received = 0

    def count(data: bytes) -> None:
        nonlocal received
        received += len(data) - data.count(b"\r")

    device.execute(output_program(size), on_output=count)
    assert received == size // 64 * 64, f"{received} bytes of {size} came"


def _interrupt(device: Device) -> float:
    """Return the seconds from Ctrl-C, in the midst of a flood, to the prompt."""
    received, start = 0, 0.0

    def count(data: bytes) -> None:
        nonlocal received, start
        received += len(data)
        if received > 500_000 and not start:
            start = perf_counter()
            device.interrupt()

    try:
        device.execute(FLOOD, on_output=count, timeout=20.0)
    except ExecutionInterrupted:
        return perf_counter() - start
    raise AssertionError("the flood ended by itself")


if __name__ == "__main__":
    serve_work(connect)
