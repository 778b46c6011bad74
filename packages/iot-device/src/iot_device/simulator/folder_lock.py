"""One flash folder is the flash of one board at a time."""

from __future__ import annotations

import hashlib
import importlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from iot_device.errors import PortBusyError

if TYPE_CHECKING:
    from typing import BinaryIO

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
        self._file: BinaryIO | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            PortBusyError: Another board uses the folder.
        """
        name = hashlib.sha256(os.fsencode(self._folder.resolve())).hexdigest()[:32]
        place = Path(platformdirs.user_data_dir("iot", appauthor=False)) / "simulator" / "locks"
        place.mkdir(parents=True, exist_ok=True)
        file = (place / name).open("a+b")
        try:
            _lock(file)
        except OSError as error:
            pid = _read_pid(file)
            file.close()
            raise self._busy(pid) from error
        file.truncate(0)
        # Byte 0 is what Windows locks; it could not be read there.
        file.write(b" %d" % os.getpid())
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _busy(self, pid: int | None) -> PortBusyError:
        holder = "" if pid is None else f" (process {pid})"
        return PortBusyError(
            f"another simulated board{holder} uses the flash folder {self._folder}",
            port=self._url,
            holder="simulator",
            pid=pid,
            hint="end that one, or use another folder: sim:///FOLDER",
        )


def _lock(file: BinaryIO) -> None:
    """Lock the file by what the system has; a system without locks gets none."""
    with suppress(ImportError):
        fcntl = importlib.import_module("fcntl")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    with suppress(ImportError):
        msvcrt = importlib.import_module("msvcrt")
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)


def _read_pid(file: BinaryIO) -> int | None:
    with suppress(OSError, ValueError):
        file.seek(1)
        return int(file.read())
    return None
