"""What a run on the board leaves behind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

__all__ = ["ExecutionResult", "Frame"]

_TOP = "Traceback (most recent call last):"
_FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+)(?:, in (?P<function>.*))?$')


@dataclass(frozen=True)
class Frame:
    """One line of a traceback: file, line (from 1), and function where the board names it."""

    file: str
    line: int
    function: str | None


@dataclass(frozen=True)
class ExecutionResult:
    """What a program on the board left.

    Attributes:
        output: What it wrote, exactly; only the last part if ``truncated``.
        traceback: The board's traceback, decoded, with the line numbers of the program that was
            given; empty if nothing was raised.
        status: ``ok``, ``error`` (it raised), ``exit`` (``SystemExit``), or ``unknown`` (it ended
            without the proof that it got to its end: a reset, or forged markers).
        exit_code: The argument of ``sys.exit``, if status is ``exit`` and it is known.
        value: The ``repr`` of the last expression, if it was asked for and is not ``None``.
        truncated: Whether ``output`` had to be cut to its last part.
        restarted: Whether the board began anew (a soft reset, or more) during the run.
    """

    output: bytes
    traceback: str = ""
    status: Literal["ok", "error", "exit", "unknown"] = "ok"
    exit_code: int | str | None = None
    value: str | None = None
    truncated: bool = False
    restarted: bool = False

    @property
    def text(self) -> str:
        r"""The output as text: UTF-8 with ``\r\n`` as ``\n``; bad bytes appear escaped."""
        return self.output.decode(errors="backslashreplace").replace("\r\n", "\n")

    @cached_property
    def _raised(self) -> tuple[str, str]:
        """Name and message of the exception: what follows the frames of the last traceback."""
        lines = self.traceback.rstrip().splitlines()
        tops = [index for index, line in enumerate(lines) if line == _TOP]
        below = lines[tops[-1] + 1 :] if tops else lines
        start = next((i for i, line in enumerate(below) if line and line[0] != " "), len(below))
        first, *rest = below[start:] or [""]
        name, _, message = first.partition(":")
        return name.strip(), "\n".join([message.strip(), *rest])

    @property
    def exception(self) -> str:
        """Name of the exception, ``ValueError`` for instance; empty if nothing was raised."""
        return self._raised[0]

    @property
    def message(self) -> str:
        """Message of the exception, which may have several lines; empty if it has none."""
        return self._raised[1]

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """The frames of the traceback, outermost first."""
        matches = (_FRAME.match(line) for line in self.traceback.splitlines())
        return tuple(
            Frame(match["file"], int(match["line"]), match["function"])
            for match in matches
            if match
        )

    @property
    def summary(self) -> str:
        """One line: the exception and the first line of its message."""
        if self.status == "unknown":
            how = "the board began anew" if self.restarted else "its end could not be proved"
            return f"it is not known how the program ended: {how}"
        if not self.message:
            return self.exception
        return f"{self.exception}: {self.message.partition(chr(10))[0]}"
