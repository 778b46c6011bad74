"""``df``: room on the board's file systems."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from iot_cli.batch import Batch
from iot_cli.board_paths import board_path
from iot_cli.completion.values import complete_board_path
from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json
from iot_cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_device import FileSystem, VfsSpace

__all__ = ["df_command"]


@dataclass(frozen=True)
class _Room:
    path: str
    space: VfsSpace

    @property
    def used(self) -> int:
        return self.space.total - self.space.free

    def document(self) -> dict[str, object]:
        return {
            "path": self.path,
            "total": self.space.total,
            "used": self.used,
            "free": self.space.free,
        }

    def cells(self) -> tuple[str, ...]:
        percent = f"{100 * self.used / self.space.total:.0f} %" if self.space.total else "-"
        sizes = map(str, (self.space.total, self.used, self.space.free))
        return (*sizes, percent, printable(self.path))


@click.command(
    "df",
    short_help="Show how much room the board's file systems have.",
    epilog=examples("iot df", "iot df /sd", "iot --json df"),
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=complete_board_path)
@pass_work
def df_command(work: Work, paths: Sequence[str]) -> None:
    """Show how much room there is, in bytes, and how much of it is used.

    Without PATH, all file systems that are mounted on the board; else those
    on which the PATHs are.
    """
    batch = Batch(work)
    rooms: list[_Room] = []
    with work.open_device() as device:
        for path in [board_path(path) for path in paths] or device.files.mounts():
            with batch.item(f":{path}", "asking for the room of"):
                room = _room(device.files, path, named=bool(paths))
                rooms += [room] if room else []
                batch.add(f"asked for :{path}")
    if work.options.json:
        write_json([room.document() for room in rooms])
    elif rooms:
        write(_table([("TOTAL", "USED", "FREE", "USE", "PATH"), *(r.cells() for r in rooms)]))
    batch.finish()


def _room(files: FileSystem, path: str, *, named: bool) -> _Room | None:
    """Return the room; nothing for a root that is only the place of mount points."""
    try:
        return _Room(path or ".", files.statvfs(path or "."))
    except OSError as error:
        # mp_vfs_proxy_call in extmod/vfs.c: with all file systems mounted below it, / has none.
        if path == "/" and not named and error.errno in (errno.EPERM, errno.ENODEV):
            return None
        raise


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(f"{cell:>{width}}" for cell, width in zip(row[:-1], widths, strict=False))
        + f"  {row[-1]}"
        for row in rows
    ]
    return "".join(f"{line}\n" for line in lines)
