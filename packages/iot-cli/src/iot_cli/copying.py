"""Running a plan of copies, with what a person sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_cli.progress import progress_bar
from iot_cli.text import counted
from iot_device import run_copy
from iot_device.copying import verified_by

if TYPE_CHECKING:
    from iot_cli.batch import Batch
    from iot_cli.context import Work
    from iot_device import CopyOutcome, CopyPlan, CopyReport

__all__ = ["note_outcome", "run_plan", "tell_report"]


def run_plan(work: Work, plan: CopyPlan, batch: Batch) -> CopyReport:
    """Do what a plan says; what is done and what fails is noted in the batch.

    Raises:
        PartlyDoneError: The link was lost, and some was done before.
        TransportError: The link was lost before anything was done.
    """
    work.waits_for("the files to be copied")
    with batch.ends_with_link(), progress_bar(work) as on_progress:
        return run_copy(
            plan, on_outcome=lambda outcome: note_outcome(batch, outcome), on_progress=on_progress
        )


def tell_report(work: Work, report: CopyReport) -> None:
    """Write the account of a copy in one line; ``--json`` has it for each file.

    Args:
        work: The run of the command.
        report: The account.
    """
    done = report.sent + report.unchanged
    if work.options.json or (report.failed and not done):
        return
    parts = [f"{counted(len(report.sent), 'file')}, {counted(report.size, 'byte')} sent"]
    if report.unchanged:
        parts.append(f"{len(report.unchanged)} skipped (unchanged)")
    work.conclude(", ".join([*parts, *verified_by(report.proofs)]))


def note_outcome(batch: Batch, outcome: CopyOutcome) -> None:
    """Note in a batch what became of a step."""
    if outcome.error is not None:
        batch.fail(outcome.source, outcome.error)
        return
    texts = {
        "made": f"made {outcome.target}",
        "sent": f"{outcome.source} -> {outcome.target}, {counted(outcome.size or 0, 'byte')}",
        "unchanged": f"{outcome.source} -> {outcome.target}, unchanged",
    }
    batch.add(
        texts[outcome.action],
        source=outcome.source,
        destination=outcome.target,
        size=outcome.size,
        action=outcome.action,
        verified=outcome.proof,
    )
