"""Paths on the board, as people write them."""

from __future__ import annotations

import posixpath

from iot_device import InvalidTargetError
from iot_device.filesystem.paths import is_root

__all__ = [
    "base_name",
    "board_path",
    "is_board_path",
    "is_root",
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
