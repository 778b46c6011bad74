"""``mkdir`` and ``mkdirs``: new folders on the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from iot_cli.batch import Batch
from iot_cli.board_paths import board_path
from iot_cli.completion.values import complete_board_path
from iot_cli.context import Work, examples, pass_work

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["mkdir_command", "mkdirs_command"]


@click.command(
    "mkdir",
    short_help="Make folders on the board.",
    epilog=examples("iot mkdir data", "iot mkdir -p /lib/package/part"),
)
@click.option("-p", "--parents", is_flag=True, help="Also make those above; may be there.")
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", shell_complete=complete_board_path
)
@pass_work
def mkdir_command(work: Work, paths: Sequence[str], *, parents: bool) -> None:
    """Make folders on the board."""
    _make(work, paths, parents=parents)


@click.command(
    "mkdirs",
    short_help="The same as mkdir -p.",
    epilog=examples("iot mkdirs /lib/package/part"),
)
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", shell_complete=complete_board_path
)
@pass_work
def mkdirs_command(work: Work, paths: Sequence[str]) -> None:
    """Make folders on the board, and those above; they may be there.

    The same as mkdir -p, by the name that it has in notebooks.
    """
    _make(work, paths, parents=True)


def _make(work: Work, paths: Sequence[str], *, parents: bool) -> None:
    batch = Batch(work, "made")
    with work.open_device() as device:
        for path in map(board_path, paths):
            with batch.item(f":{path}", "making"):
                device.files.mkdir(path, parents=parents, exist_ok=parents)
                batch.add(f"made :{path}", path=path)
    batch.finish()
