"""``mv``: other names and places for files and folders of the board."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import click

from iot_cli.batch import Batch
from iot_cli.board_paths import base_name, board_path, is_root, join
from iot_cli.completion.values import complete_board_path
from iot_cli.context import Work, examples, pass_work
from iot_device import BoardOSError, UnsafeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_device import FileSystem

__all__ = ["mv_command"]


@click.command(
    "mv",
    short_help="Rename or move files and folders of the board.",
    epilog=examples("iot mv main.py old.py", "iot mv util.py config.json /lib"),
)
@click.argument(
    "paths", nargs=-1, required=True, metavar="SRC... DST", shell_complete=complete_board_path
)
@pass_work
def mv_command(work: Work, paths: Sequence[str]) -> None:
    """Rename or move files and folders of the board.

    Into a folder that is there, SRC keeps its name; else DST is the new name.
    A file that has this name already is replaced. From one file system to
    another (an SD card) nothing moves: copy, then remove.
    """
    *sources, destination = map(board_path, paths)
    if not sources:
        raise click.UsageError("mv needs a source and a destination.")
    if any(is_root(source) for source in sources):
        raise UnsafeError("the root cannot be moved")
    batch = Batch(work, "moved")
    with work.open_device() as device:
        into = is_root(destination) or device.files.is_dir(destination)
        if not into and (len(sources) > 1 or destination.endswith("/")):
            raise BoardOSError(errno.ENOTDIR, destination)
        for source in sources:
            with batch.item(f":{source}", "moving"):
                target = join(destination, base_name(source)) if into else destination
                _move(device.files, source, target)
                text = f":{source} -> :{target}"
                batch.add(f"moved {text}", source=f":{source}", destination=f":{target}")
    batch.finish()


def _move(files: FileSystem, source: str, target: str) -> None:
    # Some file systems lose what is moved to itself or into itself.
    if files.is_same_or_below(target, source):
        raise UnsafeError(f":{source} would be moved to itself or into itself")
    files.rename(source, target)
