"""Files of the host that are made from what a board says: its names are data, not paths."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import sys
from pathlib import Path

from iot_cli.errors import HostFileError
from iot_device import UnsafeError

__all__ = ["check_name", "make_folder", "name_problem", "write_file"]

# Names of devices in every folder, with any extension, and what no name may contain or end with:
# "Naming Files, Paths, and Namespaces" of the Windows documentation.
_WINDOWS_DEVICE = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE
)
_WINDOWS_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def name_problem(name: str, *, windows: bool = sys.platform == "win32") -> str | None:
    """Return why a file of the host cannot bear this name; ``None`` if it can.

    Args:
        name: One part of a path, as a board told it.
        windows: Whether the rules of Windows hold.
    """
    problems = {
        "it is empty": not name,
        "it leads to another folder": name in (".", ".."),
        "it is a path, not a name": "/" in name or "\0" in name,
    }
    if windows:
        problems |= {
            "Windows forbids a character in it": bool(_WINDOWS_FORBIDDEN.search(name)),
            "Windows reserves it for a device": bool(_WINDOWS_DEVICE.match(name)),
            "Windows ignores the dot or space at its end": name.endswith((".", " ")),
        }
    return next((problem for problem, found in problems.items() if found), None)


def check_name(name: str) -> str:
    """Return the name if a file of the host can bear it.

    Raises:
        UnsafeError: It cannot.
    """
    if (problem := name_problem(name)) is not None:
        raise UnsafeError(f"the board's name {name!a} cannot be used here: {problem}")
    return name


def make_folder(path: Path, *, follow: bool) -> None:
    """Make a folder, unless it is there already.

    Args:
        path: The folder.
        follow: Whether it may be a symbolic link to one: the user named it. A name that came from
            the board may not lead out of the folder that the user named.

    Raises:
        UnsafeError: It is a symbolic link.
        HostFileError: It cannot be made.
    """
    if not follow and path.is_symlink():
        raise UnsafeError(
            f"{path} is a symbolic link: what it leads to is left alone",
            hint="remove the link, or copy into another folder",
        )
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise HostFileError(f"{path}: {error.strerror}") from error


def write_file(path: Path, data: bytes, *, follow: bool) -> None:
    """Write a file as a whole: whoever looks sees the old one or the new one.

    Args:
        path: The file.
        data: Its contents.
        follow: Whether a symbolic link is followed, as for ``make_folder``; else it is replaced.

    Raises:
        HostFileError: It cannot be written; the old one is as it was.
    """
    try:
        _replace(Path(os.path.realpath(path)) if follow else path, data)
    except OSError as error:
        raise HostFileError(f"{path}: {error.strerror}") from error


def _replace(path: Path, data: bytes) -> None:
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
        # A device, for instance: replacing it would destroy it.
        raise HostFileError(f"{path} is no regular file", hint="iot cat writes to anything")
    temporary = path.with_name(f".iot-{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
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
    except FileNotFoundError:
        return None
