"""``name``, ``uid``, ``url`` and ``platform``: one fact about the board, on a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json
from iot_cli.text import printable
from iot_device.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device import Device

__all__ = ["name_command", "platform_command", "uid_command", "url_command"]


@click.command(
    "name", short_help="Print the board's name.", epilog=examples("iot name", "iot -d all name")
)
@pass_work
def name_command(work: Work) -> None:
    """Print the name that a configuration gives the board; else its uid."""
    _print(work, "name", lambda device: device.info.name or _uid(device))


@click.command(
    "uid", short_help="Print the board's unique id.", epilog=examples("iot uid", "iot -d pico uid")
)
@pass_work
def uid_command(work: Work) -> None:
    """Print the unique id of the board's chip, as hexadecimal digits."""
    _print(work, "uid", _uid)


@click.command("url", short_help="Print the board's URL.", epilog=examples("iot -d pico url"))
@pass_work
def url_command(work: Work) -> None:
    """Print the URL of the board that is meant, with which it can be opened."""
    _print(work, "url", lambda device: device.url)


@click.command(
    "platform", short_help="Print the board's sys.platform.", epilog=examples("iot platform")
)
@pass_work
def platform_command(work: Work) -> None:
    """Print the board's sys.platform: rp2, esp32, ..."""
    _print(work, "platform", lambda device: device.info.platform)


def _print(work: Work, key: str, fact: Callable[[Device], str]) -> None:
    with work.open_device() as device:
        text = fact(device)
    if work.options.json:
        write_json({key: text})
    else:
        write(f"{printable(text)}\n")


def _uid(device: Device) -> str:
    uid = device.info.uid
    if uid is None:
        raise UnsupportedError(
            "this board has no unique id",
            feature="machine.unique_id",
            hint="in a configuration, usb: LOCATION gives it a name",
        )
    return uid
