"""Whether files that differ here are one on the board, looked at before anything is done."""

from __future__ import annotations

import posixpath
from itertools import groupby
from typing import TYPE_CHECKING

from iot_device.copying import board_ignores_case, same_board_name
from iot_device.errors import UnsafeError

if TYPE_CHECKING:
    from iot_device.filesystem import FileSystem
    from iot_device.rsync.planning import Plan

__all__ = ["check_names"]


def check_names(plan: Plan, files: FileSystem) -> None:
    """Raise if two files or folders that belong on the board differ in case, which it ignores.

    Args:
        plan: What to do.
        files: The board's files; they are asked only if there are such names.

    Raises:
        UnsafeError: There are two; nothing was done.
        BoardOSError: The board refused.
    """
    new = {*(write.path for write in plan.writes), *plan.folders}
    wanted = {*new, *(keep.path for keep in plan.keeps if keep.equal)}
    for _, group in groupby(sorted(wanted, key=same_board_name), same_board_name):
        alike = sorted(group)
        if len(alike) < 2 or new.isdisjoint(alike):
            continue
        if board_ignores_case(files, posixpath.dirname(alike[0])):
            raise UnsafeError(
                f"{alike[0]} and {alike[1]} would be one file: the board ignores case there; "
                "nothing was done",
                hint="rename one of them",
            )
