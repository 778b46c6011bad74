"""``monitor``: show what the board sends, and send nothing."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import click

from iot_cli.capture import capture_option, capturing
from iot_cli.context import Work, examples, pass_work
from iot_cli.line_output import LineOutput
from iot_cli.output import write
from iot_cli.rich_lines import RichLines
from iot_cli.seconds import Seconds

if TYPE_CHECKING:
    from iot_device import ConnectionLostError

__all__ = ["monitor_command"]


def _regex(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> re.Pattern[str] | None:
    try:
        return None if value is None else re.compile(value)
    except re.error as error:
        raise click.BadParameter(f"{value!r} is no regular expression: {error}") from None


@click.command(
    "monitor",
    short_help="Show what the board sends; send nothing.",
    epilog=examples(
        "iot monitor",
        "iot monitor --timestamps --capture night.log",
        'iot monitor --until "^ready" --timeout 20',
    ),
)
@click.option("--timestamps", is_flag=True, help="Begin each line with date and time.")
@click.option(
    "--until",
    metavar="REGEX",
    callback=_regex,
    help="End with exit code 0 when a line matches.",
)
@click.option(
    "--timeout",
    metavar="S",
    type=Seconds(is_open=True),
    help="End after S seconds, with exit code 4 if --until was not met.",
)
@capture_option
@pass_work
def monitor_command(work: Work, /, capture: str | None, **options: Any) -> None:
    """Show what the board sends, as it comes, until Ctrl-C; send nothing.

    A program that runs there runs on: no key is sent, and DTR and RTS are left
    alone. After a reset or a replug it goes on. On a terminal control
    characters are shown escaped, pictures as lines that tell of them;
    --capture has them as they are.
    """
    from iot_device import open_console  # noqa: PLC0415  (start-up)

    if work.options.json:
        raise click.UsageError("--json does not go with monitor.")

    def tell(error: ConnectionLostError | None) -> None:
        work.tell(f"{console.url} is back" if error is None else f"{error}; waiting for it")

    work.waits_for("the board to open")
    on_terminal = sys.stdout.isatty()
    output = LineOutput(write, timestamps=options["timestamps"], escape=on_terminal)
    lines = RichLines()
    with (
        capturing(capture) as keep,
        open_console(
            work.quiet_board(), keep_lines=True, wait=work.options.wait, on_change=tell
        ) as console,
        output,
    ):
        work.detail(f"connected to {console.url}")
        work.waits_for("the end of the monitor")
        try:
            for data in console.watch(until=options["until"], timeout=options["timeout"]):
                keep(data)
                output.add(lines.translate(data) if on_terminal else data)
        finally:
            output.add(lines.finish())
