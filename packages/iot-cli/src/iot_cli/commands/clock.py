"""``gettime`` and ``synctime``: the board's clock."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json

if TYPE_CHECKING:
    from datetime import tzinfo

    from iot_device import ClockOffset, Device

__all__ = ["gettime_command", "synctime_command"]

_utc_option = click.option(
    "--utc", is_flag=True, help="The board's clock runs in UTC, not in local time."
)


@click.command(
    "gettime",
    short_help="Show the date and time of the board's clock.",
    epilog=examples("iot gettime", "iot --json gettime --utc"),
)
@_utc_option
@pass_work
def gettime_command(work: Work, *, utc: bool) -> None:
    """Show the date and time of the board's clock, as it stands there.

    With -v and --json also how far it is ahead of this computer's; only that
    depends on the time zone in which it runs.
    """
    with work.open_device() as device:
        work.waits_for("the board's time")
        shown = _shown(device)
        offset = None
        if work.options.json or work.options.verbose:
            offset = device.clock.offset(zone=_zone(utc=utc))
            work.detail(f"the clock is {_text(offset)}")
    _write(work, shown, {"offset": _figures(offset)})


@click.command(
    "synctime",
    short_help="Set the board's clock, if it is off.",
    epilog=examples("iot synctime", "iot synctime --utc --tolerance 0.1", "iot -d all synctime"),
)
@_utc_option
@click.option(
    "--tolerance",
    metavar="S",
    type=click.FloatRange(min=0),
    default=3.0,
    show_default=True,
    help="By how many seconds it may be off.",
)
@pass_work
def synctime_command(work: Work, *, utc: bool, tolerance: float) -> None:
    """Set the board's clock to local time, or UTC, if it is off; show it."""
    with work.open_device() as device:
        work.waits_for("the board's time")
        sync = device.clock.synchronize(zone=_zone(utc=utc), tolerance=tolerance)
        work.detail(f"the clock was {_text(sync.before)}")
        if sync.after is not None:
            work.detail(f"it was set and is {_text(sync.after)}")
        shown = _shown(device)
    _write(work, shown, {"before": _figures(sync.before), "after": _figures(sync.after)})


def _zone(*, utc: bool) -> tzinfo | None:
    from datetime import UTC  # noqa: PLC0415  (start-up)

    return UTC if utc else None


def _shown(device: Device) -> str:
    from iot_device import clock_text  # noqa: PLC0415  (start-up)

    # As if the clock ran in UTC: so its date comes as it stands there.
    return clock_text(device.clock.read(zone=_zone(utc=True)))


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
