"""One flash folder is the flash of one board at a time."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs

from iot_device.errors import PortBusyError
from iot_device.sharing.lock_file import LockFile, this_process

__all__ = ["FolderLock"]


class FolderLock:
    """A lock that ends with its process, in a file of the user's data folder.

    Args:
        folder: The flash folder.
        url: For messages.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url
        self._file: LockFile | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            PortBusyError: Another board uses the folder.
        """
        name = hashlib.sha256(os.fsencode(self._folder.resolve())).hexdigest()[:32]
        place = Path(platformdirs.user_data_dir("iot", appauthor=False)) / "simulator" / "locks"
        place.mkdir(parents=True, exist_ok=True)
        file = LockFile(place / name)
        if not file.acquire(this_process()):
            raise self._busy(file)
        self._file = file

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._file is not None:
            self._file.release()
            self._file = None

    def _busy(self, file: LockFile) -> PortBusyError:
        holder = file.holder()
        process = "" if holder is None else f" (process {holder.pid})"
        return PortBusyError(
            f"another simulated board{process} uses the flash folder {self._folder}",
            port=self._url,
            holder="simulator",
            pid=None if holder is None else holder.pid,
            since=None if holder is None else holder.since,
            hint="end that one, or use another folder: sim:///FOLDER",
        )
