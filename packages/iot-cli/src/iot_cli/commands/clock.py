"""``gettime`` and ``synctime``: the board's clock."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json
from iot_cli.seconds import Seconds

if TYPE_CHECKING:
    from datetime import tzinfo

    from iot_device import ClockOffset, Device
    from iot_device.config import BoardTime

__all__ = ["gettime_command", "synctime_command"]

_time_option = click.option(
    "--utc/--local",
    default=None,
    help="What the board's clock shows; else as its configuration says, or local time.",
)


@click.command(
    "gettime",
    short_help="Show the date and time of the board's clock.",
    epilog=examples("iot gettime", "iot --json gettime --utc"),
)
@_time_option
@pass_work
def gettime_command(work: Work, *, utc: bool | None) -> None:
    """Show the date and time of the board's clock, as it stands there.

    With -v and --json also how far it is ahead of this computer's; only that
    depends on what it should show.
    """
    with work.open_device() as device:
        work.waits_for("the board's time")
        shown = _shown(device)
        offset = None
        if work.options.json or work.options.verbose:
            time = _time(device, utc=utc)
            if time == "none":
                work.detail("by its configuration (time: none), the clock shows anything")
            else:
                offset = device.clock.offset(zone=_zone(time))
                work.detail(f"the clock is {_text(offset)}")
    _write(work, shown, {"offset": _figures(offset)})


@click.command(
    "synctime",
    short_help="Set the board's clock, if it is off.",
    epilog=examples("iot synctime", "iot synctime --utc --tolerance 0.1", "iot -d all synctime"),
)
@_time_option
@click.option(
    "--tolerance",
    metavar="S",
    type=Seconds(),
    default=3.0,
    show_default=True,
    help="By how many seconds it may be off.",
)
@pass_work
def synctime_command(work: Work, *, utc: bool | None, tolerance: float) -> None:
    """Set the board's clock, if it is off, to what it should show; show it.

    That is UTC or local time as its configuration says, and local time without
    one. With `time: none` there the clock is left alone, and the command says so.
    """
    with work.open_device() as device:
        work.waits_for("the board's time")
        time = _time(device, utc=utc)
        if time == "none":
            _leave_alone(work)
            return
        sync = device.clock.synchronize(zone=_zone(time), tolerance=tolerance)
        work.detail(f"the clock was {_text(sync.before)}")
        if sync.after is not None:
            work.detail(f"it was set and is {_text(sync.after)}")
        shown = _shown(device)
    _write(work, shown, {"before": _figures(sync.before), "after": _figures(sync.after)})


def _time(device: Device, *, utc: bool | None) -> BoardTime:
    if utc is not None:
        return "utc" if utc else "local"
    from iot_device.rsync import time_of  # noqa: PLC0415  (start-up)

    return time_of(device)


def _zone(time: BoardTime) -> tzinfo | None:
    from datetime import UTC  # noqa: PLC0415  (start-up)

    return UTC if time == "utc" else None


def _leave_alone(work: Work) -> None:
    work.tell("the clock is left alone: its configuration says time: none; --local sets it anyway")
    if work.options.json:
        write_json({"time": None, "before": None, "after": None})


def _shown(device: Device) -> str:
    from iot_device import clock_text  # noqa: PLC0415  (start-up)

    # As if the clock ran in UTC: so its date comes as it stands there.
    return clock_text(device.clock.read(zone=_zone("utc")))


def _write(work: Work, shown: str, facts: dict[str, Any]) -> None:
    if work.options.json:
        write_json({"time": shown, **facts})
    else:
        write(f"{shown}\n")


def _figures(offset: ClockOffset | None) -> dict[str, float] | None:
    return None if offset is None else asdict(offset)


def _text(offset: ClockOffset) -> str:
    where = "ahead" if offset.seconds >= 0 else "behind"
    return f"{abs(offset.seconds):.3f} s {where}, give or take {offset.uncertainty:.3f} s"
