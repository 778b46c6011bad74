"""The real ``iot``, as a process, with a simulated board of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT = 30.0  # seconds; far more than any of these commands takes


@dataclass(frozen=True)
class Ended:
    """How a process ended: exit code, standard output, and standard error as text."""

    code: int
    out: bytes
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)

    @property
    def last_line(self) -> str:
        """The last line of standard error."""
        return self.err.splitlines()[-1] if self.err else ""


class Iot:
    """Starts ``iot`` with a target.

    Args:
        flash: The folder that is the simulated board's flash.
        cwd: The folder in which ``iot`` runs.
        target: The board; the simulated one on CPython if left out.
    """

    def __init__(self, flash: Path, cwd: Path, target: str | None = None) -> None:
        self.flash = flash
        self.cwd = cwd
        self.target = target or f"sim://{flash}?vm=cpython"
        self._processes: list[subprocess.Popen[bytes]] = []

    def __call__(self, *arguments: str, stdin: bytes = b"") -> Ended:
        """Run a command to its end."""
        process = self.start(*arguments)
        return end_of(process, stdin)

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a command."""
        process = subprocess.Popen(
            [sys.executable, "-m", "iot_cli", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.cwd,
            env=os.environ | {"IOT_DEVICE": self.target, "COLUMNS": "80"},
            **options,
        )
        self._processes.append(process)
        return process

    def board(self, target: str) -> Iot:
        """Return another one, for another board."""
        other = Iot(self.flash, self.cwd, target)
        other._processes = self._processes
        return other

    def close(self) -> None:
        """End what still runs, of this one and of those for other boards."""
        for process in self._processes:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()


def end_of(process: subprocess.Popen[bytes], stdin: bytes | None = None) -> Ended:
    """Wait for the end of a process and collect what it wrote."""
    out, err = process.communicate(stdin, timeout=TIMEOUT)
    return Ended(process.returncode, out, err.decode())


def read_until(process: subprocess.Popen[bytes], word: bytes) -> bytes:
    """Read standard output up to a word."""
    assert process.stdout is not None
    read = b""
    while not read.endswith(word):
        byte = process.stdout.read(1)
        assert byte, f"ended after {read!r}"
        read += byte
    return read


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Do what Ctrl-C in a terminal does, to this process only."""
    process.send_signal(signal.SIGINT)
