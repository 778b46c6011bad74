"""``ls``, ``rlist`` and ``tree``: what there is on the board."""

from __future__ import annotations

import posixpath
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from iot_cli.batch import Batch
from iot_cli.board_paths import board_path, is_root
from iot_cli.completion.values import complete_board_path
from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json
from iot_cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iot_device import Entry, FileSystem

__all__ = ["ls_command", "rlist_command", "tree_command"]

_long_option = click.option("-l", "long", is_flag=True, help="Also show sizes, in bytes.")

# What stands before a name and before all that is below it: in the middle, and at the end.
_LINES: Final = (("├── ", "│   "), ("└── ", "    "))
_ASCII_LINES: Final = (("|-- ", "|   "), ("`-- ", "    "))


@click.command(
    "ls",
    short_help="List the board's files.",
    epilog=examples("iot ls", "iot ls -l /lib", "iot --json ls -R /"),
)
@_long_option
@click.option("-R", "--recursive", is_flag=True, help="Also list what is in folders.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=complete_board_path)
@pass_work
def ls_command(work: Work, paths: Sequence[str], *, long: bool, recursive: bool) -> None:
    """List files and folders of the board; a folder's name ends with /.

    Control characters in names are shown escaped; --json gives the names as
    they are.
    """
    _list(work, paths, long=long, recursive=recursive)


@click.command(
    "rlist",
    short_help="The same as ls -R.",
    epilog=examples("iot rlist", "iot rlist -l /lib"),
)
@_long_option
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=complete_board_path)
@pass_work
def rlist_command(work: Work, paths: Sequence[str], *, long: bool) -> None:
    """List files and folders of the board, with what is in the folders.

    The same as ls -R, by the name that it has in notebooks.
    """
    _list(work, paths, long=long, recursive=True)


def _list(work: Work, paths: Sequence[str], *, long: bool, recursive: bool) -> None:
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
        size = f"{'' if entry.type == 'dir' else entry.size:>{width}}  " if long else ""
        lines.append(f"{size}{_shown_name(entry)}")
    return "".join(f"{line}\n" for line in lines)


def _shown_name(entry: Entry) -> str:
    return printable(entry.name) + ("/" if entry.type == "dir" else "")


@click.command(
    "tree",
    short_help="Draw the board's folders and files as a tree.",
    epilog=examples("iot tree", "iot tree -l /lib", "iot --json tree"),
)
@_long_option
@click.argument("path", default=":", shell_complete=complete_board_path)
@pass_work
def tree_command(work: Work, path: str, *, long: bool) -> None:
    """Draw the folder PATH of the board and all that is in it as a tree.

    Without PATH it is the current folder, which mostly is the root.
    """
    path = board_path(path)
    with work.open_device() as device:
        work.waits_for(f"listing :{path}")
        entries = device.files.list_tree(path)
    if work.options.json:
        write_json([_document(entry) for entry in entries])
    else:
        write(f"{printable(path) or '.'}\n{_drawing(entries, long=long)}")


def _drawing(entries: list[Entry], *, long: bool) -> str:
    """Return the lines of the tree; the first entry stands directly below its top."""
    if not entries:
        return ""
    below: dict[str, list[Entry]] = {}
    for entry in entries:
        below.setdefault(posixpath.dirname(entry.path), []).append(entry)
    top = posixpath.dirname(entries[0].path)
    return "".join(f"{line}\n" for line in _branches(below, top, _line_style(), long=long))


def _branches(
    below: dict[str, list[Entry]], folder: str, style: Sequence[Sequence[str]], *, long: bool
) -> Iterator[str]:
    entries = below.get(folder, [])
    for number, entry in enumerate(entries, 1):
        before_name, before_rest = style[number == len(entries)]
        size = f"  {entry.size}" if long and entry.type == "file" else ""
        yield f"{before_name}{_shown_name(entry)}{size}"
        for line in _branches(below, entry.path, style, long=long):
            yield before_rest + line


def _line_style() -> Sequence[Sequence[str]]:
    """Return lines that standard output can show."""
    try:
        str(_LINES).encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return _ASCII_LINES
    return _LINES
