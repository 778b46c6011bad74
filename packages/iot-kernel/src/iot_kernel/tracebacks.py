"""The board's traceback, as a notebook shows it: with the cells that its lines come from."""

from __future__ import annotations

import ast
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from iot_device import printable
from iot_kernel.errors import ProgramError
from iot_kernel.styles import styled

if TYPE_CHECKING:
    from iot_device import ExecutionResult

__all__ = ["CellSources", "Source", "program_error"]

_FRAME = re.compile(r'  File "<stdin>", line (?P<line>\d+)(?:, in (?P<function>.*))?$')
_DEFINITION = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_CONTEXT: Final = 2  # lines before and after the one that is pointed at
_MAX_CELLS: Final = 500


@dataclass(frozen=True)
class Source:
    """A cell, or a file that ran; ``title`` is what a frame calls it."""

    title: str
    lines: tuple[str, ...]


class CellSources:
    """Remembers the cells that ran on the board, to show lines of functions defined earlier."""

    def __init__(self) -> None:
        self._by_function: OrderedDict[str, Source] = OrderedDict()

    def add(self, number: int, text: str) -> Source:
        """Remember a cell.

        Args:
            number: Its execution count.
            text: All of it.
        """
        return self._add(f"Cell {styled(f'In[{number}]', 'green')}", text)

    def add_file(self, name: str, text: str) -> Source:
        """Remember a file that ran on the board without being stored there."""
        return self._add(f"File {styled(printable(name), 'green')}", text)

    def _add(self, title: str, text: str) -> Source:
        cell = Source(title, tuple(text.split("\n")))
        for name in _DEFINITION.findall(text):
            self._by_function[name] = cell
            self._by_function.move_to_end(name)
        while len(self._by_function) > _MAX_CELLS:
            self._by_function.popitem(last=False)
        return cell

    def defining(self, name: str) -> str | None:
        """Return the text of the definition of a function or class, where its cell is known."""
        cell = self._by_function.get(name)
        if cell is None:
            return None
        try:
            tree = ast.parse("\n".join(line if line[:1] not in "%!" else "" for line in cell.lines))
        except (SyntaxError, ValueError, RecursionError):
            return None
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        nodes = [node for node in ast.walk(tree) if isinstance(node, kinds) and node.name == name]
        if not nodes:
            return None
        return "\n".join(cell.lines[nodes[-1].lineno - 1 : nodes[-1].end_lineno])

    def cell_of(self, function: str | None, current: Source) -> Source:
        """Return the cell in which the line of a frame stands."""
        if function is None or function.startswith("<"):
            return current
        return self._by_function.get(function, current)


def program_error(result: ExecutionResult, sources: CellSources, cell: Source) -> ProgramError:
    """Make the error that the notebook shows.

    Args:
        result: How the program ended: with a traceback.
        sources: The cells of before.
        cell: The one that ran.
    """
    lines: list[str] = []
    for line in result.traceback.rstrip("\n").split("\n"):
        frame = _FRAME.match(line)
        if frame is None:
            lines.append(_message(line))
        else:
            lines += _frame(frame, sources, cell)
    return ProgramError.named(result.exception, result.message, tuple(lines))


def _message(line: str) -> str:
    """Colour the name of an exception, which stands at the left edge."""
    line = printable(line, keep="\t")
    name, colon, message = line.partition(":")
    if line[:1].isspace() or line.startswith("Traceback"):
        return line
    return styled(name, "red") + colon + message


def _frame(frame: re.Match[str], sources: CellSources, current: Source) -> list[str]:
    number, function = int(frame["line"]), frame["function"]
    cell = sources.cell_of(function, current)
    where = f"  {cell.title}, line {styled(str(number), 'green')}"
    head = where + (f", in {styled(printable(function), 'cyan')}" if function else "")
    return [head, *_pointed(cell.lines, number)]


def _pointed(lines: tuple[str, ...], number: int) -> list[str]:
    """Return the lines around one, with a pointer to it; nothing if there is no such line."""
    if not 1 <= number <= len(lines):
        return []
    first, last = max(1, number - _CONTEXT), min(len(lines), number + _CONTEXT)
    width = len(str(last)) + 6
    shown = []
    for at in range(first, last + 1):
        mark = f"{'-' * (width - len(str(at)) - 2)}> {at}" if at == number else f"{at:>{width}}"
        shown.append(f"{styled(mark, 'green') if at == number else mark} {lines[at - 1]}")
    return shown
