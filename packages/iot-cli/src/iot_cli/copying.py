"""Copying between host and board, by the rules of ``cp``."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iot_cli.board_paths import base_name, board_path, is_root, join
from iot_cli.errors import HostFileError
from iot_cli.host_files import check_name, make_folder, write_file
from iot_device import BoardOSError, UnsafeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_cli.batch import Batch
    from iot_device import FileSystem

__all__ = ["FOLDER_HINT", "MAX_DEPTH", "Download", "Upload"]

MAX_DEPTH: Final = 32  # folders in folders: a board may tell of ever more
FOLDER_HINT: Final = "cp -r copies folders"


class _Tree:
    """What is to be copied, looked at as a whole before the first file is written.

    The folder may hold the flash of a simulated board: it would grow as fast as it is copied.
    """

    def __init__(self, path: Path, *, is_top: bool = True) -> None:
        self.path = path
        self.is_folder = path.is_dir()
        # A link to a folder may lead round in a circle; only one that the user named is followed.
        is_entered = self.is_folder and (is_top or not path.is_symlink())
        self.entries = (
            [_Tree(entry, is_top=False) for entry in sorted(path.iterdir())] if is_entered else []
        )


class Upload:
    """From host to board.

    Args:
        files: The board's files.
        batch: Takes notes.
        recursive: Whether folders are copied.
    """

    def __init__(self, files: FileSystem, batch: Batch, *, recursive: bool) -> None:
        self._files = files
        self._batch = batch
        self._recursive = recursive

    def copy_all(self, sources: Sequence[str], destination: str) -> None:
        """Copy files and folders; what fails is noted in the batch.

        Args:
            sources: Paths on the host.
            destination: The path on the board.

        Raises:
            BoardOSError: The destination must be a folder, and is none.
        """
        target = board_path(destination)
        into = is_root(target) or self._files.is_dir(target)
        if not into and (len(sources) > 1 or target.endswith("/")):
            raise BoardOSError(errno.ENOTDIR, target)
        for source in map(Path, sources):
            # The last part of "." and ".." is known to the file system only.
            name = source.name if source.name not in ("", "..") else ""
            self._copy(_Tree(source), join(target, name) if into and name else target)

    def _copy(self, tree: _Tree, target: str) -> None:
        if not tree.is_folder:
            self._copy_file(tree.path, target)
            return
        with self._batch.item(str(tree.path), "copying"):
            if not self._recursive:
                raise HostFileError(f"{tree.path} is a folder", hint=FOLDER_HINT)
            self._make_folder(tree.path, target)
            for entry in tree.entries:
                if entry.is_folder and entry.path.is_symlink():
                    self._refuse_link(entry.path)
                else:
                    self._copy(entry, join(target, entry.path.name))

    def _make_folder(self, source: Path, target: str) -> None:
        if not is_root(target) and not self._files.is_dir(target):
            self._files.mkdir(target)
            self._batch.add(
                f"made :{target}", source=str(source), destination=f":{target}", size=None
            )

    def _refuse_link(self, link: Path) -> None:
        with self._batch.item(str(link), "copying"):
            raise HostFileError(f"{link} is a link to a folder, which is not followed")

    def _copy_file(self, source: Path, target: str) -> None:
        with self._batch.item(str(source), "copying"):
            if source.exists() and not source.is_file():
                raise HostFileError(f"{source} is no regular file")
            data = source.read_bytes()
            self._files.write(target, data)
            self._batch.add(
                f"{source} -> :{target}, {len(data)} bytes",
                source=str(source),
                destination=f":{target}",
                size=len(data),
            )


class Download:
    """From board to host.

    Args:
        files: The board's files.
        batch: Takes notes.
        recursive: Whether folders are copied.
    """

    def __init__(self, files: FileSystem, batch: Batch, *, recursive: bool) -> None:
        self._files = files
        self._batch = batch
        self._recursive = recursive

    def copy_all(self, sources: Sequence[str], destination: str) -> None:
        """Copy files and folders; what fails is noted in the batch.

        Args:
            sources: Paths on the board, each with a colon.
            destination: The path on the host.

        Raises:
            HostFileError: The destination must be a folder, and is none.
        """
        target = Path(destination)
        into = target.is_dir()
        if not into and (len(sources) > 1 or destination.endswith(("/", os.sep))):
            raise HostFileError(f"{destination} is no folder")
        for source in map(board_path, sources):
            with self._batch.item(f":{source}", "copying"):
                name = base_name(source)
                if into and name:
                    self._copy(source, target / check_name(name), follow=False, depth=0)
                else:
                    self._copy(source, target, follow=True, depth=0)

    def _copy(self, source: str, target: Path, *, follow: bool, depth: int) -> None:
        if is_root(source) or self._files.is_dir(source):
            self._copy_folder(source, target, follow=follow, depth=depth)
        else:
            self._copy_file(source, target, follow=follow)

    def _copy_folder(self, source: str, target: Path, *, follow: bool, depth: int) -> None:
        if not self._recursive:
            raise BoardOSError(errno.EISDIR, source or ".", hint=FOLDER_HINT)
        if depth > MAX_DEPTH:
            raise UnsafeError(f":{source} is more than {MAX_DEPTH} folders deep")
        make_folder(target, follow=follow)
        for entry in self._files.listdir(source):
            with self._batch.item(f":{entry.path}", "copying"):
                place = target / check_name(entry.name)
                if entry.type == "dir":
                    self._copy_folder(entry.path, place, follow=False, depth=depth + 1)
                else:
                    self._copy_file(entry.path, place, follow=False)

    def _copy_file(self, source: str, target: Path, *, follow: bool) -> None:
        data = self._files.read(source)
        write_file(target, data, follow=follow)
        self._batch.add(
            f":{source} -> {target}, {len(data)} bytes",
            source=f":{source}",
            destination=str(target),
            size=len(data),
        )
