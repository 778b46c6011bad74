"""``cat``, ``sha256sum``, ``touch`` and ``rm``: files of the board, one by one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from iot_cli.batch import Batch
from iot_cli.board_paths import board_path, is_root
from iot_cli.completion.values import complete_board_path
from iot_cli.context import Work, examples, pass_work
from iot_cli.line_output import LineOutput
from iot_cli.output import write
from iot_cli.text import counted, printable
from iot_device import UnsafeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_device import FileSystem

__all__ = ["cat_command", "rm_command", "sha256sum_command", "touch_command"]


@click.command(
    "cat",
    short_help="Write files of the board to standard output.",
    epilog=examples("iot cat main.py", "iot cat data.bin > copy.bin"),
)
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", shell_complete=complete_board_path
)
@pass_work
def cat_command(work: Work, paths: Sequence[str]) -> None:
    """Write files of the board to standard output, byte for byte.

    On a terminal control characters are shown escaped.
    """
    batch = Batch(work)
    with work.open_device() as device:
        for path in map(board_path, paths):
            with batch.item(f":{path}", "reading"):
                data = device.files.read(path)
                _show(data)
                batch.add(f"read :{path}, {counted(len(data), 'byte')}")
    batch.finish()


def _show(data: bytes) -> None:
    if not sys.stdout.isatty():
        write(data)
        return
    with LineOutput(write, timestamps=False, escape=True) as output:
        output.add(data)


@click.command(
    "sha256sum",
    short_help="Print the SHA-256 digests of the board's files.",
    epilog=examples("iot sha256sum main.py", "iot sha256sum boot.py main.py | sha256sum -c"),
)
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", shell_complete=complete_board_path
)
@pass_work
def sha256sum_command(work: Work, paths: Sequence[str]) -> None:
    """Print the SHA-256 digests of files of the board, as sha256sum does.

    The board computes them; where its firmware cannot, this computer does.
    """
    batch = Batch(work, "digests")
    with work.open_device() as device:
        for path in map(board_path, paths):
            with batch.item(f":{path}", "reading"):
                digest = device.files.digest(path)
                if not work.options.json:
                    write(f"{digest}  {printable(path)}\n")
                batch.add(f"read :{path}", path=path, sha256=digest)
    batch.finish()


@click.command(
    "touch",
    short_help="Make empty files on the board, where there are none.",
    epilog=examples("iot touch flag.txt", "iot touch /lib/package/__init__.py"),
)
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", shell_complete=complete_board_path
)
@pass_work
def touch_command(work: Work, paths: Sequence[str]) -> None:
    """Make empty files on the board; a file that is there keeps its contents.

    The time of its last change stays too: most firmware cannot set it.
    """
    batch = Batch(work, "touched")
    with work.open_device() as device:
        for path in map(board_path, paths):
            with batch.item(f":{path}", "touching"):
                device.files.touch(path)
                batch.add(f"touched :{path}", path=path)
    batch.finish()


@click.command(
    "rm",
    short_help="Remove files and folders of the board.",
    epilog=examples("iot rm old.py data.txt", "iot rm -r /lib/package", "iot rm -f maybe.txt"),
)
@click.option("-r", "--recursive", is_flag=True, help="Also remove folders with all in them.")
@click.option("-f", "--force", is_flag=True, help="What is not there is no error.")
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", shell_complete=complete_board_path
)
@pass_work
def rm_command(work: Work, paths: Sequence[str], *, recursive: bool, force: bool) -> None:
    """Remove files of the board, with -r also folders.

    The root itself is refused: name what is to go.
    """
    batch, wanted = Batch(work, "removed"), [board_path(path) for path in paths]
    if any(is_root(path) for path in wanted):
        raise UnsafeError(
            "this would remove all files of the board",
            hint="name the files and folders that are to go",
        )
    with work.open_device() as device:
        for path in wanted:
            with batch.item(f":{path}", "removing"):
                _remove(device.files, path, recursive=recursive, force=force)
                batch.add(f"removed :{path}", path=path)
    batch.finish()


def _remove(files: FileSystem, path: str, *, recursive: bool, force: bool) -> None:
    try:
        if recursive and files.is_dir(path):
            files.rmtree(path)
        else:
            files.remove(path)
    except FileNotFoundError:
        if not force:
            raise
