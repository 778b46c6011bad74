# ruff: noqa: RUF005  (the methods of a MicroPython VFS)
"""The board's root: a VFS over the flash folder, which no path leaves."""

import vfs


def normalize(cwd, path):
    """Return the absolute path without ``.``, ``..`` and doubled slashes.

    All in bytes: MicroPython refuses to join text that is not UTF-8, and names may be any bytes.
    """
    path = path.encode() if isinstance(path, str) else bytes(path)
    parts = []
    for part in (path if path.startswith(b"/") else cwd + b"/" + path).split(b"/"):
        if part == b"..":
            if parts:
                parts.pop()
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/" + b"/".join(parts)


def _text(name):
    """Return a name as text; one that is not UTF-8 stays bytes, which all of ``os`` takes."""
    try:
        return name.decode()
    except UnicodeError:
        return name


class Flash:
    """Passes everything on to ``VfsPosix``, with paths relative to the process's own directory.

    That is the flash folder and never changes. (With a root of its own, ``VfsPosix.rename`` of
    1.25 makes both paths in one buffer, and renames a file to itself: ``vfs_posix.c``.)
    """

    def __init__(self):
        self._files = vfs.VfsPosix()
        self._cwd = b"/"

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def _path(self, path):
        return normalize(self._cwd, path)[1:] or b"."

    def open(self, path, mode):
        return self._files.open(self._path(path), mode)

    def chdir(self, path):
        if not self._files.stat(self._path(path))[0] & 0x4000:
            raise OSError(20)  # ENOTDIR
        self._cwd = normalize(self._cwd, path)

    def getcwd(self):
        return self._cwd.decode()

    def ilistdir(self, path):
        convert = _text if isinstance(path, str) else bytes
        for entry in self._files.ilistdir(self._path(path)):
            yield (convert(entry[0]),) + entry[1:]

    def mkdir(self, path):
        self._files.mkdir(self._path(path))

    def remove(self, path):
        self._files.remove(self._path(path))

    def rename(self, old, new):
        self._files.rename(self._path(old), self._path(new))

    def rmdir(self, path):
        self._files.rmdir(self._path(path))

    def stat(self, path):
        return self._files.stat(self._path(path))

    def statvfs(self, path):
        return self._files.statvfs(self._path(path))


def mount():
    vfs.umount("/")
    vfs.mount(Flash(), "/")
