"""Files: on the board, and the folder of this computer in which cells work."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from iot_device import UnsupportedError, printable
from iot_kernel.errors import UsageError
from iot_kernel.magics.declare import Call, cell_magic, line_magic, option

if TYPE_CHECKING:
    from iot_device import Entry

__all__ = ["cat", "cd", "df", "ls", "mkdirs", "rlist", "rm", "writefile"]


def board_path(text: str) -> str:
    """Return a path on the board as people write it, with or without a colon before it."""
    return text.removeprefix(":")


def host_path(text: str) -> Path:
    """Return a path of this computer; ``~`` and ``$NAME`` are expanded."""
    return Path(os.path.expandvars(text)).expanduser()


@line_magic(
    "cat",
    "Output contents of file stored on microcontroller",
    option("path", completes="board path", help="the file"),
    examples=("%cat main.py", "%cat :/lib/config.json"),
)
def cat(call: Call) -> None:
    """Show it."""
    data = call.device.files.read(board_path(call.options.path))
    text = data.decode(errors="backslashreplace").replace("\r\n", "\n")
    call.write(printable(text, keep="\n\t"), end="" if text.endswith("\n") else "\n")


@line_magic(
    "ls",
    "List a folder of the microcontroller, with sizes",
    option(
        "path",
        nargs="?",
        default="",
        completes="board path",
        help="the folder; none: the current one",
    ),
    examples=("%ls", "%ls /lib"),
)
def ls(call: Call) -> None:
    """Show what is in a folder."""
    files = call.device.files
    path = board_path(call.options.path)
    entries = files.listdir(path)
    call.write(f"{printable(call.device.url)} :{printable(path or _folder(call))}", style="device")
    for entry in sorted(entries, key=lambda entry: entry.name):
        call.write(_line(entry))


def _folder(call: Call) -> str:
    """Return the current folder of the board; the root where the firmware has no folders."""
    try:
        return call.device.files.getcwd()
    except UnsupportedError:
        return "/"


def _line(entry: Entry, depth: int = 0, when: str = "") -> str:
    size = "" if entry.type == "dir" else str(entry.size)
    return f"{size:>7}  {when:18} {'    ' * depth}{_name(entry)}".rstrip()


def _name(entry: Entry) -> str:
    return f"{printable(entry.name)}{'/' if entry.type == 'dir' else ''}"


@line_magic(
    "rlist",
    "List files on microcontroller",
    option(
        "path", nargs="?", default="", completes="board path", help="the folder; none: all files"
    ),
    details="Files and folders whose names begin with a period are left out.",
)
def rlist(call: Call) -> None:
    """Show the tree, with sizes and times."""
    path = board_path(call.options.path)
    for folder, depth, entry in _tree(call, path, 0):
        del folder
        is_folder = entry.type == "dir"
        when = "" if is_folder else _time(call, entry)
        call.write(_line(entry, depth, when), style="green" if is_folder else "blue")


def _tree(call: Call, folder: str, depth: int) -> list[tuple[str, int, Entry]]:
    rows: list[tuple[str, int, Entry]] = []
    for entry in sorted(call.device.files.listdir(folder), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        rows.append((folder, depth, entry))
        if entry.type == "dir":
            rows += _tree(call, entry.path, depth + 1)
    return rows


def _time(call: Call, entry: Entry) -> str:
    mtime = call.device.files.stat(entry.path).mtime
    return (
        f"{datetime.fromtimestamp(mtime).astimezone():%b %d %H:%M %Y}" if mtime is not None else ""
    )


@line_magic(
    "rm",
    "Remove files on microcontroller",
    option("-r", "--recursive", action="store_true", help="also remove what is in folders"),
    option("-f", "--force", action="store_true", help="remove the folders, too"),
    option("paths", nargs="+", completes="board path", help="files, or folders with -r or -f"),
    examples=("%rm main.py", "%rm -rf /lib", "%rm -rf /   # wipe everything, really!"),
)
def rm(call: Call) -> None:
    """Remove them; what is not there is fine."""
    files = call.device.files
    for path in map(board_path, call.options.paths):
        if files.exists(path) and files.is_dir(path):
            _remove_folder(call, path)
        elif files.exists(path):
            files.remove(path)


def _remove_folder(call: Call, path: str) -> None:
    files, options = call.device.files, call.options
    if options.recursive and options.force:
        try:
            files.rmtree(path)
        except UnsupportedError:  # firmware without folders: there are only files
            _remove_files(call, path)
    elif options.recursive:
        _remove_files(call, path)
    elif options.force:
        files.rmdir(path)
    else:
        raise UsageError(f"{path} is a folder", ("-f removes an empty one, -rf all of it",))


def _remove_files(call: Call, path: str) -> None:
    files = call.device.files
    for entry in files.list_tree(path):
        if entry.type == "file":
            files.remove(entry.path)


@line_magic(
    "mkdirs",
    "Create all directories on the microcontroller, as needed (similar to Linux mkdir -p)",
    option("path", completes="board path", help="the folder"),
    examples=("%mkdirs /lib/drivers",),
)
def mkdirs(call: Call) -> None:
    """Make it and those above it."""
    call.device.files.mkdir(board_path(call.options.path), parents=True, exist_ok=True)


@line_magic("df", "Show how much room the file systems of the microcontroller have")
def df(call: Call) -> None:
    """Show total, used and free bytes of each mount."""
    files = call.device.files
    spaces = [(mount, files.statvfs(mount)) for mount in files.mounts()]
    call.write(f"{'TOTAL':>10} {'USED':>10} {'FREE':>10}  PATH")
    for mount, space in spaces:
        used = space.total - space.free
        call.write(f"{space.total:>10} {used:>10} {space.free:>10}  {printable(mount)}")


@line_magic(
    "cd",
    "Change current working directory on host; with a colon, that of the microcontroller",
    option("path", nargs="?", default="~", completes="any path", help="the folder (~)"),
    details="~ and shell variables (e.g. $IOT_PROJECTS) are expanded in paths of the host.",
    examples=("%cd ~/projects", "%cd $IOT_PROJECTS", "%cd :/lib"),
)
def cd(call: Call) -> None:
    """Go there."""
    text = call.options.path
    if text.startswith(":"):
        call.device.files.chdir(board_path(text))
        call.write(f"cwd = :{printable(call.device.files.getcwd())}")
        return
    os.chdir(host_path(text))
    call.write(f"cwd = {Path.cwd()}")


@cell_magic(
    "writefile",
    "Write cell contents to file",
    option("-a", "--append", action="store_true", help="append to file; default is overwrite"),
    option(
        "-b",
        "--board",
        action="store_true",
        help="write on the board, as a colon before the path does",
    ),
    option("path", completes="any path", help="the file"),
    details="~ and shell variables are expanded in paths of the host.",
    examples=("%%writefile $IOT_PROJECTS/config.yaml", "%%writefile -b main.py"),
)
def writefile(call: Call) -> None:
    """Write it."""
    text, path = call.body, call.options.path
    if text and not text.endswith("\n"):
        text += "\n"
    if call.options.board or path.startswith(":"):
        files = call.device.files
        write = files.append if call.options.append else files.write
        write(board_path(path), text)
        call.write(f"Writing :{board_path(path)}")
        return
    place = host_path(path)
    with place.open("a" if call.options.append else "w", encoding="utf-8") as file:
        file.write(text)
    call.write(f"Writing {place}")
