"""Names that are one file on a board: FAT ignores case, littlefs does not."""

from __future__ import annotations

import posixpath
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from iot_device.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_device.filesystem import Entry, FileSystem

__all__ = ["board_ignores_case", "same_board_name"]

_PROBE: Final = "case.~iot"


def same_board_name(path: str) -> str:
    """Return what is equal for paths that are one file on FAT.

    FatFs compares letter by letter, and takes dots and spaces from the end of a name
    (ff.c: ``create_name``).
    """
    folded = "".join(upper if len(upper := char.upper()) == 1 else char for char in path)
    return "/".join(part.rstrip(". ") or part for part in folded.split("/"))


def board_ignores_case(files: FileSystem, folder: str) -> bool:
    """Tell whether the file system of a folder ignores case, by what is there.

    An empty file system tells nothing: there a file is made, looked for, and removed again.

    Args:
        files: The board's files.
        folder: It, or the nearest folder above it that has a name with letters in it, is looked at.

    Raises:
        BoardOSError: The board refused.
    """
    try:
        place = files.absolute(folder or ".")
        points = {"/", *files.mounts()}
        while True:
            with suppress(FileNotFoundError, NotADirectoryError):
                entries = [entry for entry in files.listdir(place) if entry.path not in points]
                if (other := _other_case(entries)) is not None:
                    return files.exists(other)
            if place in points:
                return _makes_one_file(files, place)
            place = posixpath.dirname(place)
    except UnsupportedError:  # without folders, or without appending, it is no FAT
        return False


def _other_case(entries: Sequence[Entry]) -> str | None:
    """Return a path that is there only if case is ignored; ``None`` if no entry gives one."""
    names = {entry.name for entry in entries}
    for entry in entries:
        other = _swapped(entry.name)
        if other not in names:
            return posixpath.join(posixpath.dirname(entry.path), other)
    return None


def _swapped(name: str) -> str:
    return "".join(char.swapcase() if char.isascii() else char for char in name)


def _makes_one_file(files: FileSystem, folder: str) -> bool:
    path = posixpath.join(folder, _PROBE)
    files.touch(path)
    try:
        return files.exists(posixpath.join(folder, _swapped(_PROBE)))
    finally:
        files.remove(path)
