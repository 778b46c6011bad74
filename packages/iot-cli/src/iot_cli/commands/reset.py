"""``softreset``, ``hardreset`` and ``bootloader``."""

from __future__ import annotations

import click

from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write_json
from iot_cli.seconds import time_option

__all__ = ["bootloader_command", "hardreset_command", "softreset_command"]


@click.command(
    "softreset",
    short_help="Start the board's Python anew.",
    epilog=examples("iot softreset", "iot softreset --main"),
)
@click.option("--main", "run_main", is_flag=True, help="Also start main.py; it runs on.")
@pass_work
def softreset_command(work: Work, *, run_main: bool) -> None:
    """Start the board's Python anew: its variables are gone, boot.py runs.

    main.py runs only with --main. The port stays.
    """
    with work.open_device(restarts=run_main) as device:
        work.waits_for("the soft reset" if run_main else "the prompt after the soft reset")
        device.soft_reset(run_main=run_main)
        _tell(work, "soft", device.url)


@click.command(
    "hardreset",
    short_help="Reset the whole board, as its reset button does.",
    epilog=examples("iot hardreset", "iot hardreset -t 30"),
)
@time_option(10.0, "How long to wait for the port to come back; at least 1.")
@pass_work
def hardreset_command(work: Work, *, seconds: float) -> None:
    """Reset the whole board, as its reset button does; boot.py and main.py run.

    Its port may go away for a moment; iot waits until it is back.
    """
    with work.open_device(restarts=True) as device:
        work.waits_for("the board to come back after the hard reset")
        device.hard_reset(timeout=seconds)
        _tell(work, "hard", device.url)


@click.command(
    "bootloader",
    short_help="Go to the bootloader, in which firmware is flashed.",
    epilog=examples("iot bootloader"),
)
@pass_work
def bootloader_command(work: Work) -> None:
    """Go to the bootloader, in which firmware is flashed.

    Python runs again after a reset by the button, or when firmware was
    flashed.
    """
    with work.open_device(restarts=True) as device:
        work.waits_for("the board to go to its bootloader")
        device.bootloader()
        _tell(work, "bootloader", device.url)


def _tell(work: Work, kind: str, url: str) -> None:
    if work.options.json:
        write_json({"url": url, "reset": kind})
    work.detail(f"{url} is in its bootloader" if kind == "bootloader" else f"{kind} reset of {url}")
