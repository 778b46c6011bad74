"""Writing a file where there is no room for the old one and the new one: the old one goes first.

The new one still gets its name when it is whole and verified. So a cut leaves no half of a file
that could be taken for a whole one, but it does lose the old content.
"""

from __future__ import annotations

import errno
from dataclasses import replace
from typing import TYPE_CHECKING

from iot_device.errors import BoardOSError
from iot_device.filesystem.entries import space_from
from iot_device.filesystem.paths import parent_of, temporary_for
from iot_device.filesystem.placing import tell_state
from iot_device.filesystem.progress import OnProgress, unseen
from iot_device.filesystem.reading import stat_of
from iot_device.filesystem.writing import write_file

if TYPE_CHECKING:
    from iot_device.filesystem.calls import BoardCalls
    from iot_device.filesystem.entries import WriteResult

__all__ = ["write_in_place"]


def write_in_place(
    calls: BoardCalls, path: str, data: bytes, on_progress: OnProgress = unseen
) -> WriteResult:
    """Store a file as ``write_file`` does; without room for both, the old one is removed before.

    Args:
        calls: Runs board code.
        path: The file.
        data: Its content.
        on_progress: Told of each piece.

    Raises:
        BoardOSError: There is not even room for the new one alone (nothing was done), or the board
            refused; the message tells in what state the file is.
        VerificationError: What is stored is not what was sent; likewise.
    """
    try:
        return write_file(calls, path, data, on_progress)
    except BoardOSError as error:
        if error.errno != errno.ENOSPC or not _fits_alone(calls, path, len(data)):
            raise
    _give_up(calls, path)
    try:
        result = write_file(calls, path, data, on_progress)
    except BaseException as error:
        tell_state(error, "its old content was given up for want of room")
        raise
    return replace(result, atomic=False)


def _fits_alone(calls: BoardCalls, path: str, size: int) -> bool:
    """Tell whether removing the old file makes room enough, as far as the board knows figures."""
    if "os.rename" not in calls.features.names:
        return False  # it is written over the old file in any case
    old = _size_of(calls, path)
    if old is None or "os.statvfs" not in calls.features.names:
        return old is not None
    folder = parent_of(path) or str(calls.os("getcwd", path=path))
    space = space_from(calls.os("statvfs", folder, path=path))
    freed = space.occupied(old) + space.occupied(_size_of(calls, temporary_for(path)) or 0)
    return not space.total or size <= space.free + freed


def _size_of(calls: BoardCalls, path: str) -> int | None:
    try:
        return stat_of(calls, path).size
    except FileNotFoundError:
        return None


def _give_up(calls: BoardCalls, path: str) -> None:
    try:
        calls.os("remove", path, path=path)
    except BaseException as error:
        tell_state(error, f"the old {path} may be gone")
        raise
