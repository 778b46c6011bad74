"""``secrets``: passwords, kept out of sight. Values are read from a prompt or standard input."""

from __future__ import annotations

import sys

import click

from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json
from iot_cli.text import printable, table

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

    The file is parsed, never run, and stays as it is.
    """
    from pathlib import Path  # noqa: PLC0415  (start-up)

    from iot_device import migrate_secrets  # noqa: PLC0415

    found = migrate_secrets(None if file is None else Path(file))
    if work.options.json:
        write_json([{"name": name, "place": place} for name, place in found])
    else:
        write(table([(printable(name), place) for name, place in found]))
        work.tell("boards that need the file itself still have it in their configurations")


def _value(name: str) -> str:
    if sys.stdin.isatty():
        text: str = click.prompt(f"{name}", hide_input=True, err=True)
    else:
        text = sys.stdin.readline().rstrip("\r\n")
    if not text:
        raise click.UsageError("There is no value on standard input.")
    return text
