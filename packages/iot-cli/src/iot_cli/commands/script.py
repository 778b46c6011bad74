"""``script``: several commands, one connection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iot_cli.completion.values import complete_file
from iot_cli.context import Work, examples, pass_work
from iot_cli.errors import as_iot_error
from iot_cli.output import CollectedOutput, ReaderGoneError, note, redirected, write_json
from iot_cli.script_lines import steps_of
from iot_cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_cli.script_lines import Step

__all__ = ["script_command"]


@click.command(
    "script",
    short_help="Run several commands of iot on one connection.",
    epilog=examples(
        "iot script set-up.txt",
        "iot -d all script set-up.txt",
        r"printf 'cp main.py :\nsoftreset --main\n' | iot script -",
    ),
)
@click.argument("file", metavar="FILE", shell_complete=complete_file)
@pass_work
def script_command(work: Work, file: str) -> int:
    """Run the commands in FILE, one in each line, on one connection.

    - is standard input. A line is written as behind the word iot; # begins a
      comment.

    All lines are checked before the first one runs. The first failure ends the
    script: it names the line, and gives the exit code of its command. Commands
    that need a person or serve for ever are refused.
    """
    data = work.read_input() if file == "-" else Path(file).read_bytes()
    name = "standard input" if file == "-" else file
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{name} is no text in UTF-8: {error.reason}.") from None
    steps = steps_of(text, name, work)
    if not steps:
        return 0
    with work.one_connection():
        return _run_as_json(work, steps) if work.options.json else _run(work, steps)


def _run(work: Work, steps: Sequence[Step]) -> int:
    for step in steps:
        if code := _run_step(work, step):
            return code
    return 0


def _run_step(work: Work, step: Step) -> int:
    """Run a command; say which it is if it fails."""
    what = printable(f"{step.place}: {step.text}")
    work.detail(what)
    try:
        code = step.run()
    except ReaderGoneError:
        raise
    except BaseException:
        note(f"iot: {what}")
        raise
    if code:
        note(f"iot: {what}: exit code {code}")
    return code


def _run_as_json(work: Work, steps: Sequence[Step]) -> int:
    done: list[dict[str, Any]] = []
    try:
        for step in steps:
            facts: dict[str, Any] = {"line": step.line, "command": step.text}
            done.append(facts)
            if code := _collect(work, step, facts):
                return code
    finally:
        write_json(done)
    return 0


def _collect(work: Work, step: Step, facts: dict[str, Any]) -> int:
    """Run a command; put its exit code, and its result or its error, into the facts."""
    output = CollectedOutput()
    try:
        with redirected(output):
            code = _run_step(work, step)
    except Exception as error:
        shown = as_iot_error(error)
        facts |= {"exit_code": shown.exit_code, "result": output.document}
        facts |= {"error": shown.name, "message": shown.message}
        raise
    facts |= {"exit_code": code, "result": output.document}
    return code
