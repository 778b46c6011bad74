"""Whether all that is to be written fits, looked at before the first byte."""

from __future__ import annotations

import errno
import posixpath
import shutil
from typing import TYPE_CHECKING

from iot_device.copying.steps import CopyFile, MakeFolder
from iot_device.errors import BoardOSError, HostFileError, UnsupportedError
from iot_device.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from iot_device.copying.steps import CopyStep
    from iot_device.filesystem import FileSystem, VfsSpace

__all__ = ["check_host_room", "check_room"]


def check_room(files: FileSystem, steps: Sequence[CopyStep], *, in_place: bool = False) -> None:
    """See that the files of a copy fit onto the board, as far as its figures tell.

    A single file is not looked at: its own write does that.

    Args:
        files: The board's files.
        steps: The steps of the copy.
        in_place: Whether old files may be removed before the new ones are there.

    Raises:
        BoardOSError: They certainly do not fit (``ENOSPC``).
    """
    copies = [step for step in steps if isinstance(step, CopyFile)]
    if len(copies) < 2:
        return
    try:
        for point, some in _by_mount(files, steps, copies).items():
            _check(point, files.statvfs(point), some, in_place=in_place)
    except UnsupportedError:  # such firmware does not tell
        return


def check_host_room(folder: Path, steps: Sequence[CopyStep]) -> None:
    """See that the files of a copy fit onto this computer.

    Args:
        folder: Where they go; the nearest folder above that exists is looked at.
        steps: The steps of the copy.

    Raises:
        HostFileError: They do not fit.
    """
    place = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir())
    copies = [step for step in steps if isinstance(step, CopyFile)]
    usage = shutil.disk_usage(place)
    free = usage.free
    for step in copies:
        if usage.total and step.size > free:  # file systems of the kernel say 0 of 0
            needed = sum(step.size for step in copies)
            raise HostFileError(
                f"{needed} bytes do not fit: {usage.free} bytes are free in {place}; "
                "nothing was done",
                path=str(place),
            )
        free += (step.old_size or 0) - step.size


def _by_mount(
    files: FileSystem, steps: Sequence[CopyStep], copies: Sequence[CopyFile]
) -> dict[str, list[CopyFile]]:
    """Return the copies by a folder of the file system that they go to."""
    here = "/" if all(step.target.startswith("/") for step in copies) else files.getcwd()
    paths = [posixpath.normpath(posixpath.join(here, step.target)) for step in copies]
    made = next((step.target for step in steps if isinstance(step, MakeFolder)), None)
    if made is not None:
        new = posixpath.normpath(posixpath.join(here, made))
        # Nothing is mounted in a folder that is not there yet; to ask for mounts costs a call.
        if all(path.startswith(f"{new}/") for path in paths):
            return {posixpath.dirname(new): list(copies)}
    points = sorted(files.mounts(), key=len, reverse=True)
    found: dict[str, list[CopyFile]] = {}
    for step, path in zip(copies, paths, strict=True):
        point = next((p for p in points if path.startswith(f"{p.rstrip('/')}/")), "/")
        found.setdefault(point, []).append(step)
    return found


def _check(point: str, space: VfsSpace, copies: Sequence[CopyFile], *, in_place: bool) -> None:
    # Some file systems know no figures and say 0 of 0.
    if not space.total or _fits(space, copies, in_place=in_place):
        return
    needed = sum(step.size for step in copies)
    hint = "remove files that are no longer needed"
    if _fits(space, copies, in_place=True):
        hint = (
            "--in-place gives up each old file before its new content is there, which makes room "
            "enough; if the link is cut then, that file is lost"
        )
    raise BoardOSError(
        errno.ENOSPC,
        point,
        f"there is no room for {counted(len(copies), 'file')} with {counted(needed, 'byte')}: "
        f"{counted(space.free, 'byte')} are free; nothing was done",
        hint=hint,
    )


def _fits(space: VfsSpace, copies: Sequence[CopyFile], *, in_place: bool) -> bool:
    free = space.free
    for step in copies:
        old = 0 if step.old_size is None else space.occupied(step.old_size)
        # The new file stands beside the old one until it is verified.
        if step.size > free + (old if in_place else 0):
            return False
        free += old - step.size
    return True
