"""``config``: the files that say which boards there are and what belongs on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json
from iot_cli.text import printable, table
from iot_device.errors import ConfigurationError
from iot_device.names import check_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device import Configurations, DeviceConfiguration, Model, RuleDifference

__all__ = ["config_command"]


@click.group(
    "config",
    short_help="Check, show and make configurations of boards.",
    epilog=examples("iot config check", "iot config show pico", "iot -d /dev/ttyACM0 config new b"),
)
def config_command() -> None:
    """Work with the files that say which boards there are and what belongs on them.

    They are in $IOT_DEVICES; see docs/reference/configuration.md.
    """


@config_command.command("check", epilog=examples("iot config check", "iot config check pico"))
@click.argument("names", metavar="[NAME]...", nargs=-1)
@pass_work
def check_command(work: Work, names: tuple[str, ...]) -> None:
    """Look for mistakes in all configurations, or in those of some boards.

    Also lists each file that the earlier system (0.5 and older) would have
    copied and this one does not, or the reverse. No board is needed.
    """
    from iot_device import load_configurations  # noqa: PLC0415  (start-up)

    configurations = load_configurations()
    problems = [] if names else list(configurations.problems)
    reports = []
    for name in names or configurations.names():
        report, problem = _report(configurations, name)
        reports.append(report)
        if problem is not None and problem.message not in {other.message for other in problems}:
            problems.append(problem)
    if work.options.json:
        write_json({"boards": reports, "problems": [_problem(problem) for problem in problems]})
    else:
        write("".join(f"{printable(line)}\n" for report in reports for line in _lines(report)))
        if not reports and not problems:
            place = printable(str(configurations.folder))
            work.tell(f"there is no configuration in {place}; 'iot config new NAME' writes one")
    _raise(configurations, problems, work)


@config_command.command("show", epilog=examples("iot config show pico"))
@click.argument("name")
@pass_work
def show_command(work: Work, name: str) -> None:
    """Show what the configuration of a board means, and which files it names.

    NAME may be a uid as well.
    """
    from iot_device import load_configurations, model_of  # noqa: PLC0415  (start-up)

    configuration = load_configurations().get(name)
    model = model_of(configuration)
    if work.options.json:
        write_json({**_settings(configuration), "files": list(_files(model))})
        return
    rows = [
        (key, ", ".join(value) if isinstance(value, list) else str(value))
        for key, value in _settings(configuration).items()
        if value not in (None, [])
    ]
    write(table([(key, printable(value)) for key, value in rows]))
    for file in _files(model):
        write(f"{file['size']:7}  {printable(file['path']):30}  {printable(file['file'])}\n")


@config_command.command("new", epilog=examples("iot config new pico", "iot -d COM3 config new b1"))
@click.argument("name")
@pass_work
def new_command(work: Work, name: str) -> None:
    """Write a configuration for the attached board, with its uid and comments.

    NAME is what the board shall be called.
    """
    from iot_device import new_configuration  # noqa: PLC0415  (start-up)

    check_name(name)  # before a program is stopped for it
    with work.open_device() as device:
        info, location = device.info, device.location
    file = new_configuration(name, info, location)
    if work.options.json:
        write_json({"file": str(file)})
    else:
        write(f"{file}\n")


def _report(
    configurations: Configurations, name: str
) -> tuple[dict[str, Any], ConfigurationError | None]:
    from iot_device import model_of, rule_differences  # noqa: PLC0415  (start-up)

    report: dict[str, Any] = {"name": name, "files": None, "skipped": None, "differences": []}
    try:
        configuration = configurations.get(name)
        model = model_of(configuration)
    except ConfigurationError as error:
        return report, error
    report["files"], report["skipped"] = len(model.files), len(model.skipped)
    found = rule_differences(configuration, model)
    report["differences"] = [_difference(difference) for difference in found]
    return report, None


def _difference(difference: RuleDifference) -> dict[str, Any]:
    return {
        "path": difference.path,
        "file": str(difference.file),
        "belongs_now": difference.belongs_now,
    }


def _lines(report: dict[str, Any]) -> Iterator[str]:
    name = report["name"]
    if report["files"] is not None:
        yield f"{name}: files: {report['files']}, left out: {report['skipped']}"
    for difference in report["differences"]:
        now, before = ("belongs", "did not") if difference["belongs_now"] else ("is no more", "was")
        yield f"{name}: {difference['path']} {now} on the board; by the earlier rules it {before}"


def _problem(problem: ConfigurationError) -> dict[str, Any]:
    return {"file": problem.file, "line": problem.line, "message": problem.message}


def _raise(configurations: Configurations, problems: list[ConfigurationError], work: Work) -> None:
    """Raise the only problem, or tell all of them and raise that there are some."""
    if not problems:
        return
    if len(problems) == 1:
        raise problems[0]
    for problem in problems:
        hint = f" ({problem.hint})" if problem.hint else ""
        work.tell(f"{printable(problem.message)}{printable(hint)}")
    raise ConfigurationError(f"there are {len(problems)} problems", file=configurations.folder)


def _settings(configuration: DeviceConfiguration) -> dict[str, Any]:
    place = configuration.identity.place
    return {
        "name": configuration.name,
        "uid": list(configuration.uids),
        "usb": configuration.usb,
        "configuration": f"{place.file}:{place.line}",
        "groups": list(configuration.groups),
        "time": configuration.time,
        "max-delete": configuration.max_delete,
        "exclude-patterns": list(configuration.exclude_patterns),
    }


def _files(model: Model) -> Iterator[dict[str, Any]]:
    for path, file in model.files.items():
        yield {"path": path, "file": str(file), "size": Path(file).stat().st_size}
