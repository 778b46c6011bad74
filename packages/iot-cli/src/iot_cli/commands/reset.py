"""``softreset`` and ``hardreset``."""

from __future__ import annotations

import click

from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write_json

__all__ = ["hardreset_command", "softreset_command"]


@click.command(
    "softreset",
    short_help="Start the board's Python anew.",
    epilog=examples("iot softreset"),
)
@pass_work
def softreset_command(work: Work) -> None:
    """Start the board's Python anew: its variables are gone, boot.py runs.

    main.py does not run, and the port stays.
    """
    with work.open_device() as device:
        work.waits_for("the prompt after the soft reset")
        device.soft_reset()
        _tell(work, "soft", device.url)


@click.command(
    "hardreset",
    short_help="Reset the whole board, as its reset button does.",
    epilog=examples("iot hardreset"),
)
@pass_work
def hardreset_command(work: Work) -> None:
    """Reset the whole board, as its reset button does; boot.py and main.py run.

    Its port may go away for a moment; iot waits until it is back.
    """
    with work.open_device() as device:
        work.waits_for("the board to come back after the hard reset")
        device.hard_reset()
        _tell(work, "hard", device.url)


def _tell(work: Work, kind: str, url: str) -> None:
    if work.options.json:
        write_json({"url": url, "reset": kind})
    work.detail(f"{kind} reset of {url}")
