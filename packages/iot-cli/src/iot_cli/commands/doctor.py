"""``doctor``: why a board cannot be used."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from iot_cli import exit_codes
from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json
from iot_cli.text import printable

if TYPE_CHECKING:
    from iot_device import Finding

__all__ = ["doctor_command"]


@click.command(
    "doctor",
    short_help="Find out why a board cannot be used.",
    epilog=examples(
        "iot doctor                  looks, and opens no port",
        "iot -d /dev/ttyACM0 doctor  also asks that board",
        "iot --json doctor",
    ),
)
@pass_work
def doctor_command(work: Work) -> int:
    """Find out why a board cannot be used, and what to do about it.

    Looks at ports, permissions, programs and services that hold ports, and at
    what earlier packages left. A board that is named by -d or IOT_DEVICE is
    asked who it is, which stops its program. The exit code is 1 if there is a
    problem.
    """
    from iot_device import examine  # noqa: PLC0415  (start-up)

    work.waits_for("the checks")
    target = work.options.target or os.environ.get("IOT_DEVICE") or None
    findings = []
    for finding in examine(target):
        findings.append(finding)
        if not work.options.json:
            write(_lines(finding))
    problems = sum(finding.level == "problem" for finding in findings)
    if work.options.json:
        write_json({"problems": problems, "findings": [asdict(item) for item in findings]})
    elif not problems:
        write("no problem was found\n")
    return exit_codes.PROBLEM_FOUND if problems else exit_codes.GOOD


def _lines(finding: Finding) -> str:
    line = f"{finding.level + ':':9}{printable(finding.text)}\n"
    return line if finding.remedy is None else f"{line}{'':9}{printable(finding.remedy)}\n"
