"""Making, renaming and entering folders, where firmwares differ."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from iot_device.filesystem.board_errors import named_error
from iot_device.filesystem.paths import parent_of
from iot_device.filesystem.reading import stat_of

if TYPE_CHECKING:
    from iot_device.filesystem.calls import BoardCalls

__all__ = ["absolute_path", "change_folder", "make_folder", "rename_entry"]


def absolute_path(calls: BoardCalls, path: str) -> str:
    """Return a path from the root, without ``.`` and ``..``."""
    folder = "" if path.startswith("/") else str(calls.os("getcwd", path=""))
    # POSIX keeps two slashes at the beginning, boards do not.
    return "/" + posixpath.normpath(posixpath.join(folder, path)).lstrip("/")


def make_folder(calls: BoardCalls, path: str, *, parents: bool, exist_ok: bool) -> None:
    """Make a folder; see ``FileSystem.mkdir``."""
    try:
        calls.os("mkdir", path, path=path)
    except FileNotFoundError:
        above = parent_of(path)
        if not parents or above in ("", "/"):
            raise
        make_folder(calls, above, parents=True, exist_ok=True)
        calls.os("mkdir", path, path=path)
    except OSError:
        if not exist_ok or not _is_folder(calls, path):
            raise


def rename_entry(calls: BoardCalls, old: str, new: str) -> None:
    """Rename a file or folder; see ``FileSystem.rename``."""
    try:
        calls.os("rename", old, new, path=old)
    except FileExistsError:
        if _is_folder(calls, new) or _is_folder(calls, old):
            raise
        if absolute_path(calls, old) == absolute_path(calls, new):
            return  # some firmware calls that EEXIST; removing the target would lose the file
        calls.os("remove", new, path=new)
        calls.os("rename", old, new, path=old)


def change_folder(calls: BoardCalls, path: str) -> None:
    """Make a folder the current one; see ``FileSystem.chdir``."""
    calls.need("os.chdir")
    # WebAssembly's chdir takes everything.
    if stat_of(calls, path).type != "dir":
        raise named_error("ENOTDIR", path)
    calls.os("chdir", path, path=path)


def _is_folder(calls: BoardCalls, path: str) -> bool:
    try:
        return stat_of(calls, path).type == "dir"
    except (FileNotFoundError, NotADirectoryError):
        return False
