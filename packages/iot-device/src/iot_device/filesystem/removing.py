"""Removing a folder with all that is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iot_device.errors import BoardOSError, ResultError
from iot_device.filesystem.board_errors import named_error
from iot_device.filesystem.listing import mount_points
from iot_device.filesystem.paths import as_folder
from iot_device.filesystem.reading import stat_of

if TYPE_CHECKING:
    from iot_device.filesystem.calls import BoardCalls

__all__ = ["remove_tree"]

_TIMEOUT: Final = 600.0  # seconds for thousands of files; a silent board is given up long before


def remove_tree(calls: BoardCalls, top: str) -> None:
    """Remove a folder and all that is in it but mount points, in one call.

    Args:
        calls: Runs board code.
        top: Its path, absolute.

    Raises:
        FileNotFoundError: There is no such folder.
        NotADirectoryError: It is a file.
        BoardOSError: Something could not be removed; ``filename`` tells what.
    """
    keep = tuple(point.encode() for point in sorted(mount_points(calls)))
    try:
        items = calls.call("files_remove_tree", as_folder(top), keep, path=top, timeout=_TIMEOUT)
        for item in items:
            _check(calls, item)
    except BoardOSError:
        # What a file system says when it shall list a file is its own affair.
        if stat_of(calls, top).type == "file":
            raise named_error("ENOTDIR", top) from None
        raise


def _check(calls: BoardCalls, item: object) -> None:
    match item:
        case int():
            return
        case (bytes(place), (reason, *_)):
            raise calls.error(reason, place.decode(errors="surrogateescape"))
        case other:
            raise ResultError("the board's answer makes no sense", text=ascii(other))
