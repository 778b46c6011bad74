"""Listing folders, and finding the mount points among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from iot_device.errors import BoardOSError, ResultError
from iot_device.filesystem.board_errors import named_error
from iot_device.filesystem.calls import TIMEOUT_WITH_SIGNS
from iot_device.filesystem.entries import Entry, VfsSpace, entries_from, space_from
from iot_device.filesystem.paths import as_folder
from iot_device.filesystem.reading import stat_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from iot_device.filesystem.calls import BoardCalls

__all__ = ["Hashed", "hashed_sizes", "list_entries", "mount_points", "mounts_and_room"]

# Which files the board computes digests of: none, all, or those of these sizes.
Hashed: TypeAlias = "bool | tuple[int, ...]"

_TIMEOUT: Final = 120.0  # seconds; FAT looks for each of thousands of files anew
_MOST_SIZES: Final = 256  # beyond that telling them costs more than what it saves


def hashed_sizes(calls: BoardCalls, sizes: Collection[int] | None) -> Hashed:
    """Return which files the board shall compute digests of: all if ``sizes`` is ``None``."""
    if not calls.features.has_digest("sha256"):
        return False
    chosen = () if sizes is None else tuple(sorted(set(sizes)))
    return True if sizes is None or len(chosen) > _MOST_SIZES else chosen


def list_entries(
    calls: BoardCalls,
    path: str,
    depth: int = 0,
    *,
    hashed: Hashed = False,
    skip: tuple[str, ...] = (),
) -> list[Entry]:
    """Return the entries of a folder and of ``depth`` levels of folders in it, sorted by path.

    Args:
        calls: Runs board code.
        path: The folder.
        depth: How many levels of folders in it are listed, too.
        hashed: Which files have digests.
        skip: Paths of folders that are not entered.

    Raises:
        FileNotFoundError: There is no such folder.
        NotADirectoryError: It is a file.
    """
    flat = calls.features.flat
    entries = _list_flat(calls, path) if flat else _list_folder(calls, path, depth, hashed, skip)
    # A folder with names that are no UTF-8 is begun anew, so entries may come twice.
    unique = {entry.path: entry for entry in entries if entry.name not in (".", "..")}
    return sorted(unique.values(), key=lambda entry: entry.path.split("/"))


def mount_points(calls: BoardCalls) -> set[str]:
    """Return where file systems are mounted, as far as the firmware tells; ``/`` is one."""
    return mounts_and_room(calls, "")[0]


def mounts_and_room(calls: BoardCalls, path: str) -> tuple[set[str], VfsSpace | None]:
    """Return where file systems are mounted, and the room of the one that holds a path.

    As for ``mount_points``; the room is ``None`` for no path, and where the firmware tells none.
    """
    match calls.call("files_mounts", path, path=path):
        case [(figures,), *points] if all(isinstance(point, str) for point in points):
            return {"/", *points}, None if figures is None else space_from(figures)
        case other:
            raise ResultError("the board's mounts make no sense", text=ascii(other))


def _list_folder(
    calls: BoardCalls, path: str, depth: int, hashed: Hashed, skip: tuple[str, ...]
) -> list[Entry]:
    timeout = TIMEOUT_WITH_SIGNS if hashed else _TIMEOUT
    words = (as_folder(path), depth, hashed, skip)
    try:
        items = calls.call("files_list", *words, path=path, timeout=timeout)
    except BoardOSError:
        # What a file system says when it shall list a file is its own affair.
        if path and stat_of(calls, path).type == "file":
            raise named_error("ENOTDIR", path) from None
        raise
    return [entry for item in items for entry in entries_from(item, hashed=bool(hashed))]


def _list_flat(calls: BoardCalls, path: str) -> list[Entry]:
    if path not in ("", "/"):
        stat_of(calls, path)
        raise named_error("ENOTDIR", path)
    return [_flat_entry(item) for item in calls.call("files_list_flat", path=path)]


def _flat_entry(item: object) -> Entry:
    match item:
        case (bytes(raw), int(size)):
            name = raw.decode(errors="surrogateescape")
            return Entry(name, name, "file", size)
        case _:
            raise ResultError("the board's listing makes no sense", text=ascii(item))
