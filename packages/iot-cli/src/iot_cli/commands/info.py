"""``info``: what the board is."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json
from iot_cli.text import printable, table

if TYPE_CHECKING:
    from iot_device import BoardInfo

__all__ = ["info_command"]


@click.command(
    "info",
    short_help="Tell what the board is: firmware, memory, files.",
    epilog=examples("iot info", "iot -d sim:// --json info"),
)
@pass_work
def info_command(work: Work) -> None:
    """Tell what the board is: identity, firmware, memory, file system.

    What its firmware does not tell is left out (null with --json).
    """
    with work.open_device() as device:
        info, url = device.info, device.url
    if work.options.json:
        write_json({"url": url, **asdict(info)})
    else:
        write(table(_rows(info, url)))


def _rows(info: BoardInfo, url: str) -> list[tuple[str, str]]:
    firmware = f"{info.implementation} {info.version}".strip()
    rows = {
        "url": url,
        "uid": info.uid,
        "name": info.name,
        "firmware": firmware,
        "platform": info.platform,
        "machine": info.machine,
        "mpy version": info.mpy_version,
        "free memory": _size(info.free_memory),
        "file system": _size(info.file_system_size),
        "free space": _size(info.file_system_free),
        "epoch": info.epoch,
    }
    return [
        (name, printable(str(value))) for name, value in rows.items() if value not in (None, "")
    ]


def _size(count: int | None) -> str | None:
    return None if count is None else f"{count:,} bytes".replace(",", " ")
