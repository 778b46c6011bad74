"""``%rsync``, ``%rdiff`` and the clock: the board as its configuration says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from iot_device import clock_text, counted, printable
from iot_device.rsync import (
    PullComparison,
    PullPlan,
    compare,
    compare_pull,
    configuration_of,
    plan_lines,
    plan_summary,
    set_clock,
    time_of,
    wanted_by_configuration,
)
from iot_kernel.errors import UsageError
from iot_kernel.magics.declare import Call, line_magic, option

if TYPE_CHECKING:
    from collections.abc import Collection

    from iot_device import Device, Proof
    from iot_device.rsync import Comparison, Plan, Wanted

__all__ = ["gettime", "rdiff", "rsync", "synctime"]

_upload_only = option(
    "-u",
    "--upload_only",
    "--upload-only",
    action="store_true",
    help="do not delete files on microcontroller that are not also on host",
)


_pull = option(
    "--pull", action="store_true", help="the other direction: make the files here those of there"
)
_delete = option("--delete", action="store_true", help="with --pull: delete what only the host has")
_overwrite = option(
    "--overwrite", action="store_true", help="overwrite what changed on both sides, too"
)
_show_skipped = option(
    "--show-skipped", action="store_true", help="list the files that patterns leave out"
)


@line_magic(
    "rdiff",
    "Show differences between microcontroller and host directories",
    _upload_only,
    _pull,
    _delete,
    _overwrite,
    _show_skipped,
    details="Neither files nor clock are touched.",
)
def rdiff(call: Call) -> None:
    """Show what %rsync would do."""
    comparison, wanted = _compare(call)
    _show(call, comparison.plan)
    _summarize(call, comparison, wanted, None)


@line_magic(
    "rsync",
    "Synchronize microcontroller to host directories",
    _upload_only,
    option("-n", "--dry-run", action="store_true", help="only show what would be done"),
    option("-y", "--yes", action="store_true", help="consent to all deletes"),
    option("--delete-first", action="store_true", help="delete before writing, for want of room"),
    option("--in-place", action="store_true", help="remove an old file first, for want of room"),
    _pull,
    _delete,
    _overwrite,
    option("--max-delete", type=int, metavar="N", help="so many files may go without consent"),
    _show_skipped,
    details="Adds files on host but not on microcontroller, updates changed files, and deletes "
    "files on\nmicrocontroller but not on host. The list of files is taken from the yaml device\n"
    "configuration. Contents decide, and all is verified. The clock is set if it is off.\n"
    "With --pull the reverse: what changed on the microcontroller comes here; what changed here\n"
    "is left alone, and nothing is deleted without --delete.",
)
def rsync(call: Call) -> None:
    """Make the board's files those that its configuration names, or the reverse."""
    options = call.options
    comparison, wanted = _compare(call)
    plan = comparison.plan
    _show(call, plan)
    proofs = None if options.dry_run else _apply(call, comparison, wanted)
    _summarize(call, comparison, wanted, proofs)
    if plan.conflicts and not options.dry_run:
        raise UsageError(
            f"{counted(len(plan.conflicts), 'conflict')} left alone",
            ("%rdiff shows them, --overwrite decides for the side that is read",),
        )


def _compare(call: Call) -> tuple[Comparison | PullComparison, Wanted]:
    device, options = call.device, call.options
    if options.delete and not options.pull:
        raise UsageError("--delete goes with --pull; without it %rsync deletes, but for -u")
    of_the_board = ("upload_only", "delete_first", "in_place")
    if options.pull and any(getattr(options, name, False) for name in of_the_board):
        raise UsageError(
            "--pull excludes -u, --delete-first and --in-place: it writes nothing to the board"
        )
    keeps = options.upload_only or (options.pull and not options.delete)
    wanted = wanted_by_configuration(configuration_of(device), upload_only=keeps)
    chosen = replace(wanted.options, overwrite=options.overwrite)
    if (most := getattr(options, "max_delete", None)) is not None:
        chosen = replace(chosen, max_delete=most)
    wanted = replace(wanted, options=chosen)
    if options.pull:
        return compare_pull(device, wanted), wanted
    return compare(device, wanted.files, wanted.options), wanted


def _consent(call: Call, plan: Plan | PullPlan) -> bool:
    """Ask the person, where consent is needed; where nobody answers, the library refuses."""
    if not plan.needs_consent or not call.cell.can_ask:
        return False
    if isinstance(plan, PullPlan):
        count = f"{len(plan.losses)} of the {counted(plan.host_files, 'file')} here"
        files = f"{count}, which no sync knows"
    else:
        count = f"{len(plan.losses)} of the board's {counted(plan.board_files, 'file')}"
        files = f"{count}, which rsync did not put there"
    return call.cell.ask(f"Delete {files}? [y/N] ").strip().lower() in ("y", "yes")


def _apply(call: Call, comparison: Comparison | PullComparison, wanted: Wanted) -> set[Proof]:
    """Do what the plan says; return how what was written was verified."""
    options = call.options
    consent = options.yes or _consent(call, comparison.plan)
    if isinstance(comparison, PullComparison):
        comparison.apply(consent=consent)
        return {"sha256"} if comparison.plan.writes else set()
    set_clock(call.device, wanted)
    result = comparison.apply(
        consent=consent, delete_first=options.delete_first, in_place=options.in_place
    )
    return result.proofs


def _show(call: Call, plan: Plan | PullPlan) -> None:
    for line, colour in plan_lines(plan):
        call.write(printable(line), style=colour)


def _summarize(
    call: Call,
    comparison: Comparison | PullComparison,
    wanted: Wanted,
    proofs: Collection[Proof] | None,
) -> None:
    """Write the counts; ``proofs`` tells how files were verified, ``None`` that nothing was done.

    If all is equal, one line is enough: people's notebooks compare it.
    """
    skipped = (comparison if isinstance(comparison, PullComparison) else wanted).skipped
    if call.options.show_skipped:
        for file in skipped:
            call.write(printable(f"{file.reason}: {file.file or f':{file.path}'}"))
        skipped = ()
    if comparison.plan.matches:
        return
    done = proofs is not None
    call.write(plan_summary(comparison.plan, skipped=len(skipped), done=done, proofs=proofs or ()))


_utc = option("--utc", action="store_true", help="set it to UTC, whatever the configuration says")
_local = option("--local", action="store_true", help="set it to local time, likewise")


@line_magic("gettime", "Query microcontroller time")
def gettime(call: Call) -> None:
    """Show what the board's clock shows."""
    call.write(_shown(call.device))


@line_magic(
    "synctime",
    "Synchronize microcontroller time to host",
    _utc,
    _local,
    option("--tolerance", type=float, default=3.0, help="seconds that it may be off (3)"),
    details="It shows UTC or local time as the board's configuration says; local time without one.",
)
def synctime(call: Call) -> None:
    """Set the clock if it is off; show it then."""
    options = call.options
    if options.utc and options.local:
        raise UsageError("--utc and --local exclude each other")
    chosen = (options.utc and "utc") or (options.local and "local")
    time = chosen or time_of(call.device)
    if time == "none":
        call.write("the clock is left alone: the board's configuration says time: none")
        return
    zone = UTC if time == "utc" else None
    sync = call.device.clock.synchronize(zone=zone, tolerance=options.tolerance)
    if sync.after is not None:
        call.write(_shown(call.device))


def _shown(device: Device) -> str:
    # As if the clock ran in UTC: so its date comes as it stands there.
    return clock_text(device.clock.read(zone=UTC))
