"""``ls``, ``cat``, ``rm`` and ``mkdir``: the board's files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from iot_cli.batch import Batch
from iot_cli.board_paths import board_path, is_root
from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json
from iot_cli.text import printable
from iot_device import UnsafeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iot_device import Entry, FileSystem

__all__ = ["cat_command", "ls_command", "mkdir_command", "rm_command"]


@click.command(
    "ls",
    short_help="List the board's files.",
    epilog=examples("iot ls", "iot ls -l /lib", "iot --json ls -R /"),
)
@click.option("-l", "long", is_flag=True, help="Also show sizes, in bytes.")
@click.option("-R", "--recursive", is_flag=True, help="Also list what is in folders.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@pass_work
def ls_command(work: Work, paths: Sequence[str], *, long: bool, recursive: bool) -> None:
    """List files and folders of the board; a folder's name ends with /.

    Control characters in names are shown escaped; --json gives the names as
    they are.
    """
    batch = Batch(work)
    shown: list[Entry] = []
    with work.open_device() as device:
        for path in paths or (":",):
            with batch.item(path, "listing"):
                for folder, entries in _listings(device.files, path, recursive=recursive):
                    heading = folder if recursive or len(paths) > 1 else None
                    if not work.options.json:
                        write("\n" if heading is not None and shown else "")
                        write(_text(heading, entries, long=long))
                    shown += entries
                batch.add(f"listed {path}")
    if work.options.json:
        write_json([_document(entry) for entry in shown])
    batch.finish()


def _listings(
    files: FileSystem, path: str, *, recursive: bool
) -> Iterator[tuple[str | None, list[Entry]]]:
    """Yield folders and their entries; a file has no folder."""
    path = board_path(path)
    if not is_root(path) and not files.is_dir(path):
        yield None, [_entry(files, path)]
    elif recursive:
        for folder, folders, plain in files.walk(path):
            yield folder or ".", sorted([*folders, *plain], key=lambda entry: entry.name)
    else:
        yield path or ".", files.listdir(path)


def _entry(files: FileSystem, path: str) -> Entry:
    from iot_device import Entry  # noqa: PLC0415  (start-up)

    status = files.stat(path)
    return Entry(name=path, path=path, type=status.type, size=status.size)


def _document(entry: Entry) -> dict[str, Any]:
    return {"path": entry.path, "type": entry.type, "size": entry.size}


def _text(heading: str | None, entries: list[Entry], *, long: bool) -> str:
    lines = [f"{printable(heading)}:"] if heading is not None else []
    width = max((len(str(entry.size)) for entry in entries), default=0)
    for entry in entries:
        is_folder = entry.type == "dir"
        size = f"{'' if is_folder else entry.size:>{width}}  " if long else ""
        lines.append(f"{size}{printable(entry.name)}{'/' if is_folder else ''}")
    return "".join(f"{line}\n" for line in lines)


@click.command(
    "cat",
    short_help="Write files of the board to standard output.",
    epilog=examples("iot cat main.py", "iot cat data.bin > copy.bin"),
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@pass_work
def cat_command(work: Work, paths: Sequence[str]) -> None:
    """Write files of the board to standard output, byte for byte."""
    batch = Batch(work)
    with work.open_device() as device:
        for path in map(board_path, paths):
            with batch.item(f":{path}", "reading"):
                data = device.files.read(path)
                batch.add(f"read :{path}, {len(data)} bytes")
                write(data)
    batch.finish()


@click.command(
    "rm",
    short_help="Remove files and folders of the board.",
    epilog=examples("iot rm old.py data.txt", "iot rm -r /lib/package", "iot rm -f maybe.txt"),
)
@click.option("-r", "--recursive", is_flag=True, help="Also remove folders with all in them.")
@click.option("-f", "--force", is_flag=True, help="What is not there is no error.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
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


@click.command(
    "mkdir",
    short_help="Make folders on the board.",
    epilog=examples("iot mkdir data", "iot mkdir -p /lib/package/part"),
)
@click.option("-p", "--parents", is_flag=True, help="Also make those above; may be there.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@pass_work
def mkdir_command(work: Work, paths: Sequence[str], *, parents: bool) -> None:
    """Make folders on the board."""
    batch = Batch(work, "made")
    with work.open_device() as device:
        for path in map(board_path, paths):
            with batch.item(f":{path}", "making"):
                device.files.mkdir(path, parents=parents, exist_ok=parents)
                batch.add(f"made :{path}", path=path)
    batch.finish()
