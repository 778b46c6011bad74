"""One run of ``iot``, from its arguments to its exit code."""

from __future__ import annotations

import os
import sys

from iot_cli import exit_codes
from iot_cli.completion import VARIABLE, answer
from iot_cli.context import Work
from iot_cli.errors import report
from iot_cli.main import cli

__all__ = ["run"]


def run() -> None:
    """Run the command that ``sys.argv`` names, and exit."""
    work = Work()
    code = _run(work)
    if work.boards_left:
        # Threads that wait for a board or for our output would wait on while Python ends, or make
        # it abort; all that is to be written was written at once.
        os._exit(code & 0xFF)
    sys.exit(code)


def _run(work: Work) -> int:
    try:
        work.signals.install()
        if instruction := os.environ.get(VARIABLE):
            answer(instruction, work.signals)
            work.signals.end_timeout()
            return exit_codes.GOOD
        arguments = None if sys.argv[1:] else ["--help"]  # None: click takes them, with wildcards
        code: int | None = cli.main(arguments, prog_name="iot", standalone_mode=False, obj=work)
        work.signals.end_timeout()
    except BaseException as error:  # noqa: BLE001  (Ctrl-C and the like are reported too)
        work.signals.end_timeout()
        return report(error, work.options)
    return exit_codes.GOOD if code is None else code
