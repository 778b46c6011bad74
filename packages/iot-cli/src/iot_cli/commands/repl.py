"""``repl``: the board's REPL in the person's terminal."""

from __future__ import annotations

import queue
import sys
from typing import TYPE_CHECKING, Final

import click

from iot_cli.capture import capture_option, capturing
from iot_cli.context import Work, examples, pass_work
from iot_cli.output import note, write
from iot_cli.terminal import NoTerminalError, raw_terminal
from iot_cli.text import BareNewlineTranslator

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device import ConnectionLostError, Console

__all__ = ["repl_command"]

LEAVE: Final = b"\x1d"  # Ctrl-]
PAUSE: Final = 0.02  # seconds until a board that took not all keys is offered the rest


@click.command(
    "repl",
    short_help="The board's REPL in this terminal; Ctrl-] leaves it.",
    epilog=examples("iot repl", "iot -d /dev/ttyACM0 repl --capture session.log"),
)
@capture_option
@pass_work
def repl_command(work: Work, capture: str | None) -> None:
    """Use the board's REPL in this terminal. Ctrl-] leaves it.

    Each key goes to the board as you press it, Ctrl-C and Ctrl-D too; nothing
    else is sent, neither at the beginning nor at the end. After a reset or a
    replug it connects again.
    """
    from iot_device import open_console  # noqa: PLC0415  (start-up)
    from iot_device.prompt_marks import forget_prompt  # noqa: PLC0415

    _refuse_without_terminal(work)
    typed: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def tell(error: ConnectionLostError | None) -> None:
        _tell(work, f"{console.url} is back" if error is None else f"{error}; waiting for it")

    work.waits_for("the board to open")
    with (
        capturing(capture) as keep,
        open_console(work.quiet_board(), wait=work.options.wait, on_change=tell) as console,
    ):
        forget_prompt(console.url)
        work.tell(f"connected to {console.url}; Ctrl-] leaves")
        work.waits_for("Ctrl-]")

        newlines = BareNewlineTranslator()

        def show(data: bytes) -> None:
            keep(data)
            write(newlines.translate(data) if sys.stdout.isatty() else data)

        def take(keys: bytes) -> None:
            typed.put(keys or LEAVE)  # without the terminal there is nobody to go on for
            console.wake()

        with raw_terminal(take):
            _converse(console, typed, show)
    _tell(work, "left the REPL")


def _converse(
    console: Console, typed: queue.SimpleQueue[bytes], show: Callable[[bytes], None]
) -> None:
    """Carry bytes both ways until Ctrl-] is typed."""
    unsent = b""
    while True:
        data = console.read(PAUSE if unsent else None)
        if data:
            show(data)
        while not typed.empty():
            unsent += typed.get()
        keys, leave, _ = unsent.partition(LEAVE)
        unsent = keys[console.write(keys, 0) :]
        if leave:
            return


def _tell(work: Work, text: str) -> None:
    """Write a line of ours below what the board wrote, also while the terminal is raw."""
    if not sys.stderr.isatty():
        work.tell(text)
    elif not work.options.quiet:
        note(f"\r\niot: {text}\r")


def _refuse_without_terminal(work: Work) -> None:
    if work.options.json:
        raise click.UsageError("--json does not go with repl.")
    if not sys.stdin.isatty():
        raise NoTerminalError(
            "repl needs a terminal as standard input",
            hint="'iot exec -' runs a program from a pipe, 'iot monitor' shows what a board sends",
        )
