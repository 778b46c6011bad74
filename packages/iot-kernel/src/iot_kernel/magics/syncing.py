"""``%rsync``, ``%rdiff`` and the clock: the board as its configuration says."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from iot_device import clock_text, printable
from iot_device.rsync import (
    compare,
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
    from iot_device import Device
    from iot_device.rsync import Comparison, Plan, Wanted

__all__ = ["gettime", "rdiff", "rsync", "synctime"]

_upload_only = option(
    "-u",
    "--upload_only",
    action="store_true",
    help="do not delete files on microcontroller that are not also on host",
)


@line_magic(
    "rdiff",
    "Show differences between microcontroller and host directories",
    _upload_only,
    details="Neither files nor clock are touched.",
)
def rdiff(call: Call) -> None:
    """Show what %rsync would do."""
    wanted, comparison = _compare(call)
    _show(call, comparison.plan, wanted, done=False)


@line_magic(
    "rsync",
    "Synchronize microcontroller to host directories",
    _upload_only,
    option("-n", "--dry-run", action="store_true", help="only show what would be done"),
    option("-y", "--yes", action="store_true", help="consent to all deletes"),
    option("--delete-first", action="store_true", help="delete before writing, for want of room"),
    details="Adds files on host but not on microcontroller, updates changed files, and deletes "
    "files on\nmicrocontroller but not on host. The list of files is taken from the yaml device\n"
    "configuration. Contents decide, and all is verified. The clock is set if it is off.",
)
def rsync(call: Call) -> None:
    """Make the board's files those that its configuration names."""
    options = call.options
    wanted, comparison = _compare(call)
    plan = comparison.plan
    _show(call, plan, wanted, done=False)
    if options.dry_run:
        return
    set_clock(call.device, wanted)
    comparison.apply(consent=options.yes or _consent(call, plan), delete_first=options.delete_first)
    if plan.conflicts:
        raise UsageError(f"{len(plan.conflicts)} conflicts were left alone", ("%rdiff shows them",))


def _compare(call: Call) -> tuple[Wanted, Comparison]:
    device = call.device
    configuration = configuration_of(device)
    wanted = wanted_by_configuration(configuration, upload_only=call.options.upload_only)
    return wanted, compare(device, wanted.files, wanted.options)


def _consent(call: Call, plan: Plan) -> bool:
    """Ask the person, where consent is needed; where nobody answers, the library refuses."""
    if not plan.needs_consent or not call.cell.can_ask:
        return False
    files = f"{len(plan.losses)} of the board's {plan.board_files} files"
    answer = call.cell.ask(f"Delete {files}, which rsync did not put there? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def _show(call: Call, plan: Plan, wanted: Wanted, *, done: bool) -> None:
    for line, colour in plan_lines(plan):
        call.write(printable(line), style=colour)
    if not plan.matches:
        call.write(plan_summary(plan, skipped=len(wanted.skipped), done=done))


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
