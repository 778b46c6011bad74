"""Copying from place to place on one board, through the host."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from iot_cli.board_paths import base_name, board_path, is_root, is_same_or_below, join
from iot_cli.copying import FOLDER_HINT, MAX_DEPTH
from iot_device import BoardOSError, UnsafeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_cli.batch import Batch
    from iot_device import FileSystem

__all__ = ["BoardCopy"]


class BoardCopy:
    """From one place on the board to another.

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
            destination: The other path on the board, with a colon.

        Raises:
            BoardOSError: The destination must be a folder, and is none.
        """
        target = board_path(destination)
        into = is_root(target) or self._files.is_dir(target)
        if not into and (len(sources) > 1 or target.endswith("/")):
            raise BoardOSError(errno.ENOTDIR, target)
        for source in map(board_path, sources):
            with self._batch.item(f":{source}", "copying"):
                self._copy(source, join(target, base_name(source)) if into else target)

    def _copy(self, source: str, target: str) -> None:
        if not is_root(source) and not self._files.is_dir(source):
            self._copy_file(source, target)
            return
        if not self._recursive:
            raise BoardOSError(errno.EISDIR, source or ".", hint=FOLDER_HINT)
        if is_same_or_below(self._files, target, source):
            raise UnsafeError(f":{source} would be copied to itself or into itself")
        self._copy_folder(source, target, depth=0)

    def _copy_folder(self, source: str, target: str, *, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise UnsafeError(f":{source} is more than {MAX_DEPTH} folders deep")
        entries = self._files.listdir(source)
        if not is_root(target) and not self._files.is_dir(target):
            self._files.mkdir(target)
            self._batch.add(
                f"made :{target}", source=f":{source}", destination=f":{target}", size=None
            )
        for entry in entries:
            with self._batch.item(f":{entry.path}", "copying"):
                place = join(target, entry.name)
                if entry.type == "dir":
                    self._copy_folder(entry.path, place, depth=depth + 1)
                else:
                    self._copy_file(entry.path, place)

    def _copy_file(self, source: str, target: str) -> None:
        data = self._files.read(source)
        self._files.write(target, data)
        self._batch.add(
            f":{source} -> :{target}, {len(data)} bytes",
            source=f":{source}",
            destination=f":{target}",
            size=len(data),
        )
