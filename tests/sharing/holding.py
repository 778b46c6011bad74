"""Other processes that hold a lock or a board, for tests: each does what it is told by a line."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT = 30.0  # seconds; far more than any of these takes


class OtherProcess:
    """A program of Python that prints a line when it is ready, and ends with its input.

    Attributes:
        process: The process itself.
    """

    def __init__(self, program: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid

    def line(self) -> str:
        """Wait for the next line that it prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def tell(self, text: str) -> None:
        """Give it a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """Let it end, and wait until it has."""
        self.process.communicate(timeout=TIMEOUT)

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.communicate(timeout=TIMEOUT)


@contextmanager
def other_process(program: str, *arguments: str) -> Iterator[OtherProcess]:
    """Start another process; it is gone at the end."""
    other = OtherProcess(program, *arguments)
    try:
        yield other
    finally:
        other.kill()
