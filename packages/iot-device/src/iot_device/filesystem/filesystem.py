"""The files of a board."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar

from iot_device.filesystem.batches import (
    digests_of,
    make_folders,
    read_files,
    remove_all,
    stats_of,
    write_files,
)
from iot_device.filesystem.calls import BoardCalls
from iot_device.filesystem.changing import write_changes
from iot_device.filesystem.entries import Entry, FileStat, VfsSpace, space_from
from iot_device.filesystem.folders import (
    absolute_path,
    change_folder,
    make_folder,
    rename_entry,
)
from iot_device.filesystem.listing import hashed_sizes, list_entries, mount_points
from iot_device.filesystem.paths import BoardPath, checked
from iot_device.filesystem.progress import unseen
from iot_device.filesystem.reading import digest_of, read_file, read_into, stat_of
from iot_device.filesystem.removing import remove_tree
from iot_device.filesystem.writing import append_file, touch_file, write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from typing import BinaryIO

    from iot_device.filesystem.batches import Content
    from iot_device.filesystem.entries import WriteResult
    from iot_device.filesystem.progress import OnProgress
    from iot_device.session import Session

__all__ = ["FileSystem"]

P = ParamSpec("P")
R = TypeVar("R")

MAX_DEPTH: Final = 32  # folders in folders; a link or a defect can make a tree without end


def _whole(
    method: Callable[Concatenate[FileSystem, P], R],
) -> Callable[Concatenate[FileSystem, P], R]:
    """Make a method that needs several calls one piece of work: nobody comes in between."""

    @wraps(method)
    def call(self: FileSystem, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._session.turns:
            return method(self, *args, **kwargs)

    return call


class FileSystem:
    """The files of a board, named by POSIX-like paths.

    Paths are text or ``PurePosixPath``; relative ones count from the board's current folder.
    Names that are no UTF-8 come and go as ``os.fsdecode`` gives them. What the firmware can do is
    probed at the first use; each method raises ``UnsupportedError``, naming the feature, for what
    it lacks, before anything is done. Errors of the board are ``BoardOSError``, of the subclass
    that fits: ``except FileNotFoundError`` works. A path that is empty or contains NUL raises
    ``InvalidTargetError``.

    Firmware without folders (the micro:bit) has one flat list of files, ``/``.

    Args:
        session: The session with the board.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._calls = BoardCalls(session)

    def forget(self) -> None:
        """Probe the firmware again at the next use: it may be another one now."""
        self._calls.forget()

    def listdir(self, path: BoardPath = "") -> list[Entry]:
        """Return the entries of a folder, sorted by name.

        Raises:
            FileNotFoundError: There is no such folder.
            NotADirectoryError: It is a file.
        """
        return list_entries(self._calls, self._path(path, empty=True))

    @_whole
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
                of the host need not be read where sizes already differ. ``None``: of all.
            skip: Folders that are not entered; they begin as ``path`` does.

        Raises:
            FileNotFoundError: There is no such folder.
            NotADirectoryError: It is a file.
        """
        hashed = digests and hashed_sizes(self._calls, sizes)
        place, left_out = self._path(path, empty=True), tuple(self._paths(skip))
        return list_entries(self._calls, place, MAX_DEPTH, hashed=hashed, skip=left_out)

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
            entries = list_entries(self._calls, place)
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

    @_whole
    def read(self, path: BoardPath, *, on_progress: OnProgress | None = None) -> bytes:
        """Return the bytes of a file, compared with the board's digest, else by length.

        Args:
            path: The file.
            on_progress: Called with the bytes that have come and the bytes in all.

        Raises:
            FileNotFoundError: There is no such file.
            IsADirectoryError: It is a folder.
            VerificationError: It changes while it is read (it is read twice at most).
        """
        return read_file(self._calls, self._path(path), on_progress or unseen)

    @_whole
    def download(
        self, path: BoardPath, file: BinaryIO, *, on_progress: OnProgress | None = None
    ) -> None:
        """Write the bytes of a file into a file of the host, verified as by ``read``.

        Args:
            path: The file on the board.
            file: Gets the bytes, from where it stands. It can seek and be truncated: a file that
                changes meanwhile is read again.
            on_progress: Called with the bytes that are done and the bytes in all.

        Raises:
            FileNotFoundError: There is no such file.
            IsADirectoryError: It is a folder.
            VerificationError: It changes while it is read (it is read twice at most).
        """
        read_into(self._calls, self._path(path), file, on_progress or unseen)

    @_whole
    def read_many(
        self, paths: Iterable[BoardPath], *, on_progress: OnProgress | None = None
    ) -> Iterator[tuple[str, bytes]]:
        """Yield each path with the bytes of the file, in the given order.

        Args:
            paths: The files.
            on_progress: Called with the bytes of all files that have come, and those in all.

        Raises:
            FileNotFoundError: There is no such file.
            IsADirectoryError: It is a folder.
            VerificationError: It changes while it is read (it is read twice at most).
        """
        return read_files(self._calls, self._paths(paths), on_progress)

    @_whole
    def write(
        self, path: BoardPath, data: bytes | str, *, on_progress: OnProgress | None = None
    ) -> WriteResult:
        """Store a file, verified and atomic: afterwards the old file is there or the new one.

        It is written to ``NAME.~iot`` in the same folder, compared, and renamed. Firmware without
        ``os.rename`` writes under the final name, and removes the file if that fails.

        Args:
            path: The file; its folder must exist.
            data: The new content; text is stored as UTF-8.
            on_progress: Called with the bytes that are sent and the bytes in all.

        Raises:
            FileNotFoundError: The folder does not exist.
            IsADirectoryError: The path is a folder.
            BoardOSError: There is no room (nothing was done then), the file system is read-only,
                ...; the message tells in what state the file is.
            VerificationError: What is stored is not what was sent; likewise.
        """
        return write_file(self._calls, self._path(path), _as_bytes(data), on_progress or unseen)

    @_whole
    def write_changes(self, path: BoardPath, data: bytes, old: bytes | int) -> WriteResult | None:
        """Replace a large file of which little changed, as ``write`` does; send only what is new.

        Args:
            path: The file.
            data: Its new content.
            old: Its old content; or the bytes that it has, and the board is asked for the digests
                of its blocks.

        Returns:
            What was proved; ``None``: the board cannot, or too much is new, and nothing was done.

        Raises:
            BoardOSError: The board refused; the old file is there still.
        """
        return write_changes(self._calls, self._path(path), data, old)

    @_whole
    def write_many(
        self,
        files: Iterable[tuple[BoardPath, Content]],
        *,
        on_result: Callable[[WriteResult], object] | None = None,
        on_progress: OnProgress | None = None,
    ) -> list[WriteResult]:
        """Store files, each as ``write`` does, in the given order.

        Args:
            files: Path on the board and content: bytes, or the ``pathlib.Path`` of a file of the
                host, which is read when its turn comes.
            on_result: Called with each result: after an error it is known which files are stored.
            on_progress: Called with the bytes of all files that are sent, and those in all.

        Raises:
            OSError: A file of the host cannot be read, or the board refused, as for ``write``; the
                files before it are stored.
            VerificationError: What is stored is not what was sent; likewise.
        """
        results: list[WriteResult] = []

        def note(result: WriteResult) -> None:
            results.append(result)
            if on_result is not None:
                on_result(result)

        items = [(self._path(path), content) for path, content in files]
        write_files(self._calls, items, note, on_progress)
        return results

    @_whole
    def append(self, path: BoardPath, data: bytes | str) -> WriteResult:
        """Add to the end of a file, verified but not atomic; make the file if there is none.

        Raises:
            FileNotFoundError: The folder does not exist.
            IsADirectoryError: The path is a folder.
            UnsupportedError: The firmware cannot append.
            BoardOSError: There is no room, ...; the message tells in what state the file is.
            VerificationError: What is stored is not what was sent; likewise.
        """
        return append_file(self._calls, self._path(path), _as_bytes(data))

    @_whole
    def touch(self, path: BoardPath) -> None:
        """Make an empty file, if there is none; most firmware cannot change the time of one.

        Raises:
            FileNotFoundError: The folder does not exist.
            IsADirectoryError: The path is a folder.
            UnsupportedError: The firmware cannot append.
        """
        touch_file(self._calls, self._path(path))

    @_whole
    def remove(self, path: BoardPath) -> None:
        """Remove a file.

        Raises:
            FileNotFoundError: There is no such file.
            IsADirectoryError: It is a folder.
        """
        place = self._path(path)
        if self._calls.features.flat:
            self._calls.os("remove", place, path=place)
        else:
            self._remove(place, folder=False)

    @_whole
    def remove_many(self, paths: Iterable[BoardPath]) -> None:
        """Remove files and empty folders, in the given order, in few calls.

        Raises:
            FileNotFoundError: There is no such file or folder; ``filename`` tells which. Those
                before it are gone, and the message tells how many they were.
            BoardOSError: One cannot be removed; likewise.
        """
        remove_all(self._calls, self._paths(paths))

    def rmdir(self, path: BoardPath) -> None:
        """Remove an empty folder.

        Raises:
            FileNotFoundError: There is no such folder.
            NotADirectoryError: It is a file.
            BoardOSError: It is not empty (``ENOTEMPTY`` or ``EACCES``).
        """
        self._calls.need("os.rmdir")
        self._remove(self._path(path), folder=True)

    @_whole
    def rmtree(self, path: BoardPath, *, missing_ok: bool = False) -> None:
        """Remove a folder and all that is in it, depth first.

        ``/`` and other mount points stay; the contents of file systems that are mounted below the
        folder stay too.

        Args:
            path: The folder.
            missing_ok: Whether it is good that there is none.

        Raises:
            FileNotFoundError: There is no such folder.
            NotADirectoryError: It is a file.
            BoardOSError: Something could not be removed; what was removed before that is gone.
        """
        self._calls.need("os.rmdir")
        top = self.absolute(path)
        if missing_ok and not self.exists(top):
            return
        remove_tree(self._calls, top)

    @_whole
    def mkdir(self, path: BoardPath, *, parents: bool = False, exist_ok: bool = False) -> None:
        """Make a folder.

        Args:
            path: The new folder.
            parents: Whether to make the folders above it, where they are missing.
            exist_ok: Whether it is good that there is one already.

        Raises:
            FileNotFoundError: A folder above it is missing.
            FileExistsError: There is something already.
        """
        make_folder(self._calls, self._path(path), parents=parents, exist_ok=exist_ok)

    @_whole
    def make_folders(self, paths: Iterable[BoardPath]) -> None:
        """Make folders, in the given order, in few calls; those that exist are good.

        Raises:
            FileNotFoundError: A folder above is missing; ``filename`` tells which could not be
                made. Those before it are there, and the message tells how many they are.
            FileExistsError: There is a file of that name; likewise.
        """
        make_folders(self._calls, self._paths(paths))

    @_whole
    def rename(self, old: BoardPath, new: BoardPath) -> None:
        """Rename a file or folder; a file at the new name is replaced, atomically on littlefs.

        Raises:
            FileNotFoundError: There is no such file, or no such folder for the new name.
            BoardOSError: The new name is a folder, ...
        """
        rename_entry(self._calls, self._path(old), self._path(new))

    def statvfs(self, path: BoardPath = "/") -> VfsSpace:
        """Return the room of the file system that holds a path, in bytes."""
        place = self._path(path)
        return space_from(self._calls.os("statvfs", place, path=place))

    @_whole
    def mounts(self) -> list[str]:
        """Return where file systems are mounted, sorted; ``/`` is one of them.

        What the firmware does not tell is missing.
        """
        if self._calls.features.flat:
            return ["/"]
        return sorted(mount_points(self._calls))

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

    @_whole
    def digest_many(self, paths: Iterable[BoardPath]) -> list[str | None]:
        """Return the SHA-256 digest of each file in hex, computed by the board, in few calls.

        It is ``None`` for what the board cannot read, and for all if it knows no SHA-256.
        """
        return digests_of(self._calls, self._paths(paths))

    def has_digest(self, algorithm: str = "sha256") -> bool:
        """Tell whether the board itself computes digests by an algorithm of ``hashlib``."""
        return self._calls.features.has_digest(algorithm)

    @_whole
    def chdir(self, path: BoardPath) -> None:
        """Make a folder the current one, until the board is reset.

        Raises:
            FileNotFoundError: There is no such folder.
            NotADirectoryError: It is a file.
        """
        change_folder(self._calls, self._path(path))

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

    def _path(self, path: BoardPath, *, empty: bool = False) -> str:
        text = checked(path, empty=empty)
        # Without folders "/" is the place of all files and no part of their names.
        return text.removeprefix("/") or text if self._calls.features.flat else text

    def _paths(self, paths: Iterable[BoardPath]) -> list[str]:
        return [self._path(path) for path in paths]

    def _remove(self, place: str, *, folder: bool) -> None:
        for name in self._calls.call("files_remove", place, folder, path=place):
            raise self._calls.error(name[0], place)


def _as_bytes(data: bytes | str) -> bytes:
    return data.encode() if isinstance(data, str) else data
