"""Whether there is room on the board for all that is to be written, before anything is."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from iot_device.errors import BoardOSError, UnsafeError
from iot_device.rsync.actions import Update
from iot_device.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iot_device.filesystem import VfsSpace
    from iot_device.rsync.actions import Add, Delete

__all__ = ["check_room"]


def check_room(
    mount: str,
    space: VfsSpace,
    writes: Iterable[Add | Update],
    deletes: Iterable[Delete],
    *,
    delete_first: bool,
    in_place: bool = False,
) -> None:
    """Raise if a file system has no room for all writes, each beside the old file.

    Args:
        mount: Where it is mounted.
        space: The room that there is.
        writes: What is written there, in this order.
        deletes: What is deleted there.
        delete_first: Whether that happens before.
        in_place: Whether old files may be removed before the new ones are there.

    Raises:
        UnsafeError: There is room only if things are deleted first.
        BoardOSError: There is not even then (``ENOSPC``).
    """
    if not space.total:  # some file systems know no figures and say 0 of 0
        return
    writes = list(writes)
    needed = _most_needed(writes, space, in_place=in_place)
    freed = sum(space.occupied(delete.size) for delete in deletes)
    figures = f"{needed} bytes are needed, {space.free} are free; nothing was done"
    if needed > space.free + freed:
        hint = "sync less, or remove files"
        if (least := _most_needed(writes, space, in_place=True)) <= space.free:
            room = counted(least, "byte") if least else "no more room"
            hint = (
                f"--in-place needs {room}: it gives up each old file before its new content is "
                "there; if the link is cut then, that file is lost"
            )
        raise BoardOSError(errno.ENOSPC, mount, figures, hint=hint)
    if needed > space.free and not delete_first:
        raise UnsafeError(
            f"{mount}: {figures}",
            hint=f"--delete-first deletes {freed} bytes before it writes: if the link is lost "
            "meanwhile, the board has neither the old files nor the new ones",
        )


def _most_needed(writes: Iterable[Add | Update], space: VfsSpace, *, in_place: bool) -> int:
    """Return the bytes that are in use at most, beyond those in use now."""
    grown = most = 0
    for write in writes:
        old = space.occupied(write.old_size) if isinstance(write, Update) else 0
        size = space.occupied(write.size)
        most = max(most, grown + size - (old if in_place else 0))
        grown += size - old
    return most
