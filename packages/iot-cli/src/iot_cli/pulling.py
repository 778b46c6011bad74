"""``rsync --pull`` and ``rdiff --pull``: the files here become those that the board has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iot_cli import exit_codes
from iot_cli.errors import PartlyDoneError
from iot_cli.output import write, write_json
from iot_cli.own_folder import own_folder_name
from iot_cli.plan_output import document, shown_plan, tell_summary
from iot_cli.progress import progress_bar
from iot_cli.text import counted

if TYPE_CHECKING:
    from iot_cli.context import Work
    from iot_cli.sync_source import Source
    from iot_cli.syncing import Manner
    from iot_device import Device, Proof
    from iot_device.rsync import PullComparison, PullPlan

__all__ = ["compare_here", "pull"]


def pull(work: Work, manner: Manner, source: Source) -> int:
    """Make the files here those of the board; return the exit code.

    Raises:
        click.UsageError: The options make no sense together.
        PartlyDoneError: There are conflicts.
    """
    of_the_board = manner.delete_first or manner.in_place or manner.reset
    if manner.watch or of_the_board or manner.run is not None:
        raise click.UsageError("--pull changes nothing on the board: nothing to watch or to start.")
    with work.open_device() as device:
        comparison = compare_here(work, device, source)
        plan = comparison.plan
        if not work.options.json:
            write(shown_plan(plan))
        proofs = None if manner.dry_run else _apply(work, comparison, yes=manner.yes)
    if work.options.json:
        write_json(document(plan, comparison.skipped))
    else:
        shown = source.show_skipped
        tell_summary(work, plan, comparison.skipped, show_skipped=shown, proofs=proofs)
    if plan.conflicts and not manner.dry_run:
        raise PartlyDoneError(
            f"{counted(len(plan.conflicts), 'conflict')} left alone",
            hint="rdiff --pull --text shows them; --overwrite makes the files here as on the board",
        )
    return exit_codes.GOOD


def compare_here(work: Work, device: Device, source: Source) -> PullComparison:
    """Find out what this computer needs of a board.

    Args:
        work: The run of the command.
        device: The board.
        source: What the person said.
    """
    from iot_device.rsync import compare_pull  # noqa: PLC0415  (start-up)

    work.waits_for("the board's uid")
    if work.is_one_of_several:
        source = _own_source(work, device, source)
    wanted = source.wanted(device)
    work.waits_for("listing the board's files")
    return compare_pull(device, wanted)


def _own_source(work: Work, device: Device, source: Source) -> Source:
    """Return the source with a folder for this board alone: several would overwrite each other.

    Raises:
        click.UsageError: There is no folder to have it in.
    """
    if source.folder is None:
        raise click.UsageError("--pull from several boards needs FOLDER: each has its own in it.")
    return replace(source, folder=str(Path(source.folder) / own_folder_name(work, device)))


def _apply(work: Work, comparison: PullComparison, *, yes: bool) -> set[Proof]:
    """Do what the plan says; return how what was written was verified."""
    consent = yes or _is_agreed(work, comparison.plan)
    work.waits_for("reading the board's files")
    with progress_bar(work) as show:
        comparison.apply(consent=consent, on_progress=show)
    return {"sha256"} if comparison.plan.writes else set()


def _is_agreed(work: Work, plan: PullPlan) -> bool:
    files = f"{len(plan.losses)} of the {counted(plan.host_files, 'file')} here"
    return plan.needs_consent and work.agrees(f"Delete {files}, which no sync knows?")
