"""``cp``: files between host and board, and from place to place on the board."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from iot_cli.batch import Batch
from iot_cli.board_glob import expand_all
from iot_cli.board_paths import board_path, is_board_path
from iot_cli.completion.values import complete_copied_path
from iot_cli.context import Work, examples, pass_work
from iot_cli.copying import run_plan, tell_report
from iot_device import BoardFiles, HostFiles, plan_copy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from iot_device import Device

__all__ = ["cp_command"]


@click.command(
    "cp",
    short_help="Copy files between this computer and the board.",
    epilog=examples(
        "iot cp main.py :               to the board's current folder, its root",
        "iot cp main.py :/boot.py       under another name",
        "iot cp -r package util.py :/lib",
        "iot cp :data.csv :log.txt .    from the board",
        "iot cp ':*.csv' .              all that match, on the board",
        "iot cp :main.py :old.py        on the board",
        "iot -d a cp --to b -r :/lib :  from one board to another",
    ),
)
@click.option("-r", "--recursive", is_flag=True, help="Also copy folders, with all in them.")
@click.option(
    "--in-place",
    is_flag=True,
    help="Without room for both, remove the old file first: a cut then loses it.",
)
@click.option("--to", "other", metavar="BOARD", help="The board of DST, if it is another one.")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="SRC... DST",
    shell_complete=complete_copied_path,
)
@pass_work
def cp_command(
    work: Work, paths: Sequence[str], *, recursive: bool, in_place: bool, other: str | None
) -> None:
    """Copy files to the board, from it, or on it; its paths begin with a colon.

    Into a folder that is there, SRC keeps its name; else DST is the new name.
    Each file is verified, and replaced as a whole: a cut cable leaves the old
    one or the new one. One that is there with the same content is not sent
    again. In an SRC on the board *, ? and [...] stand for all
    names that match; quote them.
    """
    *sources, destination = paths
    from_board, to_board = _direction(sources, destination)
    if not to_board and work.is_one_of_several:
        raise click.UsageError("Several boards would write the same files on this computer.")
    if other is not None and not (from_board and to_board):
        raise click.UsageError("--to copies between boards: both paths begin with a colon.")
    if in_place and not to_board:
        raise click.UsageError("--in-place is for files of the board.")
    batch = Batch(work, "copied")
    with work.open_device() as device, _target(work, device, other) as target:
        work.waits_for("listing the files")
        host = HostFiles()
        if from_board:
            sources = expand_all(device.files, sources)
        plan = plan_copy(
            BoardFiles(device.files) if from_board else host,
            [board_path(path) if from_board else path for path in sources],
            BoardFiles(target.files) if to_board else host,
            board_path(destination) if to_board else destination,
            recursive=recursive,
            in_place=in_place,
        )
        report = run_plan(work, plan, batch)
    tell_report(work, report)
    batch.finish()


def _target(work: Work, device: Device, other: str | None) -> AbstractContextManager[Device]:
    """Return the board that is written to."""
    return nullcontext(device) if other is None else work.open_other(other)


def _direction(sources: Sequence[str], destination: str) -> tuple[bool, bool]:
    """Return whether this copies from the board, and whether it copies to the board.

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
    from_board, to_board = on_board == {True}, is_board_path(destination)
    if not from_board and not to_board:
        raise click.UsageError(
            "Source and destination are both on this computer;"
            " a path on the board begins with a colon."
        )
    return from_board, to_board
