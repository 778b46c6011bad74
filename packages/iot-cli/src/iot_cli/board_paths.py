"""Paths on the board, as people write them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from iot_device import InvalidTargetError, UnsupportedError

if TYPE_CHECKING:
    from iot_device import FileSystem

__all__ = [
    "base_name",
    "board_path",
    "is_board_path",
    "is_root",
    "is_same_or_below",
    "join",
]


def is_board_path(text: str) -> bool:
    """Whether a path of ``cp`` is one on the board: it begins with a colon."""
    return text.startswith(":")


def board_path(text: str) -> str:
    """Return the path on the board, without the colon that may mark it.

    Raises:
        InvalidTargetError: It is empty, as an unset variable of a shell script is.
    """
    if not text:
        raise InvalidTargetError(
            "a path is empty", target=text, hint="the board's current folder is : or ."
        )
    return text.removeprefix(":")


def join(folder: str, name: str) -> str:
    """Return the path of a name in a folder."""
    return posixpath.join(folder, name)


def base_name(path: str) -> str:
    """Return the last part of a path; empty where it names no entry of a folder."""
    name = posixpath.basename(path.rstrip("/"))
    return "" if name in (".", "..") else name


def is_root(path: str) -> bool:
    """Whether the path is the board's root, or its current folder, which mostly is the same."""
    return posixpath.normpath(path or ".") in ("/", "//", ".")


def is_same_or_below(files: FileSystem, path: str, folder: str) -> bool:
    """Whether a path is that of a file or folder, or leads into that folder.

    Args:
        files: The board's files.
        path: A path on the board.
        folder: Another one.
    """
    try:
        here = files.getcwd()
    except UnsupportedError:  # such firmware has one folder
        here = "/"
    return f"{_absolute(path, here)}/".startswith(f"{_absolute(folder, here)}/")


def _absolute(path: str, folder: str) -> str:
    """Return the path from the root, without ``.`` and ``..``; the root itself is empty."""
    # POSIX keeps two slashes at the beginning, boards do not.
    below = posixpath.normpath(posixpath.join("/", folder, path)).strip("/")
    return f"/{below}" if below else ""
