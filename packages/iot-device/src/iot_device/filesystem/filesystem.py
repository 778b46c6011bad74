"""The files of a board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device.filesystem.batches import make_folders, read_files, remove_all
from iot_device.filesystem.changing import write_changes
from iot_device.filesystem.folders import change_folder, make_folder, rename_entry
from iot_device.filesystem.leftovers import settle_leftovers
from iot_device.filesystem.progress import unseen
from iot_device.filesystem.reading import read_file, read_into
from iot_device.filesystem.removing import remove_tree
from iot_device.filesystem.storing import store_file, store_files
from iot_device.filesystem.tree import FileTree, whole
from iot_device.filesystem.writing import append_file, touch_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

    from iot_device.filesystem.entries import WriteResult
    from iot_device.filesystem.leftovers import Leftover
    from iot_device.filesystem.paths import BoardPath
    from iot_device.filesystem.progress import OnProgress
    from iot_device.filesystem.storing import Content

__all__ = ["FileSystem"]


class FileSystem(FileTree):
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

    @whole
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

    @whole
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

    @whole
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

    @whole
    def write(
        self,
        path: BoardPath,
        data: bytes | str,
        *,
        in_place: bool = False,
        on_progress: OnProgress | None = None,
    ) -> WriteResult:
        """Store a file, verified and atomic: afterwards the old file is there or the new one.

        It is written to ``NAME.~iot`` in the same folder, compared, and renamed. Firmware without
        ``os.rename`` writes under the final name, and removes the file if that fails.

        Args:
            path: The file; its folder must exist.
            data: The new content; text is stored as UTF-8.
            in_place: Whether the old file may be removed first, where there is no room for both: if
                the write then fails or is cut, its content is lost.
            on_progress: Called with the bytes that are sent and the bytes in all.

        Raises:
            FileNotFoundError: The folder does not exist.
            IsADirectoryError: The path is a folder.
            BoardOSError: There is no room (nothing was done then), the file system is read-only,
                ...; the message tells in what state the file is.
            VerificationError: What is stored is not what was sent; likewise.
        """
        place, content = self._path(path), _as_bytes(data)
        return store_file(self._calls, place, content, on_progress, in_place=in_place)

    @whole
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

    @whole
    def write_many(
        self,
        files: Iterable[tuple[BoardPath, Content]],
        *,
        in_place: bool = False,
        on_result: Callable[[WriteResult], object] | None = None,
        on_progress: OnProgress | None = None,
    ) -> list[WriteResult]:
        """Store files, each as ``write`` does, in the given order.

        Args:
            files: Path on the board and content: bytes, or the ``pathlib.Path`` of a file of the
                host, which is read when its turn comes.
            in_place: As for ``write``.
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
        store_files(self._calls, items, note, on_progress, in_place=in_place)
        return results

    @whole
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

    @whole
    def touch(self, path: BoardPath) -> None:
        """Make an empty file, if there is none; most firmware cannot change the time of one.

        Raises:
            FileNotFoundError: The folder does not exist.
            IsADirectoryError: The path is a folder.
            UnsupportedError: The firmware cannot append.
        """
        touch_file(self._calls, self._path(path))

    @whole
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

    @whole
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

    @whole
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

    @whole
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

    @whole
    def make_folders(self, paths: Iterable[BoardPath]) -> None:
        """Make folders, in the given order, in few calls; those that exist are good.

        Raises:
            FileNotFoundError: A folder above is missing; ``filename`` tells which could not be
                made. Those before it are there, and the message tells how many they are.
            FileExistsError: There is a file of that name; likewise.
        """
        make_folders(self._calls, self._paths(paths))

    @whole
    def rename(self, old: BoardPath, new: BoardPath) -> None:
        """Rename a file or folder; a file at the new name is replaced, atomically on littlefs.

        Raises:
            FileNotFoundError: There is no such file, or no such folder for the new name.
            BoardOSError: The new name is a folder, ...
        """
        rename_entry(self._calls, self._path(old), self._path(new))

    @whole
    def chdir(self, path: BoardPath) -> None:
        """Make a folder the current one, until the board is reset.

        Raises:
            FileNotFoundError: There is no such folder.
            NotADirectoryError: It is a file.
        """
        change_folder(self._calls, self._path(path))

    @whole
    def settle_leftovers(self) -> list[Leftover]:
        """Deal with what interrupted writes of this computer left; a ``Device`` does at once.

        What is whole takes the place of a file that is missing; the rest is kept for a day, so
        that the same write goes on from there, or removed. Where nothing was interrupted, the
        board is not asked.

        Returns:
            What a person should know; ``on_leftover`` is called with each.
        """
        leftovers = settle_leftovers(self._calls)
        for leftover in leftovers:
            self.on_leftover(leftover)
        return leftovers

    def _remove(self, place: str, *, folder: bool) -> None:
        for name in self._calls.call("files_remove", place, folder, path=place):
            raise self._calls.error(name[0], place)


def _as_bytes(data: bytes | str) -> bytes:
    return data.encode() if isinstance(data, str) else data
