"""``exec``, ``eval`` and ``run``: programs on the board."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iot_cli import exit_codes
from iot_cli.completion.values import complete_file
from iot_cli.context import Work, examples, pass_work
from iot_cli.output import note, program_output, write, write_json
from iot_cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from iot_device import Device, ExecutionResult

__all__ = ["eval_command", "exec_command", "run_command"]

_binary_option = click.option(
    "--binary", is_flag=True, help="Print the program's output byte for byte."
)
_fresh_option = click.option(
    "--fresh", is_flag=True, help="Soft reset first: the program finds no variables of others."
)


@click.command(
    "exec",
    short_help="Run CODE on the board; - reads it from standard input.",
    epilog=examples(
        'iot exec "import os; print(os.listdir())"',
        'iot exec --binary "import sys; sys.stdout.buffer.write(bytes(range(9)))"',
        "iot exec --fresh - < program.py",
    ),
)
@_binary_option
@_fresh_option
@click.argument("code")
@pass_work
def exec_command(work: Work, code: str, *, binary: bool, fresh: bool) -> int:
    """Run CODE on the board; - reads it from standard input.

    What it prints appears as it comes. Ctrl-C stops the program on the board,
    a second Ctrl-C ends iot. A program that raises gives exit code 1, its
    sys.exit(n) gives n.
    """
    source = work.read_input() if code == "-" else code

    def start(device: Device, on_output: Callable[[bytes], object] | None) -> ExecutionResult:
        return device.execute(
            source,
            on_output=on_output,
            timeout=work.remaining(),
            stdin=work.read_line,
            check=False,
        )

    return _run_program(work, start, binary=binary, fresh=fresh)


@click.command(
    "run",
    short_help="Run a program of this computer on the board.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=examples(
        "iot run blink.py",
        "iot run --fresh blink.py --pin 25 --times 3",
        "iot --timeout 10 run test.py",
    ),
)
@_binary_option
@_fresh_option
@click.argument("file", shell_complete=complete_file)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARGS]...")
@pass_work
def run_command(
    work: Work, file: str, arguments: Sequence[str], *, binary: bool, fresh: bool
) -> int:
    """Run FILE, a program of this computer, on the board; - is standard input.

    It is not stored there. All that follows FILE is for the program: it finds
    it in sys.argv.
    """
    source = work.read_input() if file == "-" else Path(file).read_bytes()

    def start(device: Device, on_output: Callable[[bytes], object] | None) -> ExecutionResult:
        return device.execute(
            source,
            [Path(file).name, *arguments] if arguments else (),
            on_output=on_output,
            timeout=work.remaining(),
            stdin=work.read_line,
            check=False,
        )

    named = None if file == "-" else file
    return _run_program(work, start, binary=binary, fresh=fresh, file=named)


@click.command(
    "eval",
    short_help="Print the value of an expression.",
    epilog=examples('iot eval "1 + 1"', "iot --json eval \"__import__('os').listdir()\""),
)
@click.argument("expression", metavar="EXPR")
@pass_work
def eval_command(work: Work, expression: str) -> int:
    """Print the value of the expression EXPR, as repr() shows it.

    Numbers, strings, bytes, and lists, tuples, dicts and sets of them come
    across; with --json as JSON.
    """
    from iot_device import ExecutionError  # noqa: PLC0415  (start-up)

    try:
        with work.open_device() as device:
            work.waits_for("the value of the expression")
            with work.signals.program(device.interrupt):
                value = device.evaluate(expression, timeout=work.remaining())
    except ExecutionError as error:
        return _show_end(error.result, error.result.traceback)
    if work.options.json:
        write_json(value)
    else:
        write(f"{value!r}\n")
    return exit_codes.GOOD


def _run_program(
    work: Work,
    start: Callable[[Device, Callable[[bytes], object] | None], ExecutionResult],
    *,
    binary: bool,
    fresh: bool,
    file: str | None = None,
) -> int:
    """Run a program and show how it ended; return the exit code."""
    if binary and work.options.json:
        raise click.UsageError("--binary and --json exclude each other.")
    write_piece, write_rest = program_output(binary=binary)
    with work.open_device() as device:
        if fresh:
            work.waits_for("the prompt after the soft reset")
            device.soft_reset()
        work.waits_for("the program to end")
        try:
            with work.signals.program(device.interrupt):
                result = start(device, None if work.options.json else write_piece)
        finally:
            write_rest()
    traceback = _name_file(result.traceback, file)
    if work.options.json:
        write_json(_document(result, traceback))
    return _show_end(result, traceback)


def _name_file(traceback: str, file: str | None) -> str:
    """Put the file's name where the board, which has no such file, says ``<stdin>``."""
    if file is None:
        return traceback
    return re.sub(
        r'^(  File )"<stdin>"(?=, line )',
        lambda match: f'{match[1]}"{file}"',
        traceback,
        flags=re.MULTILINE,
    )


def _document(result: ExecutionResult, traceback: str) -> dict[str, object]:
    return {
        "output": result.text,
        "truncated": result.truncated,
        "status": result.status,
        "exit_code": result.exit_code,
        "exception": result.exception or None,
        "message": result.message or None,
        "traceback": traceback or None,
    }


def _show_end(result: ExecutionResult, traceback: str) -> int:
    from iot_device import UnknownEndError  # noqa: PLC0415  (start-up)

    match result.status:
        case "error":
            note(printable(traceback, keep="\n\t").rstrip("\n"))
            interrupted = result.exception == "KeyboardInterrupt"
            return exit_codes.INTERRUPTED if interrupted else exit_codes.PROGRAM_RAISED
        case "unknown":
            raise UnknownEndError(result)
        case "exit":
            return _exit_code(result.exit_code)
        case "ok":
            return exit_codes.GOOD


def _exit_code(code: int | str | None) -> int:
    """Do as CPython does with the argument of ``sys.exit``: text is shown and means 1."""
    if isinstance(code, int):
        return code
    note(printable(code, keep="\n\t") if code is not None else "iot: exit status unknown")
    return exit_codes.PROGRAM_RAISED
