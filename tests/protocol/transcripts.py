"""Reads the recorded transcripts; their format stands in ``tests/transcripts/README.md``."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent.parent / "transcripts"

_WIRE = re.compile(r"(?P<direction>[<>]) (?:(?P<frame>[a-z]+) )?(?P<bytes>b['\"].*)")
_DIRECTIONS: dict[str, Literal["host", "board"]] = {">": "host", "<": "board"}


@dataclass(frozen=True)
class Line:
    """One line: bytes on the wire, or a remark.

    ``frame`` is the kind of the WebSocket frame (``text``, ``binary``, ``close``, ``ping``,
    ``pong``) in the transcript of WebREPL, empty in the others.
    """

    kind: Literal["host", "board", "remark"]
    data: bytes = b""
    text: str = ""
    frame: str = ""


@dataclass(frozen=True)
class Exchange:
    """What the host wrote, and all that the board sent then; nothing, where it kept silence."""

    written: bytes
    answer: bytes


@dataclass(frozen=True)
class Scenario:
    """One scenario, in the order of the wire."""

    name: str
    description: str
    lines: tuple[Line, ...]

    @property
    def starts_raw(self) -> bool:
        """Whether it starts in the raw REPL; else at the friendly prompt."""
        return any(line.text.startswith("starts in the raw REPL") for line in self.lines)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What was written and what came back, by turns."""
        return tuple(self._turns())

    def _turns(self) -> Iterator[Exchange]:
        written = answer = b""
        is_over = False
        for line in self.lines:
            if line.kind == "host" and is_over:
                yield Exchange(written, answer)
                written = answer = b""
                is_over = False
            if line.kind == "host":
                written += line.data
            if line.kind == "board":
                answer += line.data
            is_over = is_over or line.kind == "board" or line.text.startswith("silence")
        yield Exchange(written, answer)


@dataclass(frozen=True)
class Transcript:
    """All scenarios of one file; of a header that stands twice the lines are joined."""

    name: str
    header: dict[str, str]
    scenarios: tuple[Scenario, ...]

    @property
    def banner(self) -> str:
        """Name, version and machine, as in the banner of the friendly REPL."""
        return self.header["firmware"]

    def scenario(self, name: str) -> Scenario:
        """Return the scenario of that name."""
        return next(scenario for scenario in self.scenarios if scenario.name == name)


@cache
def load(name: str) -> Transcript:
    """Read the transcript of one board, ``rp2-1.28`` for instance."""
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    head, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return Transcript(name, _header(head), tuple(_scenario(part) for part in parts))


def _header(text: str) -> dict[str, str]:
    header: dict[str, str] = {}
    for line in text.splitlines():
        if line:
            key, value = line.removeprefix("# ").split(": ", 1)
            header[key] = f"{header[key]}\n{value}" if key in header else value
    return header


def _scenario(text: str) -> Scenario:
    name, description, *lines = (line for line in text.splitlines() if line)
    return Scenario(name, description, tuple(_line(line) for line in lines))


def _line(text: str) -> Line:
    if text.startswith("= "):
        return Line("remark", text=text[2:])
    match = _WIRE.fullmatch(text)
    if match is None:
        message = f"neither wire nor remark: {text!r}"
        raise ValueError(message)
    data = ast.literal_eval(match["bytes"])
    return Line(_DIRECTIONS[match["direction"]], data=data, frame=match["frame"] or "")
