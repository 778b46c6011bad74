"""``rsync`` and ``rdiff``: make a board's files equal to those of this computer, or show how."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iot_cli import exit_codes
from iot_cli.board_paths import is_board_path
from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json
from iot_cli.plan_output import document, shown_contents, shown_plan, tell_summary
from iot_cli.pulling import compare_here, pull
from iot_cli.sync_source import Source
from iot_cli.syncing import Manner, Sync, compare_board

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from iot_device import Device, SkippedFile
    from iot_device.rsync import Plan, PullPlan

__all__ = ["rdiff_command", "rsync_command"]


def _source(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the arguments and options by which both commands know what belongs on the board."""
    for decorate in (
        click.option(
            "--max-delete",
            metavar="N",
            type=click.IntRange(min=0),
            help="How many files that rsync did not put there may go without consent.",
        ),
        click.option("--mpy", is_flag=True, help="Compile modules, if mpy-cross fits the board."),
        click.option(
            "--overwrite",
            is_flag=True,
            help="Overwrite what changed on both sides since the last sync.",
        ),
        click.option("--show-skipped", is_flag=True, help="List files that patterns leave out."),
        click.option(
            "--delete", is_flag=True, help="With FOLDER or --pull: delete what else is there."
        ),
        click.option("--pull", is_flag=True, help="Make the files here those of the board."),
        click.option("-u", "--upload-only", is_flag=True, help="Without FOLDER: delete nothing."),
        click.argument("dest", required=False, metavar="[:DEST]"),
        click.argument("folder", required=False, metavar="[FOLDER]"),
    ):
        command = decorate(command)
    return command


@click.command(
    "rdiff",
    short_help="Show what rsync would do.",
    epilog=examples(
        "iot rdiff                  by the board's configuration",
        "iot rdiff src :/app        by a folder, without a configuration",
        "iot rdiff --text           the contents, too",
        "iot rdiff --text=/main.py  those of one file",
    ),
)
@_source
@click.option(
    "--text",
    metavar="[=PATH]",
    is_flag=False,
    flag_value="",
    help="Show how the contents differ, of all files or one.",
)
@pass_work
def rdiff_command(work: Work, /, text: str | None, **options: Any) -> int:
    """Show what rsync would do; neither files nor clock are touched.

    The exit code is 1 if there is a difference.
    """
    if text and _is_folder(text, options):
        text, options["folder"], options["dest"] = "", text, options["folder"]
    source = Source(**options)
    with work.open_device() as device:
        plan, skipped = _compared(work, device, source)
        contents = "" if text is None else shown_contents(device.files, plan, text)
    if work.options.json:
        write_json(document(plan, skipped))
    else:
        write(contents if text else shown_plan(plan) + contents)
        tell_summary(work, plan, skipped, show_skipped=source.show_skipped, proofs=None)
    return exit_codes.GOOD if plan.matches else exit_codes.DIFFERENT


def _is_folder(text: str, options: dict[str, Any]) -> bool:
    """Whether what stands behind ``--text`` is no file to be shown, but FOLDER."""
    following = options["folder"]
    if following is None:
        return Path(text).is_dir()
    return is_board_path(following) and options["dest"] is None


def _compared(
    work: Work, device: Device, source: Source
) -> tuple[Plan | PullPlan, Sequence[SkippedFile]]:
    if source.pull:
        pulled = compare_here(work, device, source)
        return pulled.plan, pulled.skipped
    wanted, comparison = compare_board(work, device, source)
    return comparison.plan, wanted.skipped


@click.command(
    "rsync",
    short_help="Make the board's files those that belong there.",
    epilog=examples(
        "iot rsync                  by the board's configuration",
        "iot rsync -n               only show it",
        "iot rsync src :/app        by a folder, without a configuration",
        "iot -d a,b rsync           two boards side by side",
        "iot rsync --pull src       fetch what changed on the board",
    ),
)
@_source
@click.option("-n", "--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("-y", "--yes", is_flag=True, help="Consent to all deletes.")
@click.option("--delete-first", is_flag=True, help="Delete before writing, for want of room.")
@click.option(
    "--in-place",
    is_flag=True,
    help="Without room for both, remove an old file first: a cut then loses it.",
)
@click.option("--watch", is_flag=True, help="Sync again whenever a file changes, until Ctrl-C.")
@click.option("--run", metavar="PATH", help="Then run this file of the board, started afresh.")
@click.option("--reset", is_flag=True, help="Then soft reset; main.py runs.")
@pass_work
def rsync_command(work: Work, /, **options: Any) -> int:
    """Make the board's files those that its configuration names.

    With FOLDER, without a configuration, all files in it but hidden ones; then
    nothing is deleted without --delete. Contents decide, not times. All is
    written and verified before anything is deleted. The board's clock is set
    if it is off.

    With --pull the reverse: the files here become those of the board. What
    changed here is left alone, and nothing is deleted without --delete.
    """
    manner = Manner(**{name: options.pop(name) for name in Manner.__dataclass_fields__})
    source = Source(**options)
    return pull(work, manner, source) if source.pull else Sync(work, manner, source).run()
