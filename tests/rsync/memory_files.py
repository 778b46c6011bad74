"""A board's file system in memory: as strict as a real one about order, and quick.

``tests/boards/test_rsync.py`` runs the same property on real MicroPython.
"""

from __future__ import annotations

import hashlib
import posixpath
from typing import TYPE_CHECKING

from iot_device.errors import UnsupportedError
from iot_device.filesystem import Entry, VfsSpace, WriteResult
from iot_device.filesystem.board_errors import named_error

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import BinaryIO

BLOCK = 512


class MemoryFiles:
    """Files by path; folders are paths with ``None``.

    Args:
        content: What is there.
        folds: Whether names that differ in case only are the same, as on FAT.
        size: Bytes of the flash; ``None``: it tells no figures.
    """

    def __init__(
        self, content: dict[str, bytes | None], *, folds: bool = False, size: int | None = None
    ) -> None:
        self.content: dict[str, bytes | None] = {}
        self.fails_at: str | None = None
        self.log: list[tuple[str, str]] = []
        self._folds = folds
        self._size = size
        for path, data in content.items():
            self.put(path, data)

    def put(self, path: str, data: bytes | None) -> None:
        """Place a file or folder, with the folders above it."""
        above = posixpath.dirname(path)
        if above != "/" and self._find(above) is None:
            self.put(above, None)
        self.content[self._place(path)] = data

    @property
    def files(self) -> dict[str, bytes]:
        return {path: data for path, data in self.content.items() if data is not None}

    def list_tree(
        self, path: str, *, digests: bool, sizes: Collection[int] | None = None
    ) -> list[Entry]:
        assert digests
        if path != "/" and self._find(path) is None:
            raise named_error("ENOENT", path)
        return [
            _entry(name, data, sizes)
            for name, data in sorted(self.content.items())
            if name.startswith(f"{path.rstrip('/')}/")
        ]

    def mounts(self) -> list[str]:
        return ["/"]

    def exists(self, path: str) -> bool:
        return self._find(path) is not None

    def absolute(self, path: str) -> str:
        assert path.startswith("/")
        return path

    def listdir(self, path: str) -> list[Entry]:
        if self._find(path) is None and path != "/":
            raise named_error("ENOENT", path)
        below = (name for name in self.content if posixpath.dirname(name) == path)
        return [_entry(name, self.content[name], ()) for name in sorted(below)]

    def touch(self, path: str) -> None:
        self.content.setdefault(self._place(path), b"")

    def remove(self, path: str) -> None:
        del self.content[self._place(path)]

    def statvfs(self, path: str) -> VfsSpace:
        assert path == "/"
        if self._size is None:
            raise UnsupportedError("no statvfs", feature="os.statvfs")
        used = sum(-(-len(data) // BLOCK) * BLOCK for data in self.files.values())
        return VfsSpace(self._size, self._size - used, BLOCK)

    def make_folders(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._require_folder(path)
            found = self._find(path)
            if found is not None and self.content[found] is not None:
                raise named_error("EEXIST", path)
            self.content.setdefault(self._place(path), None)

    def write_many(
        self,
        files: Iterable[tuple[str, bytes]],
        *,
        on_result: Callable[[WriteResult], object],
        on_progress: object = None,
        in_place: bool = False,
    ) -> list[WriteResult]:
        assert on_progress is None
        results = []
        for path, data in files:
            self._require_folder(path)
            if path == self.fails_at:
                raise named_error("EIO", path)
            found = self._place(path)
            if found in self.content and self.content[found] is None:
                raise named_error("EISDIR", path)
            self.content[found] = data
            self.log.append(("write in place" if in_place else "write", path))
            results.append(WriteResult(path, len(data), "sha256", atomic=True))
            on_result(results[-1])
        return results

    def download(self, path: str, file: BinaryIO, *, on_progress: object = None) -> None:
        assert on_progress is None
        found = self.content[path]
        assert found is not None
        file.write(found)

    def write_changes(self, _path: str, _data: bytes, _old: bytes | int) -> None:
        """Change nothing, as boards do that cannot."""

    def remove_many(self, paths: Iterable[str]) -> None:
        for path in paths:
            found = self._find(path)
            if found is None:
                raise named_error("ENOENT", path)
            if self.content[found] is None and self._below(found):
                raise named_error("ENOTEMPTY", path)
            del self.content[found]
            self.log.append(("remove", path))

    def rmdir(self, path: str) -> None:
        self.remove_many([path])

    def rename(self, old: str, new: str) -> None:
        found = self._find(old)
        if found is None:
            raise named_error("ENOENT", old)
        self._require_folder(new)
        for path in [found, *self._below(found)]:
            self.content[self._place(new) + path.removeprefix(found)] = self.content.pop(path)

    def _find(self, path: str) -> str | None:
        """Return the name under which a path stands."""
        if not self._folds:
            return path if path in self.content else None
        return next((p for p in self.content if p.casefold() == path.casefold()), None)

    def _place(self, path: str) -> str:
        """Return the name under which a path stands, or would."""
        above = posixpath.dirname(path)
        folder = "" if above == "/" else self._find(above) or above
        return self._find(path) or f"{folder}/{posixpath.basename(path)}"

    def _below(self, path: str) -> list[str]:
        return [name for name in self.content if name.startswith(f"{path}/")]

    def _require_folder(self, path: str) -> None:
        above = posixpath.dirname(path)
        if above == "/":
            return
        found = self._find(above)
        if found is None:
            raise named_error("ENOENT", path)
        if self.content[found] is not None:
            raise named_error("ENOTDIR", path)


def _entry(path: str, data: bytes | None, sizes: Collection[int] | None) -> Entry:
    name = posixpath.basename(path)
    if data is None:
        return Entry(name, path, "dir", 0)
    hashed = sizes is None or len(data) in sizes
    digest = hashlib.sha256(data).hexdigest() if hashed else None
    return Entry(name, path, "file", len(data), digest)
