"""``cp``: files between host and board."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from iot_cli.batch import Batch
from iot_cli.board_paths import board_path, is_board_path
from iot_cli.context import Work, examples, pass_work
from iot_cli.copying import Download, Upload

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["cp_command"]


@click.command(
    "cp",
    short_help="Copy files between this computer and the board.",
    epilog=examples(
        "iot cp main.py :               to the board's current folder, its root",
        "iot cp main.py :/boot.py       under another name",
        "iot cp -r package util.py :/lib",
        "iot cp :data.csv :log.txt .    from the board",
    ),
)
@click.option("-r", "--recursive", is_flag=True, help="Also copy folders, with all in them.")
@click.argument("paths", nargs=-1, required=True, metavar="SRC... DST")
@pass_work
def cp_command(work: Work, paths: Sequence[str], *, recursive: bool) -> None:
    """Copy files to the board or from it; paths on the board begin with a colon.

    Into a folder that is there, SRC keeps its name; else DST is the new name.
    Each file is verified, and replaced as a whole: a cut cable leaves the old
    one or the new one.
    """
    *sources, destination = paths
    to_board = _direction(sources, destination)
    batch = Batch(work, "copied")
    with work.open_device() as device:
        copy = (Upload if to_board else Download)(device.files, batch, recursive=recursive)
        copy.copy_all(sources, destination)
    batch.finish()


def _direction(sources: Sequence[str], destination: str) -> bool:
    """Return whether this copies to the board.

    Raises:
        click.UsageError: It copies neither to the board nor from it.
    """
    if not sources:
        raise click.UsageError("cp needs a source and a destination.")
    for path in (*sources, destination):
        board_path(path)  # refuses an empty one
    on_board = {is_board_path(source) for source in sources}
    if len(on_board) == 2:
        raise click.UsageError("Either all sources are on the board (:PATH) or none.")
    to_board = is_board_path(destination)
    if on_board != {not to_board}:
        where = "the board" if to_board else "this computer"
        raise click.UsageError(
            f"Source and destination are both on {where}; a path on the board begins with a colon."
            + (" Copying within the board is not there yet." if to_board else "")
        )
    return to_board
