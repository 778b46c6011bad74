"""Paths on the board: POSIX-like text, in which surrogates stand for bytes that are no UTF-8."""

from __future__ import annotations

import hashlib
import posixpath
from pathlib import PurePosixPath
from typing import Final, TypeAlias

from iot_device.errors import InvalidTargetError

__all__ = ["BoardPath", "as_folder", "checked", "is_root", "name_of", "parent_of", "temporary_for"]

BoardPath: TypeAlias = str | PurePosixPath

TEMPORARY: Final = ".~iot"  # what files are written to
ASIDE: Final = ".~iot-old"  # what is in the way of a sync is renamed to
_USUAL_NAME_MAX: Final = 255  # bytes; FAT and littlefs as MicroPython builds them


def checked(path: BoardPath, *, empty: bool = False) -> str:
    """Return the path as text, without slashes at its end.

    Args:
        path: A path on the board.
        empty: Whether the empty path, the current folder, is good here.

    Raises:
        InvalidTargetError: It is empty, contains NUL or cannot be encoded: no board has such.
    """
    text = str(path)
    if not text and not empty:
        raise InvalidTargetError("the path on the board is empty", target=text)
    if "\0" in text:
        raise InvalidTargetError(f"a path cannot contain NUL: {text!a}", target=text)
    try:
        text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        raise InvalidTargetError(f"a path must be text or bytes: {text!a}", target=text) from None
    return text.rstrip("/") or text[:1]


def parent_of(path: str) -> str:
    """Return the folder of a path; empty for the current folder."""
    return posixpath.dirname(path)


def name_of(path: str) -> str:
    """Return the last part of a path."""
    return posixpath.basename(path)


def is_root(path: str) -> bool:
    """Whether a path is a board's root, or its current folder, which mostly is the same."""
    return posixpath.normpath(path or ".") in ("/", "//", ".")


def as_folder(path: str) -> str:
    """Return what stands before the names in this folder: it ends in a slash, or is empty."""
    return path if path in ("", "/") else f"{path}/"


def temporary_for(path: str, name_max: int = _USUAL_NAME_MAX) -> str:
    """Return the temporary name, in the same folder, under which a file is written.

    It is always the same one for a path, so that the next write takes over what a killed one left.

    Args:
        path: The file.
        name_max: Bytes that a name may have on this file system.
    """
    raw = name_of(path).encode(errors="surrogateescape")
    if len(raw) + len(TEMPORARY) <= name_max:
        return path + TEMPORARY
    return as_folder(parent_of(path)) + hashlib.sha256(raw).hexdigest()[:7] + TEMPORARY
