"""What there is on a board, and where: nothing here changes it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar

from iot_device.filesystem.batches import digests_of, stats_of
from iot_device.filesystem.calls import BoardCalls
from iot_device.filesystem.entries import Entry, FileStat, VfsSpace, space_from
from iot_device.filesystem.folders import absolute_path
from iot_device.filesystem.leftovers import leftovers_among
from iot_device.filesystem.listing import hashed_sizes, list_entries, mount_points, mounts_and_room
from iot_device.filesystem.paths import BoardPath, checked
from iot_device.filesystem.reading import digest_of, stat_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from iot_device.filesystem.leftovers import Leftover
    from iot_device.session import Session

__all__ = ["FileTree", "whole"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T", bound="FileTree")

MAX_DEPTH: Final = 32  # folders in folders; a link or a defect can make a tree without end


def whole(method: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
    """Make a method that needs several calls one piece of work: nobody comes in between."""

    @wraps(method)
    def call(self: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._session.turns:
            return method(self, *args, **kwargs)

    return call


class FileTree:
    """The files and folders of a board, to be looked at; see ``FileSystem``.

    Args:
        session: The session with the board.

    Attributes:
        on_leftover: Called with what an interrupted write left, and what became of it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._calls = BoardCalls(session)
        self._seen: set[str] = set()
        self.on_leftover: Callable[[Leftover], object] = lambda _: None

    def listdir(self, path: BoardPath = "") -> list[Entry]:
        """Return the entries of a folder, sorted by name.

        Raises:
            FileNotFoundError: There is no such folder.
            NotADirectoryError: It is a file.
        """
        return self._noticed(list_entries(self._calls, self._path(path, empty=True)))

    @whole
    def list_tree(
        self,
        path: BoardPath = "",
        *,
        digests: bool = False,
        sizes: Collection[int] | None = None,
        skip: Iterable[BoardPath] = (),
    ) -> list[Entry]:
        """Return all entries below a folder, sorted by path, in one call.

        Deeper than 32 folders, folders are listed but not their contents.

        Args:
            path: The folder.
            digests: Whether the board computes SHA-256 digests of the files, as far as it can.
            sizes: Compute them only of files of these sizes (bytes): what is compared with files
                of the host need not be read where sizes already differ. Then the board tells the
                first 16 bytes of each digest (``is_same_digest``). ``None``: of all.
            skip: Folders that are not entered; they begin as ``path`` does.

        Raises:
            FileNotFoundError: There is no such folder.
            NotADirectoryError: It is a file.
        """
        hashed = digests and hashed_sizes(self._calls, sizes)
        place, left_out = self._path(path, empty=True), tuple(self._paths(skip))
        entries = list_entries(self._calls, place, MAX_DEPTH, hashed=hashed, skip=left_out)
        return self._noticed(entries)

    def walk(self, path: BoardPath = "") -> Iterator[tuple[str, list[Entry], list[Entry]]]:
        """Yield path, folders and files of each folder, from the top, as ``os.walk`` does.

        What the caller removes from the list of folders is not visited; nor is what lies deeper
        than 32 folders.

        Raises:
            FileNotFoundError: There is no such folder.
            NotADirectoryError: It is a file.
        """
        todo = [(self._path(path, empty=True), 0)]
        while todo:
            place, depth = todo.pop()
            entries = self._noticed(list_entries(self._calls, place))
            folders = [entry for entry in entries if entry.type == "dir"]
            yield place, folders, [entry for entry in entries if entry.type == "file"]
            if depth < MAX_DEPTH:
                todo.extend((folder.path, depth + 1) for folder in reversed(folders))

    def stat(self, path: BoardPath) -> FileStat:
        """Return type, size and time of a path.

        Raises:
            FileNotFoundError: There is nothing.
        """
        return stat_of(self._calls, self._path(path))

    def exists(self, path: BoardPath) -> bool:
        """Tell whether there is a file or folder."""
        try:
            self.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def is_dir(self, path: BoardPath) -> bool:
        """Tell whether there is a folder."""
        try:
            return self.stat(path).type == "dir"
        except (FileNotFoundError, NotADirectoryError):
            return False

    def stat_many(self, paths: Iterable[BoardPath]) -> list[FileStat | None]:
        """Return what ``stat`` tells of each path, ``None`` where there is nothing; few calls."""
        return stats_of(self._calls, self._paths(paths))

    def digest(self, path: BoardPath, algorithm: str = "sha256") -> str:
        """Return the digest of a file in hex, computed by the board if it can.

        Args:
            path: The file.
            algorithm: A name of ``hashlib``.

        Raises:
            FileNotFoundError: There is no such file.
            IsADirectoryError: It is a folder.
            UnsupportedError: Neither the board nor the host knows the algorithm.
        """
        return digest_of(self._calls, self._path(path), algorithm)

    @whole
    def digest_many(self, paths: Iterable[BoardPath]) -> list[str | None]:
        """Return the SHA-256 digest of each file in hex, computed by the board, in few calls.

        It is ``None`` for what the board cannot read, and for all if it knows no SHA-256.
        """
        return digests_of(self._calls, self._paths(paths))

    def has_digest(self, algorithm: str = "sha256") -> bool:
        """Tell whether the board itself computes digests by an algorithm of ``hashlib``."""
        return self._calls.features.has_digest(algorithm)

    def statvfs(self, path: BoardPath = "/") -> VfsSpace:
        """Return the room of the file system that holds a path, in bytes."""
        place = self._path(path)
        return space_from(self._calls.os("statvfs", place, path=place))

    @whole
    def mounts(self) -> list[str]:
        """Return where file systems are mounted, sorted; ``/`` is one of them.

        What the firmware does not tell is missing.
        """
        if self._calls.features.flat:
            return ["/"]
        return sorted(mount_points(self._calls))

    @whole
    def mounts_and_room(self, path: BoardPath) -> tuple[list[str], VfsSpace | None]:
        """Return what ``mounts`` does, and the room of the file system that holds a path.

        ``None``: the firmware does not tell.
        """
        if self._calls.features.flat:
            return ["/"], None
        mounts, room = mounts_and_room(self._calls, self._path(path))
        return sorted(mounts), room

    def getcwd(self) -> str:
        """Return the current folder."""
        return str(self._calls.os("getcwd", path=""))

    def absolute(self, path: BoardPath) -> str:
        """Return a path from the root, without ``.`` and ``..``."""
        return absolute_path(self._calls, self._path(path))

    def is_same_or_below(self, path: BoardPath, folder: BoardPath) -> bool:
        """Tell whether a path is that of a file or folder, or leads into that folder.

        Empty paths mean the current folder.
        """
        if self._calls.features.flat:
            return self._path(path, empty=True) == self._path(folder, empty=True)
        place, above = self.absolute(path or "."), self.absolute(folder or ".").rstrip("/")
        return f"{place}/".startswith(f"{above}/")

    def forget(self) -> None:
        """Probe the firmware again at the next use: it may be another one now."""
        self._calls.forget()

    def _noticed(self, entries: list[Entry]) -> list[Entry]:
        """Tell of leftovers among what a listing shows, of each once."""
        for leftover in leftovers_among(self._calls, entries):
            name = leftover.temporary.lstrip("/")
            if name not in self._seen:
                self._seen.add(name)
                self.on_leftover(leftover)
        return entries

    def _path(self, path: BoardPath, *, empty: bool = False) -> str:
        text = checked(path, empty=empty)
        # Without folders "/" is the place of all files and no part of their names.
        return text.removeprefix("/") or text if self._calls.features.flat else text

    def _paths(self, paths: Iterable[BoardPath]) -> list[str]:
        return [self._path(path) for path in paths]
