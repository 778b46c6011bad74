"""A simulated board behind a paced link on a pty, in a process of its own."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import termios
import tty
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from iot_device.simulator import SimulatedBoard, SimulatorOptions
from paced_link import PacedLink, parse_model

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BoardProcess", "started_board"]


@dataclass(frozen=True)
class BoardProcess:
    """A board that runs in another process.

    Attributes:
        port: Its pty, as ``/dev/pts/N``.
        link: A symbolic link to that: a port whose name does not tell that it is a pty.
        flash: The folder that is its flash.
        process: The process.
    """

    port: str
    link: str
    flash: Path
    process: subprocess.Popen[str]

    def statistics(self) -> dict[str, int]:
        """Return the bytes on the link so far: ``to_board``, ``to_host``, ``lost``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        figures: dict[str, int] = json.loads(self.process.stdout.readline())
        return figures


@contextmanager
def started_board(model: str, micropython: str) -> Iterator[BoardProcess]:
    """Run a board until the context ends.

    Args:
        model: The link, as ``parse_model`` reads it.
        micropython: Path of the MicroPython that is its virtual machine.
    """
    with tempfile.TemporaryDirectory(prefix="iot-benchmark-") as folder:
        flash, link = Path(folder) / "flash", Path(folder) / "board"
        flash.mkdir()
        with subprocess.Popen(
            [sys.executable, __file__, model, micropython, str(flash)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert process.stdout is not None
                port = json.loads(process.stdout.readline())["port"]
                link.symlink_to(port)
                yield BoardProcess(port, str(link), flash, process)
            finally:
                process.kill()


def _serve() -> None:
    model, micropython, flash = sys.argv[1:4]
    # The slave stays open here: otherwise its settings, and the master, end with each client.
    master, slave = os.openpty()
    tty.setraw(slave)
    os.fchmod(slave, 0o600)
    os.set_blocking(master, False)
    board = SimulatedBoard(SimulatorOptions(flash=Path(flash), vm=micropython))
    board.power_on()
    link = PacedLink(parse_model(model), master, board.attach())
    link.start()
    print(json.dumps({"port": os.ttyname(slave)}), flush=True)
    while sys.stdin.readline():
        fcntl.ioctl(slave, termios.TIOCNXCL)  # a client that was killed may have left it
        print(json.dumps(link.statistics), flush=True)
    board.power_off()


if __name__ == "__main__":
    _serve()
