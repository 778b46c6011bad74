"""The boards that the tests run on: what each can do, whether it can start here, how it starts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import quote

from install_boards import BOARDS as FOLDER
from install_boards import MICROBIT_FIRMWARE, NODE_PACKAGE, micropython
from iot_device.transports.process import ProcessTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from iot_device.transports.base import Transport

__all__ = ["Board", "Capability", "StartedBoard", "registry"]

Capability: TypeAlias = Literal[
    "digest",  # hashlib
    "files",  # listdir, size, read, write, remove
    "folders",  # stat, mkdir, rename
    "hard-reset",
    "input",  # input() gets what the host sends
    "interrupt",  # Ctrl-C stops a busy loop
    "keeps-files",  # from one opening to the next
    "raw-paste",
    "rtc",
    "soft-reset",
    "uid",
]

_INSTALL = "python3 tools/install_boards.py"
_NODE_PACKAGE = FOLDER / "node" / "node_modules" / NODE_PACKAGE
_SIMULATOR: frozenset[Capability] = frozenset(
    {
        "digest",
        "files",
        "folders",
        "hard-reset",
        "input",
        "interrupt",
        "keeps-files",
        "raw-paste",
        "rtc",
        "soft-reset",
        "uid",
    }
)
_MICROBIT: frozenset[Capability] = frozenset(
    {"files", "hard-reset", "input", "interrupt", "keeps-files", "soft-reset", "uid"}
)


@dataclass(frozen=True)
class StartedBoard:
    """A board that runs.

    Attributes:
        id: Its name in the registry.
        capabilities: What it can do; ``None`` for a board that nobody has described.
        target: Makes what ``open_device`` opens: a URL, or a new transport for each opening.
    """

    id: str
    capabilities: frozenset[Capability] | None
    target: Callable[[], str | Transport]


@dataclass(frozen=True)
class Board:
    """A board of the registry.

    Attributes:
        id: Its name in test ids.
        capabilities: What it can do; ``None`` for a board that nobody has described.
        unavailable_reason: Says why it cannot start here, and the remedy; ``None`` if it can.
        run: Starts it, and ends it with the context; gives what ``StartedBoard.target`` is.
    """

    id: str
    capabilities: frozenset[Capability] | None
    unavailable_reason: Callable[[], str | None]
    run: Callable[[], AbstractContextManager[Callable[[], str | Transport]]]

    @contextmanager
    def start(self) -> Iterator[StartedBoard]:
        """Run the board until the context ends."""
        with self.run() as target:
            yield StartedBoard(self.id, self.capabilities, target)


def registry() -> list[Board]:
    """Return all boards: ours, and one for each URL of ``IOT_TEST_BOARDS``."""
    urls = [url for url in os.environ.get("IOT_TEST_BOARDS", "").split(",") if url]
    return [
        Board("simulator-cpython", _SIMULATOR, lambda: None, _simulator_cpython),
        Board("simulator-micropython", _SIMULATOR, _lacks_micropython, _simulator_micropython),
        Board(
            "microbit-qemu",
            _MICROBIT,
            _lacks_qemu,
            _microbit_qemu,
        ),
        Board("node-wasm", frozenset({"digest", "files", "folders"}), _lacks_node, _node_wasm),
        *(Board(url, None, lambda: None, partial(_given, url)) for url in urls),
    ]


@contextmanager
def _simulator_cpython() -> Iterator[Callable[[], str]]:
    with tempfile.TemporaryDirectory(prefix="iot-board-") as flash:
        yield lambda: f"sim://{quote(flash)}?vm=cpython"


def _lacks_micropython() -> str | None:
    return None if micropython() else f"no MicroPython 1.25 or newer; {_INSTALL}"


@contextmanager
def _simulator_micropython() -> Iterator[Callable[[], str]]:
    with tempfile.TemporaryDirectory(prefix="iot-board-") as flash:
        yield lambda: f"sim://{quote(flash)}?vm={quote(str(micropython()))}"


def _lacks_qemu() -> str | None:
    if shutil.which("qemu-system-arm") is None:
        return "no QEMU; apt-get install qemu-system-arm"
    if not MICROBIT_FIRMWARE.exists():
        return "no firmware; apt-get install firmware-microbit-micropython"
    return None


@contextmanager
def _microbit_qemu() -> Iterator[Callable[[], str]]:
    command = [
        # Killed test runs leave no emulator behind: it goes with the process that started it.
        *(["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []),
        *("qemu-system-arm", "-M", "microbit", "-nographic", "-monitor", "none", "-serial", "pty"),
        *("-device", f"loader,file={MICROBIT_FIRMWARE}"),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            pty = re.search(r"/dev/\S+", line)
            assert pty, f"QEMU names no pty: {line!r}"
            with _held_open(pty[0]):
                yield lambda: f"serial://{pty[0]}"
        finally:
            process.kill()


@contextmanager
def _held_open(pty: str) -> Iterator[None]:
    # QEMU looks only once a second whether somebody opened its pty again (chardev/char-pty.c).
    holder = os.open(pty, os.O_RDWR | os.O_NOCTTY)
    try:
        yield
    finally:
        os.close(holder)


def _lacks_node() -> str | None:
    if shutil.which("node") is None:
        return "no Node.js; apt-get install nodejs npm"
    return None if _NODE_PACKAGE.exists() else f"no {NODE_PACKAGE}; {_INSTALL}"


@contextmanager
def _node_wasm() -> Iterator[Callable[[], Transport]]:
    script = Path(__file__).with_name("node_board.mjs")
    command = ["node", str(script), str(_NODE_PACKAGE)]
    yield lambda: ProcessTransport(command)


@contextmanager
def _given(url: str) -> Iterator[Callable[[], str]]:
    yield lambda: url
