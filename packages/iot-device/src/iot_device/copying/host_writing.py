"""Folders and files of the host, made so that whoever looks sees the old file or the new one."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from iot_device.errors import HostFileError, IotError, UnsafeError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["link_problem", "make_host_folder", "new_host_file", "write_host_file"]


def link_problem(path: Path) -> UnsafeError | None:
    """Return why a folder, whose name came from a board, is not used: it is a symbolic link."""
    if not path.is_symlink():
        return None
    return UnsafeError(
        f"{path} is a symbolic link: what it leads to is left alone",
        hint="remove the link, or copy into another folder",
    )


def make_host_folder(path: Path, *, follow: bool) -> None:
    """Make a folder, unless it is there already.

    Args:
        path: The folder.
        follow: Whether it may be a symbolic link to one: the user named it. A name that came from
            the board may not lead out of the folder that the user named.

    Raises:
        UnsafeError: It is a symbolic link.
        HostFileError: It cannot be made.
    """
    if not follow and (problem := link_problem(path)) is not None:
        raise problem
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise HostFileError(f"{path}: {error.strerror}", path=str(path)) from error


def write_host_file(path: Path, data: bytes, *, follow: bool) -> None:
    """Write a file as a whole: whoever looks sees the old one or the new one.

    Args:
        path: The file.
        data: Its contents.
        follow: Whether a symbolic link is followed, as for ``make_host_folder``; else it is
            replaced.

    Raises:
        HostFileError: It cannot be written; the old one is as it was, and the message says so.
    """
    with new_host_file(path, follow=follow) as file:
        file.write(data)


@contextmanager
def new_host_file(path: Path, *, follow: bool) -> Iterator[BinaryIO]:
    """Give a file to write to, which takes the place of the old one when the context ends well.

    Args:
        path: The file.
        follow: As for ``write_host_file``.

    Raises:
        HostFileError: It cannot be written; the old one is as it was, and the message says so.
    """
    place = Path(os.path.realpath(path)) if follow else path
    mode = _mode(place)
    try:
        with _replacement(place, mode) as file:
            yield file
    except IotError:  # the board's OSErrors are not the host's
        raise
    except OSError as error:
        state = f"there is no {path}" if mode is None else f"{path} is unchanged"
        raise HostFileError(f"{path}: {error.strerror}; {state}", path=str(path)) from error


@contextmanager
def _replacement(path: Path, mode: int | None) -> Iterator[BinaryIO]:
    if mode is not None and stat.S_ISDIR(mode):
        raise HostFileError(f"{path}: a folder is in the way, and stays", path=str(path))
    if mode is not None and not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
        # A device, for instance: replacing it would destroy it.
        raise HostFileError(
            f"{path} is no regular file", path=str(path), hint="iot cat writes to anything"
        )
    temporary = path.with_name(f".iot-{secrets.token_hex(8)}")
    try:
        with temporary.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None and stat.S_ISREG(mode):
            shutil.copymode(path, temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except OSError:
        return None
