"""``rsync`` and ``rdiff``: make a board's files equal to those of this computer, or show how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from iot_cli import exit_codes
from iot_cli.context import Work, examples, pass_work
from iot_cli.errors import PartlyDoneError
from iot_cli.output import write, write_json
from iot_cli.plan_output import document, shown_contents, shown_plan, tell_summary
from iot_cli.progress import progress_bar
from iot_cli.sync_source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device import Device
    from iot_device.rsync import Comparison, Plan, Wanted

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
        click.option(
            "--overwrite",
            is_flag=True,
            help="Overwrite what changed on both sides since the last sync.",
        ),
        click.option("--show-skipped", is_flag=True, help="List files that patterns leave out."),
        click.option("--delete", is_flag=True, help="With FOLDER: delete what else is in DEST."),
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
    source = Source(**options)
    with work.open_device() as device:
        wanted, comparison = _compare(work, device, source)
        plan = comparison.plan
        contents = "" if text is None else shown_contents(device.files, plan, text)
    if work.options.json:
        write_json(document(plan, wanted))
    else:
        write(contents if text else shown_plan(plan) + contents)
        tell_summary(work, plan, wanted, show_skipped=source.show_skipped, done=False)
    return exit_codes.GOOD if plan.matches else exit_codes.DIFFERENT


@click.command(
    "rsync",
    short_help="Make the board's files those that belong there.",
    epilog=examples(
        "iot rsync                  by the board's configuration",
        "iot rsync -n               only show it",
        "iot rsync src :/app        by a folder, without a configuration",
        "iot -d a,b rsync           two boards side by side",
    ),
)
@_source
@click.option("-n", "--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("-y", "--yes", is_flag=True, help="Consent to all deletes.")
@click.option("--delete-first", is_flag=True, help="Delete before writing, for want of room.")
@pass_work
def rsync_command(
    work: Work, /, *, dry_run: bool, yes: bool, delete_first: bool, **options: Any
) -> None:
    """Make the board's files those that its configuration names.

    With FOLDER, without a configuration, all files in it but hidden ones; then
    nothing is deleted without --delete. Contents decide, not times. All is
    written and verified before anything is deleted. The board's clock is set
    if it is off.
    """
    source = Source(**options)
    with work.open_device() as device:
        wanted, comparison = _compare(work, device, source, sets_clock=not dry_run)
        plan = comparison.plan
        if not work.options.json:
            write(shown_plan(plan))
        if not dry_run:
            work.waits_for("writing the board's files")
            consent = yes or _asked(work, plan)
            with progress_bar(work) as show:
                comparison.apply(consent=consent, delete_first=delete_first, on_progress=show)
    if work.options.json:
        write_json(document(plan, wanted))
    else:
        tell_summary(work, plan, wanted, show_skipped=source.show_skipped, done=not dry_run)
    if plan.conflicts and not dry_run:
        raise PartlyDoneError(
            f"{len(plan.conflicts)} conflicts were left alone",
            hint="rdiff --text shows them; --overwrite makes the board as it is here",
        )


def _compare(
    work: Work, device: Device, source: Source, *, sets_clock: bool = False
) -> tuple[Wanted, Comparison]:
    from iot_device.rsync import compare, set_clock  # noqa: PLC0415  (start-up)

    work.waits_for("the board's uid")
    wanted = source.wanted(device)
    if sets_clock:
        work.waits_for("the board's time")
        sync = set_clock(device, wanted)
        if sync is not None and sync.after is not None:
            work.detail(f"the clock was off by {sync.before.seconds:.0f} s and is set")
    work.waits_for("listing the board's files")
    return wanted, compare(device, wanted.files, wanted.options)


def _asked(work: Work, plan: Plan) -> bool:
    """Ask a person at a terminal, where consent is needed; elsewhere the library refuses."""
    if not plan.needs_consent or work.is_one_of_several or not work.is_interactive:
        return False
    files = f"{len(plan.losses)} of the board's {plan.board_files} files"
    write(f"Delete {files}, which rsync did not put there? [y/N] ")
    return work.read_line("").strip().lower() in ("y", "yes")
