"""The plan of ``rsync`` and ``rdiff`` as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from iot_cli.output import coloured
from iot_cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from iot_cli.context import Work
    from iot_device import FileSystem, Proof, SkippedFile
    from iot_device.rsync import Action, Plan, PullPlan

__all__ = ["document", "facts_of", "shown_contents", "shown_plan", "tell_summary"]


def shown_plan(plan: Plan | PullPlan) -> str:
    """Return the lines that show a plan."""
    from iot_device.rsync import plan_lines  # noqa: PLC0415  (start-up)

    lines = (coloured(printable(text), colour) for text, colour in plan_lines(plan))
    return "".join(f"{line}\n" for line in lines)


def shown_contents(files: FileSystem, plan: Plan | PullPlan, path: str) -> str:
    """Return how contents differ.

    Args:
        files: The board's files.
        plan: The plan.
        path: A file of the board; empty: all.

    Raises:
        click.UsageError: The plan has no such file.
        BoardOSError: The board refused.
        OSError: A file of this computer cannot be read.
    """
    from iot_device.rsync import text_diff  # noqa: PLC0415  (start-up)

    only = f"/{path.lstrip(':/')}" if path else None
    if only not in {None, *(action.path for action in (*plan.actions, *plan.keeps))}:
        raise click.UsageError(
            f"{only} is neither on the board nor among the files for it; "
            "FOLDER and :DEST stand before --text."
        )
    actions = [action for action in plan.actions if only in (None, action.path)]
    lines = (line for action in actions for line in text_diff(action, files))
    return "".join(f"{printable(line, keep=chr(9))}\n" for line in lines)


def tell_summary(
    work: Work,
    plan: Plan | PullPlan,
    skipped: Sequence[SkippedFile],
    *,
    show_skipped: bool,
    proofs: Collection[Proof] | None,
) -> None:
    """Tell the counts, and which files patterns leave out if that is wanted.

    Args:
        work: The run of the command.
        plan: The plan.
        skipped: The files that patterns leave out.
        show_skipped: Whether each of them is told.
        proofs: How what was written was verified; ``None``: nothing was done.
    """
    from iot_device.rsync import plan_summary  # noqa: PLC0415  (start-up)

    for file in skipped if show_skipped else ():
        work.tell(f"{file.reason}: {printable(str(file.file or f':{file.path}'))}")
    count = 0 if show_skipped else len(skipped)
    done = proofs is not None
    work.conclude(plan_summary(plan, skipped=count, done=done, proofs=proofs or ()))


def document(plan: Plan | PullPlan, skipped: Sequence[SkippedFile]) -> dict[str, Any]:
    """Return what ``--json`` shows."""
    return {
        "matches": plan.matches,
        "actions": [facts_of(action) for action in plan.actions],
        "kept": [facts_of(keep) for keep in plan.keeps if not keep.equal],
        "equal": sum(keep.equal for keep in plan.keeps),
        "needs_consent": plan.needs_consent,
        "skipped": [
            {
                "file": None if file.file is None else str(file.file),
                "path": file.path,
                "reason": file.reason,
            }
            for file in skipped
        ],
    }


def facts_of(action: Action) -> dict[str, Any]:
    """Return what ``--json`` shows of an action."""
    return {
        "action": action.kind,
        "path": action.path,
        "reason": action.reason,
        "size": action.size,
    }
