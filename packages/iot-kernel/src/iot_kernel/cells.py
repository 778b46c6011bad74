"""A cell, taken apart: board code, magics and ``!`` lines, in their order. Pure.

A ``%`` or ``!`` is a magic where a statement could begin: at the start of a line that is not
inside of a string, a bracket, or a continued line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from iot_kernel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CellMagic",
    "Code",
    "Help",
    "LineMagic",
    "Shell",
    "Step",
    "cell_magic_of",
    "host_lines",
    "open_string",
    "steps_of",
    "without_comment",
]

_CELL_MAGIC = re.compile(
    r"\A(?P<before>(?:[ \t]*(?:#[^\n]*)?\n)*)%%(?P<name>\w+)(?![\w?])(?P<rest>[^\n]*)"
)
_LINE_MAGIC = re.compile(r"%(?P<name>\w+)(?P<rest>(?:\s.*)?)$", re.DOTALL)
_HELP = re.compile(
    r"(?:(?P<marks>\?\??)\s*(?P<name>%{0,2}[\w.]+)|(?P<name2>%{0,2}[\w.]+)(?P<marks2>\?\??))\s*$"
)
_ASSIGNED = re.compile(r"[\w.,\s\[\]]+=\s*(?P<mark>[!%])\w")


@dataclass(frozen=True)
class Code:
    """Code for the board; ``line`` is the number of its first line in the cell, from 1."""

    source: str
    line: int


@dataclass(frozen=True)
class LineMagic:
    """``%name rest``."""

    name: str
    rest: str
    line: int


@dataclass(frozen=True)
class Shell:
    """``!command``."""

    command: str
    line: int


@dataclass(frozen=True)
class Help:
    """``name?`` or ``name??``."""

    name: str
    detail: int
    line: int


Step: TypeAlias = Code | LineMagic | Shell | Help


@dataclass(frozen=True)
class CellMagic:
    """``%%name rest`` at the top of a cell.

    Attributes:
        name: Without the percent signs.
        rest: What follows on its line.
        body: The lines below.
        line: Number of the first line of the body in the cell, from 1.
    """

    name: str
    rest: str
    body: str
    line: int


def cell_magic_of(text: str) -> CellMagic | None:
    """Return the cell magic at the top of a cell; blank lines and comments may stand before it."""
    match = _CELL_MAGIC.match(text)
    if match is None:
        return None
    line = match["before"].count("\n") + 2
    return CellMagic(match["name"], match["rest"].strip(), text[match.end() + 1 :], line)


def host_lines(text: str) -> int | None:
    """Return how many characters a ``%%host`` line and what is before it take; ``None``: none.

    One that asks for help is none: it is answered as those of other magics.
    """
    match = _CELL_MAGIC.match(text)
    if match is None or match["name"] != "host" or match["rest"].strip() in ("-h", "--help"):
        return None
    return match.end()


def steps_of(text: str, first_line: int = 1) -> list[Step]:
    """Return the steps of a cell without a cell magic.

    Args:
        text: The cell, or the body of a cell magic.
        first_line: Number of its first line in the cell.

    Raises:
        UsageError: A magic stands where it cannot.
    """
    steps: list[Step] = []
    code: list[str] = []
    start = first_line
    for number, line, is_code in _logical_lines(_dedented(text), first_line):
        if is_code:
            start = start if code else number
            code.append(line)
            continue
        steps += _code_step(code, start)
        code = []
        steps.append(_special(line, number))
    return steps + _code_step(code, start)


def _code_step(lines: list[str], start: int) -> list[Step]:
    if all(not line.strip() or line.lstrip().startswith("#") for line in lines):
        return []
    return [Code("\n".join(lines), start)]


def _dedented(text: str) -> list[str]:
    """Return the lines; a cell that is indented as a whole is not (as in IPython)."""
    lines = text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]
    return [line.removeprefix(indent) for line in lines] if indent else lines


def _logical_lines(lines: list[str], number: int) -> Iterator[tuple[int, str, bool]]:
    """Yield lines with their numbers and whether they are code; magics with their continuations."""
    lexer = _Lexer()
    index = 0
    while index < len(lines):
        line, at = lines[index], number + index
        index += 1
        if lexer.inside or not _is_special(line, at):
            lexer.feed(line)
            yield at, line, True
            continue
        while line.endswith("\\") and index < len(lines):
            line = f"{line}\n{lines[index]}"
            index += 1
        yield at, line, False


def _is_special(line: str, number: int) -> bool:
    word = line.lstrip()
    if line[:1] in ("%", "!") or _HELP.match(line):
        return True
    if word[:1] in ("%", "!"):
        raise UsageError(
            f"line {number}: a magic cannot stand inside a block of board code",
            ("begin its line at the left edge, before or after the block",),
        )
    assigned = _ASSIGNED.match(line)
    if assigned is not None and _Lexer.complete(line[: assigned.start("mark")]):
        raise UsageError(
            f"line {number}: what a magic or command gives can be kept on the host only",
            ("put %%host at the top of the cell",),
        )
    return False


def _special(line: str, number: int) -> Step:
    help_match = _HELP.match(line)
    if help_match is not None:
        marks = help_match["marks"] or help_match["marks2"]
        return Help(help_match["name"] or help_match["name2"], len(marks) - 1, number)
    if line.startswith("!"):
        return Shell(line[1:].strip(), number)
    match = _LINE_MAGIC.match(line.replace("\\\n", " "))
    if match is None:
        top = line.startswith("%%")
        raise UsageError(
            f"line {number}: {'a cell magic stands at the top of its cell' if top else 'no magic'}",
            ("put it into a cell of its own",) if top else ("%lsmagic lists the magics",),
        )
    return LineMagic(match["name"], match["rest"].strip(), number)


def without_comment(text: str) -> str:
    """Return the arguments of a magic without a comment behind them.

    A ``#`` begins a comment where a word could begin, outside of quotes.
    """
    quote, before = "", " "
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character == "#" and before.isspace():
            return text[:index].rstrip()
        elif character in "\"'" and (before.isspace() or before == "="):
            quote = character if character in text[index + 1 :] else ""
        before = character
    return text.rstrip()


_TOKEN = re.compile(
    r"""(?P<comment>#)|(?P<quote>\"{3}|'{3}|["'])|(?P<open>[(\[{])|(?P<close>[)\]}])"""
)


class _Lexer:
    """Follows code line by line, as far as it must to know where a statement can begin."""

    def __init__(self) -> None:
        self._quote = ""
        self._depth = 0
        self._continued = False

    @classmethod
    def complete(cls, text: str) -> bool:
        """Whether a statement of one line could end behind ``text``."""
        lexer = cls()
        lexer.feed(text)
        return not lexer.inside

    @property
    def inside(self) -> bool:
        """Whether the next line belongs to a string, a bracket, or a continued line."""
        return bool(self._quote) or self._depth > 0 or self._continued

    def feed(self, line: str) -> None:
        """Take the next line, without its end."""
        self._continued = False
        position = 0
        while position < len(line):
            position = self._string(line, position) if self._quote else self._code(line, position)
        if len(self._quote) == 1 and not line.endswith("\\"):
            self._quote = ""  # an error of the program, which must not swallow what follows

    def open_string(self, line: str) -> str | None:
        """Take the last line; return what stands in the string that is open at its end."""
        position = start = 0
        while position < len(line):
            if not self._quote:
                position = self._code(line, position)
                start = position
            else:
                position = self._string(line, position)
        return line[start:] if self._quote else None

    def _string(self, line: str, position: int) -> int:
        for match in re.compile(rf"\\.|{self._quote}").finditer(line, position):
            if match[0] == self._quote:
                self._quote = ""
                return match.end()
        return len(line)

    def _code(self, line: str, position: int) -> int:
        match = _TOKEN.search(line, position)
        if match is None:
            self._continued = line.endswith("\\")
            return len(line)
        if match["comment"]:
            return len(line)
        if match["quote"]:
            self._quote = match["quote"]
        else:
            self._depth = max(0, self._depth + (1 if match["open"] else -1))
        return match.end()


def open_string(text: str) -> str | None:
    """Return what stands in the string that is open at the end of ``text``; ``None``: none is."""
    lexer = _Lexer()
    *lines, last = text.split("\n")
    for line in lines:
        lexer.feed(line)
    return lexer.open_string(last)
