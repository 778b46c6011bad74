"""``secrets``: passwords, kept out of sight. Values are read from a prompt or standard input."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from iot_cli.context import Work, examples, pass_work
from iot_cli.errors import PartlyDoneError
from iot_cli.output import note, write, write_json
from iot_cli.text import counted, printable, table

__all__ = ["secrets_command"]


@click.group(
    "secrets",
    short_help="Keep passwords in the keyring or in a private file.",
    epilog=examples("iot secrets set webrepl_password", "iot secrets list"),
)
def secrets_command() -> None:
    """Keep passwords: in the system's keyring, else in a file that only you can read.

    Programs find them in variables as well: IOT_WEBREPL_PASSWORD comes before
    what is kept.
    """


@secrets_command.command("set", epilog=examples("iot secrets set pico/webrepl_password"))
@click.argument("name")
@pass_work
def set_command(work: Work, name: str) -> None:
    """Ask for a secret, or read it from standard input, and keep it.

    NAME is one like webrepl_password; BOARD/NAME is for one board only. The
    value is no argument: arguments are seen by all programs.
    """
    from iot_device import Secret, set_secret  # noqa: PLC0415  (start-up)

    place = set_secret(name, Secret(_value(name)))
    if work.options.json:
        write_json({"name": name, "place": place})
    else:
        work.tell(f"{name} is in the {place}")


@secrets_command.command("list", epilog=examples("iot secrets list"))
@pass_work
def list_command(work: Work) -> None:
    """List the names of secrets and where each comes from; values are never shown."""
    from iot_device import list_secrets  # noqa: PLC0415  (start-up)

    found = list_secrets()
    if work.options.json:
        write_json([{"name": name, "place": place} for name, place in found])
    else:
        write(table([(printable(name), place) for name, place in found]))


@secrets_command.command("remove", epilog=examples("iot secrets remove webrepl_password"))
@click.argument("name")
@pass_work
def remove_command(work: Work, name: str) -> None:
    """Forget a secret."""
    from iot_device import remove_secret  # noqa: PLC0415  (start-up)

    remove_secret(name)
    if work.options.json:
        write_json({"name": name})


@secrets_command.command(
    "migrate", epilog=examples("iot secrets migrate", "iot secrets migrate s.py")
)
@click.argument("file", required=False, type=click.Path(path_type=str))
@pass_work
def migrate_command(work: Work, file: str | None) -> None:
    """Keep what an old secrets.py says; FILE is $IOT_LIBS/secrets.py if left out.

    The file is parsed, never run, and stays as it is. Lines that give no
    secret are named; then the exit code is 8.
    """
    from pathlib import Path  # noqa: PLC0415  (start-up)

    from iot_device import migrate_secrets  # noqa: PLC0415

    done = migrate_secrets(None if file is None else Path(file))
    if work.options.json:
        kept = [{"name": name, "place": place} for name, place in done.kept]
        write_json({"kept": kept, "left_out": [asdict(line) for line in done.left_out]})
    else:
        write(table([(printable(name), place) for name, place in done.kept]))
        work.tell("boards that need the file itself still have it in their configurations")
    for line in done.left_out:
        name = f", {printable(line.name)}" if line.name else ""
        note(f"iot: left out: line {line.line}{name}: {line.reason}")
    if done.left_out:
        raise PartlyDoneError(
            f"{counted(len(done.left_out), 'line')} left out, {len(done.kept)} kept",
            hint="iot secrets set NAME keeps a secret of which you know the value",
        )


def _value(name: str) -> str:
    if sys.stdin.isatty():
        text: str = click.prompt(f"{name}", hide_input=True, err=True)
    else:
        text = sys.stdin.readline().rstrip("\r\n")
    if not text:
        raise click.UsageError("There is no value on standard input.")
    return text
