# ruff: noqa: PLW0603  (MicroPython's os: small functions, one current directory)
# ruff: noqa: PTH100, PTH102, PTH105, PTH106, PTH107, PTH109, PTH110, PTH112, PTH113, PTH116, PTH118, PTH123  (paths of any bytes)
"""The board's file system: its ``/`` is the flash folder, and no path leads out of it."""

import errno
import os
import shutil

_FOLDER = os.path.abspath(os.getcwd())  # the host starts the child in the flash folder
_DIRECTORY = 0x4000
_LINK = 0xA000
_SECTOR = 512  # what a board's file system keeps of a file, and loses with its power
_KIND = 0xF000
_cwd = "/"


def board_path(path):
    """Return the absolute path on the board, without ``.``, ``..`` and doubled slashes."""
    path = os.fsdecode(path)
    parts = []
    for part in (path if path.startswith("/") else _cwd + "/" + path).split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def host_path(path):
    """Return the path in the flash folder."""
    parts = board_path(path)[1:].split("/")
    # On Windows a part with a drive letter or a backslash would lead elsewhere.
    if any("\0" in part or (os.name == "nt" and set(part) & set('\\:<>"|?*')) for part in parts):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    return os.path.join(_FOLDER, *parts)


def open_file(path, mode="r", **_ignored):
    if isinstance(path, int):
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    if "b" in mode:
        return open(host_path(path), mode, buffering=_SECTOR)
    return open(host_path(path), mode, encoding="utf-8", errors="surrogateescape", newline="\n")


def is_folder(path):
    return os.path.isdir(host_path(path))


def is_file(path):
    return os.path.isfile(host_path(path))


def chdir(path):
    global _cwd
    if not is_folder(path):
        code = errno.ENOTDIR if os.path.exists(host_path(path)) else errno.ENOENT
        raise OSError(code, os.strerror(code))
    _cwd = board_path(path)


def getcwd():
    return _cwd


def ilistdir(path="."):
    as_bytes = isinstance(path, (bytes, bytearray))
    with os.scandir(host_path(path)) as entries:
        for entry in entries:
            name = os.fsencode(entry.name) if as_bytes else entry.name
            kind, size = _kind_and_size(entry)
            yield name, kind, 0, size


def _kind_and_size(entry):
    """Return what a listing tells; a link to a folder is none, it may lead round in a circle."""
    if entry.is_dir(follow_symlinks=False):
        return _DIRECTORY, 0
    if entry.is_symlink() and not entry.is_file():
        return _LINK, 0
    facts = entry.stat()
    return facts.st_mode & _KIND, facts.st_size


def listdir(path="."):
    return [entry[0] for entry in ilistdir(path)]


def mkdir(path):
    os.mkdir(host_path(path))


def remove(path):
    os.remove(host_path(path))


unlink = remove


def rename(old, new):
    os.replace(host_path(old), host_path(new))


def rmdir(path):
    if board_path(path) == "/":
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))
    os.rmdir(host_path(path))


def stat(path):
    facts = os.stat(host_path(path))
    kind = facts.st_mode & _KIND
    times = int(facts.st_atime), int(facts.st_mtime), int(facts.st_ctime)
    return kind, 0, 0, 0, 0, 0, 0 if kind == _DIRECTORY else facts.st_size, *times


def statvfs(path):
    usage = shutil.disk_usage(host_path(path))
    block = 4096
    free = usage.free // block
    return block, block, usage.total // block, free, free, 0, 0, 0, 0, 255


def sync():
    pass
