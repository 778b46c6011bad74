"""``rescue``: get at a board whose program cannot be stopped."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING

import click

from iot_cli.context import Work, examples, pass_work
from iot_cli.output import note, write_json
from iot_cli.seconds import time_option
from iot_cli.text import printable

if TYPE_CHECKING:
    from iot_device import Device, FileSystem, RescueState

__all__ = ["rescue_command"]

_SAYS = {
    "no port": "waiting for the port: plug the board in",
    "no prompt": "stopping the program: reset the board, or plug it in again",
}


@click.command(
    "rescue",
    short_help="Stop a program that cannot be stopped.",
    epilog=examples(
        "iot rescue                          then plug the board in, or reset it",
        "iot -d /dev/ttyUSB0 rescue --reset  reset it by DTR and RTS",
        "iot rescue --yes -t 300",
    ),
)
@click.option("--reset", is_flag=True, help="First reset the board by DTR and RTS.")
@click.option("-y", "--yes", is_flag=True, help="Rename main.py without asking.")
@time_option(60.0, "How long to try.")
@pass_work
def rescue_command(work: Work, *, reset: bool, yes: bool, seconds: float) -> None:
    """Stop a program that ignores Ctrl-C or blocks the board as soon as it starts.

    Start this first; then plug the board in, or press its reset button. In the
    moment after its start the board gets Ctrl-C, until it is at its prompt.

    Then main.py can be renamed, so that it does not start again: that is asked
    in a terminal.
    """
    from iot_device import rescue  # noqa: PLC0415  (start-up)
    from iot_device.prompt_marks import forget_prompt, note_prompt  # noqa: PLC0415

    def tell(state: RescueState) -> None:
        work.tell(_SAYS[state])
        work.waits_for(state.replace("no", "the"))

    work.waits_for("the port")
    with rescue(work.options.target, reset=reset, timeout=seconds, on_state=tell) as device:
        forget_prompt(device.url)
        work.tell(f"{printable(device.url)} is at its prompt")
        renamed = _offer_to_rename(work, device, yes=yes)
    note_prompt(device.url)
    if work.options.json:
        write_json({"url": device.url, "renamed": renamed})


def _offer_to_rename(work: Work, device: Device, *, yes: bool) -> dict[str, str] | None:
    """Rename the program that starts by itself, if the person wants; return what was done."""
    files = device.files
    name = next((name for name in ("main.py", "code.py") if files.exists(name)), None)
    if name is None:
        work.tell("there is no main.py")
        return None
    new_name = _free_name(files, name)
    if not yes and not _agrees(work, f"{name} would start again. Rename it to {new_name}?"):
        work.tell(f"{name} will start again; 'iot mv {name} {new_name}' prevents that")
        return None
    work.waits_for(f"renaming {name}")
    files.rename(name, new_name)
    work.tell(f"{name} is now {new_name}")
    return {"source": name, "destination": new_name}


def _free_name(files: FileSystem, name: str) -> str:
    names = (f"{name}.off{number or ''}" for number in itertools.count())
    return next(new_name for new_name in names if not files.exists(new_name))


def _agrees(work: Work, question: str) -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    note(f"iot: {question} [y/N]")
    work.waits_for("the answer")
    return sys.stdin.readline().strip().lower() in ("y", "yes")
