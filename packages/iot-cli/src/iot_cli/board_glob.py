"""Patterns in paths on the board: no shell knows what they match."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from iot_cli.board_paths import board_path, join
from iot_device import BoardOSError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iot_device import FileSystem

__all__ = ["expand_all"]

_MAGIC = re.compile(r"[*?\[]")


def expand_all(files: FileSystem, paths: Iterable[str]) -> list[str]:
    """Return the paths, those with a pattern replaced by what matches it, sorted.

    The rules are those of POSIX shells: a pattern matches within one part of a path, a name that
    begins with a dot needs one in the pattern, and a pattern that matches nothing stays.

    Args:
        files: The board's files.
        paths: Paths on the board, each with a colon.
    """
    return [expanded for path in paths for expanded in _expand(files, path)]


def _expand(files: FileSystem, path: str) -> list[str]:
    if not _MAGIC.search(path):
        return [path]
    text = board_path(path)
    parts = [part for part in text.split("/") if part]
    found = _matches(files, "/" if text.startswith("/") else "", parts)
    return [f":{place}" for place in sorted(found)] or [path]


def _matches(files: FileSystem, folder: str, parts: list[str]) -> Iterator[str]:
    """Yield what matches the parts of a pattern, from a folder on."""
    plain = next((number for number, part in enumerate(parts) if _MAGIC.search(part)), len(parts))
    place = join(folder, "/".join(parts[:plain]))
    if plain == len(parts):
        if files.exists(place):
            yield place
        return
    pattern, rest = parts[plain], parts[plain + 1 :]
    try:
        entries = files.listdir(place)
    except BoardOSError:  # it is missing, a file, or cannot be read: nothing in it matches
        return
    for entry in entries:
        hidden = entry.name.startswith(".") and not pattern.startswith(".")
        if hidden or not fnmatchcase(entry.name, pattern):
            continue
        if not rest:
            yield join(place, entry.name)
        elif entry.type == "dir":
            yield from _matches(files, join(place, entry.name), rest)
