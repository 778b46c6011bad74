"""What all commands share: the global options, the signals, and the board."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from iot_cli.output import note
from iot_cli.signals import Signals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device import Device

__all__ = ["Options", "Work", "examples", "pass_work"]


@dataclass(frozen=True)
class Options:
    """The options that stand before the command.

    Attributes:
        target: The board that is meant; ``None``: the library finds it.
        json: One JSON document on standard output instead of text for people.
        quiet: Nothing on standard error but errors.
        verbose: Also tell what is done.
        debug: On errors also Python's traceback and the last bytes received.
        timeout: Seconds that the whole command may take; ``None`` for ever.
    """

    target: str | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    timeout: float | None = None


class Work:
    """One run of a command.

    Attributes:
        options: The global options.
        signals: What Ctrl-C, SIGTERM and the end of ``--timeout`` do.
    """

    def __init__(self) -> None:
        self.options = Options()
        self.signals = Signals()
        self._end: float | None = None

    def begin(self, options: Options) -> None:
        """Take the options; from now on ``--timeout`` runs."""
        self.options = options
        if options.timeout is not None:
            self._end = time.monotonic() + options.timeout
            self.signals.start_timeout(options.timeout)

    def remaining(self) -> float | None:
        """Return the seconds that are left of ``--timeout``; ``None`` if there is none."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    def waits_for(self, what: str) -> None:
        """Say what the command does from now on, in case that its time ends meanwhile."""
        self.signals.waiting_for = what

    def tell(self, text: str) -> None:
        """Write a line that the person should know of, unless they want quiet."""
        if not self.options.quiet:
            note(f"iot: {text}")

    def detail(self, text: str) -> None:
        """Write a line for those who asked for ``-v``."""
        if self.options.verbose:
            note(f"iot: {text}")

    @contextmanager
    def open_device(self) -> Iterator[Device]:
        """Open the board that is meant; close it in the end."""
        from iot_device import open_device  # noqa: PLC0415  (start-up)

        self.waits_for("the board to open")
        with open_device(self.options.target) as device:
            self.detail(f"connected to {device.url}")
            self.waits_for("the board to answer")
            try:
                yield device
            finally:
                if device.stopped_program:
                    self.tell("a program that was running on the board was stopped")

    def read_line(self, _prompt: str) -> str:
        """Read a line of standard input for the board's ``input()``.

        Raises:
            EOFError: There is none.
        """
        with self.signals.reading():
            line = sys.stdin.buffer.readline()
        if not line:
            raise EOFError
        return line.decode(errors="replace").rstrip("\r\n")


pass_work = click.make_pass_decorator(Work)


def examples(*lines: str) -> str:
    """Return the end of a help text: examples, each on a line of its own."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
