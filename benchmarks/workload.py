"""What both tools do in a measurement; this module needs neither of them."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import hashlib
import json
import os
import random
import resource
import shutil
import sys
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "FLOOD",
    "FOLDER",
    "LARGE",
    "TRANSFERS",
    "TRANSFER_SIZE",
    "TREE",
    "changed_source",
    "fill",
    "fill_large",
    "fill_project",
    "fill_transfers",
    "make_tree",
    "noise",
    "output_program",
    "project",
    "remove",
    "serve_work",
    "source",
    "tree_to_copy",
]

FOLDER = "/many"
TREE = "/tree"
LARGE = "/large"
TRANSFER_SIZE = 100_000  # bytes
TRANSFERS = {
    "put 100 KB, random": "put noise",
    "put 100 KB, random, not verified": "put unverified",
    "put 100 KB, Python": "put source",
    "get 100 KB, random": "get noise",
    "get 100 KB, Python": "get source",
}
FLOOD = "while True:\n print('flood ' * 10)\n"


def output_program(size: int) -> str:
    """Return a program of the board that writes ``size`` bytes, in lines of 64."""
    return f"for _ in range({size // 64}):\n print('{'o' * 63}')\n"


def noise() -> bytes:
    """Return bytes that no compression makes smaller, always the same."""
    return random.Random(1).randbytes(TRANSFER_SIZE)  # noqa: S311  (no secret)


def source() -> bytes:
    """Return Python source: modules of the standard library, one behind the other."""
    modules = (argparse, ast, dataclasses, tarfile)
    text = b"".join(Path(str(module.__file__)).read_bytes() for module in modules)
    return text[:TRANSFER_SIZE]


def changed_source() -> bytes:
    """Return that source with another line in its middle."""
    lines = source().splitlines(keepends=True)
    lines[len(lines) // 2] = b"# this line is changed\n"
    return b"".join(lines)


def fill_transfers(flash: Path) -> None:
    """Put what is fetched from the board there, from the side of this computer."""
    (flash / "noise").write_bytes(noise())
    (flash / "source").write_bytes(source())


def fill_large(flash: Path, megabytes: int) -> None:
    """Put one large file onto the board's flash, from the side of this computer."""
    block = os.urandom(1_000_000)
    with (flash / LARGE[1:]).open("wb") as file:
        for _ in range(megabytes):
            file.write(block)


def fill(flash: Path, count: int = 200) -> None:
    """Put a folder with small files onto the board's flash, from the side of this computer."""
    folder = flash / FOLDER[1:]
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"file{number:03}.txt").write_bytes(b"x" * 10)


def make_tree(parent: Path, count: int = 50) -> Path:
    """Make a folder with files of 1 KB, always the same, of which half can be compressed."""
    folder = parent / TREE[1:]
    folder.mkdir(exist_ok=True)
    for number in range(count):
        # Bytes that look random, and are the same each time.
        noise = hashlib.shake_128(bytes([number])).digest(511)
        (folder / f"file{number:02}.bin").write_bytes(noise + b"def f(x): return x\n" * 27)
    return folder


@contextmanager
def tree_to_copy() -> Iterator[Path]:
    """Give that folder, on this computer."""
    with tempfile.TemporaryDirectory(prefix="iot-benchmark-") as parent:
        yield make_tree(Path(parent))


def project(count: int) -> dict[str, bytes]:
    """Return the files of a project, 1 KB each, by name."""
    return {f"module{n:04}.py": (b"value = %d\n" % n).ljust(1024, b"#") for n in range(count)}


def fill_project(folder: Path, count: int, changed: int = 0) -> None:
    """Put a project into a folder, from the side of this computer.

    Args:
        folder: The folder.
        count: Files of the project.
        changed: How many of them have another content.
    """
    folder.mkdir(exist_ok=True)
    for number, (name, data) in enumerate(project(count).items()):
        (folder / name).write_bytes(data.swapcase() if number < changed else data)


def remove(flash: Path) -> None:
    """Take those folders away again, from the side of this computer."""
    for folder in (FOLDER, TREE):
        shutil.rmtree(flash / folder[1:], ignore_errors=True)


def peak_memory() -> int:
    """Return the most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def serve_work(connect: Callable[[str], dict[str, Callable[[int], list[float]]]]) -> None:
    """Do one kind of work on an open session: ``argv`` is port, name and number.

    Says that the session is open, waits for a line, works, and prints the figures.

    Args:
        connect: Opens a session with the board at a port; returns what it can do, by name. Each
            takes the number and returns seconds.
    """
    port, name, number = sys.argv[1:4]
    work = connect(port)[name]
    _say({"ready": True})
    sys.stdin.readline()
    before = peak_memory()
    seconds = work(int(number))
    _say({"seconds": seconds, "growth": peak_memory() - before})


def _say(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)
