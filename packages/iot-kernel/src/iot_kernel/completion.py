"""What Tab offers in a cell for the board: magics, their options, paths, and the board's names."""

from __future__ import annotations

import builtins
import glob
import keyword
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iot_device import IotError, load_configurations, serial_candidates
from iot_kernel.cells import cell_magic_of, open_string
from iot_kernel.magics.table import magics

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iot_kernel.magics.declare import Completes, Magic
    from iot_kernel.notebook import Notebook

__all__ = ["Completion", "complete"]

_MAGIC: Final = re.compile(r"(?P<title>%{1,2}\w*)\Z")
_ARGUMENTS: Final = re.compile(r"(?P<title>%{1,2}\w+)\s(?P<rest>.*)\Z", re.DOTALL)
_IMPORT: Final = re.compile(r"\s*import\s+(?:[\w.]+\s*,\s*)*(?P<word>[\w.]*)\Z")
_FROM: Final = re.compile(r"\s*from\s+(?P<word>[\w.]*)\Z")
_FROM_IMPORT: Final = re.compile(
    r"\s*from\s+(?P<module>[\w.]+)\s+import\s+(?:\w+\s*,\s*)*(?P<word>\w*)\Z"
)
_DOTTED: Final = re.compile(r"(?P<before>(?:[^\W\d]\w*\.)*)(?P<word>\w*)\Z")
_WORD: Final = re.compile(r"\S*\Z")


@dataclass(frozen=True)
class Completion:
    """What stands between ``start`` and the cursor can become one of ``matches``.

    Attributes:
        start: Position in the cell.
        matches: In the order in which they are shown.
        kind: For the icon: ``magic``, ``path``, ``module``, ...
    """

    start: int
    matches: list[str]
    kind: str


def complete(notebook: Notebook, code: str, cursor: int) -> Completion:
    """Return what fits at the cursor."""
    before = code[:cursor]
    line = before.rpartition("\n")[2]
    first = not before[: len(before) - len(line)].strip()
    if line[:1] in ("%", "!") and open_string(before[: len(before) - len(line)]) is None:
        return _in_magic(notebook, line, cursor, first=first)
    magic = cell_magic_of(before)
    if magic is not None and magic.name not in ("connect", "timeit", "time", "capture", "plot"):
        return Completion(cursor, [], "text")
    return _in_code(notebook, before, line, cursor)


def _fitting(word: str, names: Iterable[str], cursor: int, kind: str) -> Completion:
    """Return the names that begin like a word; private ones only if it begins with ``_``."""
    shown = {n for n in names if n.startswith(word) and (word or not n.startswith("_"))}
    return Completion(cursor - len(word), sorted(shown), kind)


# Magics.


def _in_magic(notebook: Notebook, line: str, cursor: int, *, first: bool) -> Completion:
    match = _MAGIC.match(line)
    if match is not None:
        titles = list(magics())
        titles = [title for title in titles if first or not title.startswith("%%")]
        return _fitting(match["title"], titles, cursor, "magic")
    match = _ARGUMENTS.match(line)
    magic = magics().get(match["title"]) if match is not None else None
    if match is not None and magic is not None:
        return _in_arguments(notebook, magic, match["rest"], cursor)
    return _host_paths(_last_word(line.removeprefix("!")), cursor)


def _in_arguments(notebook: Notebook, magic: Magic, rest: str, cursor: int) -> Completion:
    word = _last_word(rest)
    if word.startswith("-"):
        flags = [name for item in magic.options if item.is_flag for name in item.names]
        return _fitting(word, [*flags, "-h", "--help"], cursor, "option")
    given = [part for part in rest[: len(rest) - len(word)].split() if not part.startswith("-")]
    arguments = [item for item in magic.options if not item.is_flag]
    if not arguments:
        return Completion(cursor, [], "text")
    return _values(notebook, arguments[min(len(given), len(arguments) - 1)].completes, word, cursor)


def _values(notebook: Notebook, completes: Completes, word: str, cursor: int) -> Completion:
    match completes:
        case "board path":
            return _board_paths(notebook, word, cursor)
        case "host path":
            return _host_paths(word, cursor)
        case "any path":
            on_board = word.startswith(":")
            return _board_paths(notebook, word, cursor) if on_board else _host_paths(word, cursor)
        case "device":
            return _fitting(word, _targets(notebook), cursor, "device")
        case "logger":
            return _fitting(word, logging.root.manager.loggerDict, cursor, "logger")
        case "":
            return Completion(cursor, [], "text")


def _last_word(text: str) -> str:
    match = _WORD.search(text)
    return match[0] if match is not None else ""


def _targets(notebook: Notebook) -> list[str]:
    """Return the names of boards, their ports, and what this notebook is connected to."""
    try:
        attached = [candidate.url for candidate in serial_candidates() if candidate.has_repl]
    except (IotError, OSError):
        attached = []
    try:
        names = load_configurations().names()
    except (IotError, OSError):
        names = []
    current = notebook.connection.target
    return [*names, *attached, *([current] if current else []), "sim://"]


def _board_paths(notebook: Notebook, word: str, cursor: int) -> Completion:
    folder, slash, name = word.removeprefix(":").rpartition("/")
    names = notebook.names.files(f"{folder}{slash}" if slash else "")
    return _fitting(name, names, cursor, "path")


def _host_paths(word: str, cursor: int) -> Completion:
    typed = os.path.expandvars(os.path.expanduser(word))  # noqa: PTH111  (a beginning, no path)
    folder, name = os.path.split(typed)
    found = [Path(path) for path in glob.iglob(f"{glob.escape(name)}*", root_dir=folder or ".")]  # noqa: PTH207  (relative names)
    names = [f"{path}{'/' if (Path(folder) / path).is_dir() else ''}" for path in found]
    return _fitting(name, names, cursor, "path")


# Code.


def _in_code(notebook: Notebook, before: str, line: str, cursor: int) -> Completion:
    text = open_string(before)
    if text is not None:
        return _board_paths(notebook, text, cursor)
    names = notebook.names
    if (match := _FROM_IMPORT.match(line)) is not None:
        return _fitting(match["word"], names.module_attributes(match["module"]), cursor, "module")
    if (match := _IMPORT.match(line) or _FROM.match(line)) is not None:
        return _fitting(match["word"], names.modules(), cursor, "module")
    match = _DOTTED.search(line)
    if match is None or match["word"][:1].isdigit():
        return Completion(cursor, [], "text")
    if match["before"]:
        known = names.attributes(match["before"].removesuffix("."))
        return _fitting(match["word"], known, cursor, "instance")
    # While the board cannot be asked, the names that every Python has must do.
    known = [*(names.globals() or dir(builtins)), *keyword.kwlist]
    return _fitting(match["word"], known, cursor, "instance")
