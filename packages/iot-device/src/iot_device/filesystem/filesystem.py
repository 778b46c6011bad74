"""The files of a board."""

from __future__ import annotations

import posixpath
import threading
from typing import TYPE_CHECKING, Final

from iot_device.filesystem.board_errors import named_error
from iot_device.filesystem.calls import BoardCalls
from iot_device.filesystem.entries import Entry, FileStat, VfsSpace, space_from
from iot_device.filesystem.listing import list_entries, mount_points
from iot_device.filesystem.paths import BoardPath, checked, parent_of
from iot_device.filesystem.reading import digest_of, read_file, stat_of
from iot_device.filesystem.removing import remove_tree
from iot_device.filesystem.writing import append_file, touch_file, write_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device.filesystem.entries import WriteResult
    from iot_device.session import Session

__all__ = ["FileSystem"]

MAX_DEPTH: Final = 32  # folders in folders; a link or a defect can make a tree without end


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
        self._calls = BoardCalls(session)
        # The board holds one open file for us: one write at a time.
        self._writing = threading.RLock()

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

    def list_tree(self, path: BoardPath = "") -> list[Entry]:
        """Return all entries below a folder, sorted by path, in one call.

        Deeper than 32 folders, folders are listed but not their contents.

        Raises:
            FileNotFoundError: There is no such folder.
            NotADirectoryError: It is a file.
        """
        return list_entries(self._calls, self._path(path, empty=True), MAX_DEPTH)

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

    def read(self, path: BoardPath) -> bytes:
        """Return the bytes of a file, compared with the board's digest, else by length.

        Raises:
            FileNotFoundError: There is no such file.
            IsADirectoryError: It is a folder.
            VerificationError: It changes while it is read (it is read twice at most).
        """
        return read_file(self._calls, self._path(path))

    def write(self, path: BoardPath, data: bytes | str) -> WriteResult:
        """Store a file, verified and atomic: afterwards the old file is there or the new one.

        It is written to ``NAME.~iot`` in the same folder, compared, and renamed. Firmware without
        ``os.rename`` writes under the final name, and removes the file if that fails.

        Args:
            path: The file; its folder must exist.
            data: The new content; text is stored as UTF-8.

        Raises:
            FileNotFoundError: The folder does not exist.
            IsADirectoryError: The path is a folder.
            BoardOSError: There is no room (nothing was done then), the file system is read-only,
                ...; the message tells in what state the file is.
            VerificationError: What is stored is not what was sent; likewise.
        """
        with self._writing:
            return write_file(self._calls, self._path(path), _as_bytes(data))

    def append(self, path: BoardPath, data: bytes | str) -> WriteResult:
        """Add to the end of a file, verified but not atomic; make the file if there is none.

        Raises:
            FileNotFoundError: The folder does not exist.
            IsADirectoryError: The path is a folder.
            UnsupportedError: The firmware cannot append.
            BoardOSError: There is no room, ...; the message tells in what state the file is.
            VerificationError: What is stored is not what was sent; likewise.
        """
        with self._writing:
            return append_file(self._calls, self._path(path), _as_bytes(data))

    def touch(self, path: BoardPath) -> None:
        """Make an empty file, if there is none; most firmware cannot change the time of one.

        Raises:
            FileNotFoundError: The folder does not exist.
            IsADirectoryError: The path is a folder.
            UnsupportedError: The firmware cannot append.
        """
        with self._writing:
            touch_file(self._calls, self._path(path))

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

    def rmdir(self, path: BoardPath) -> None:
        """Remove an empty folder.

        Raises:
            FileNotFoundError: There is no such folder.
            NotADirectoryError: It is a file.
            BoardOSError: It is not empty (``ENOTEMPTY`` or ``EACCES``).
        """
        self._calls.need("os.rmdir")
        self._remove(self._path(path), folder=True)

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
        top = self._absolute(path)
        if missing_ok and not self.exists(top):
            return
        remove_tree(self._calls, top)

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
        place = self._path(path)
        try:
            self._calls.os("mkdir", place, path=place)
        except FileNotFoundError:
            above = parent_of(place)
            if not parents or above in ("", "/"):
                raise
            self.mkdir(above, parents=True, exist_ok=True)
            self._calls.os("mkdir", place, path=place)
        except OSError:
            if not exist_ok or not self.is_dir(place):
                raise

    def rename(self, old: BoardPath, new: BoardPath) -> None:
        """Rename a file or folder; a file at the new name is replaced, atomically on littlefs.

        Raises:
            FileNotFoundError: There is no such file, or no such folder for the new name.
            BoardOSError: The new name is a folder, ...
        """
        source, target = self._path(old), self._path(new)
        try:
            self._calls.os("rename", source, target, path=source)
        except FileExistsError:
            if self.is_dir(target) or self.is_dir(source):
                raise
            if self._absolute(source) == self._absolute(target):
                return  # some firmware calls that EEXIST; removing the target would lose the file
            self._calls.os("remove", target, path=target)
            self._calls.os("rename", source, target, path=source)

    def statvfs(self, path: BoardPath = "/") -> VfsSpace:
        """Return the room of the file system that holds a path, in bytes."""
        place = self._path(path)
        return space_from(self._calls.os("statvfs", place, path=place))

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

    def chdir(self, path: BoardPath) -> None:
        """Make a folder the current one, until the board is reset.

        Raises:
            FileNotFoundError: There is no such folder.
            NotADirectoryError: It is a file.
        """
        self._calls.need("os.chdir")
        place = self._path(path)
        # WebAssembly's chdir takes everything.
        if stat_of(self._calls, place).type != "dir":
            raise named_error("ENOTDIR", place)
        self._calls.os("chdir", place, path=place)

    def getcwd(self) -> str:
        """Return the current folder."""
        return str(self._calls.os("getcwd", path=""))

    def _path(self, path: BoardPath, *, empty: bool = False) -> str:
        text = checked(path, empty=empty)
        # Without folders "/" is the place of all files and no part of their names.
        return text.removeprefix("/") or text if self._calls.features.flat else text

    def _absolute(self, path: BoardPath) -> str:
        text = self._path(path)
        if not text.startswith("/"):
            text = posixpath.join(self.getcwd(), text)
        # POSIX keeps two slashes at the beginning, boards do not.
        return "/" + posixpath.normpath(text).lstrip("/")

    def _remove(self, place: str, *, folder: bool) -> None:
        for name in self._calls.call("files_remove", place, folder, path=place):
            raise self._calls.error(name[0], place)


def _as_bytes(data: bytes | str) -> bytes:
    return data.encode() if isinstance(data, str) else data
