"""A lock that ends with its process, and that says who holds it.

The operating system keeps the lock, so that it frees itself when its holder crashes. ``filelock``
was no choice: it empties the file before it has the lock, and so forgets who holds it.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["Holder", "LockFile", "this_process"]

_HELD: Final = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}
_LARGEST: Final = 4096  # bytes of a file that are looked at


@dataclass(frozen=True)
class Holder:
    """Who holds a lock.

    Attributes:
        program: What it calls itself.
        pid: Its process.
        since: When it took the lock, in seconds of ``time.time()``.
        door: TCP port on 127.0.0.1 at which it can be asked to give way; 0: it cannot.
        key: What an asker says there first.
    """

    program: str
    pid: int
    since: float
    door: int = 0
    key: str = ""


def this_process(door: int = 0, key: str = "") -> Holder:
    """Return this process as a holder, from now on."""
    program = Path(sys.argv[0] if sys.argv else "")
    name = program.parent.name if program.stem == "__main__" else program.name
    return Holder(name or "python", os.getpid(), time.time(), door, key)


class LockFile:
    """A lock, in a file that only this user can read.

    Args:
        path: The file; made on demand, removed by its holder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def acquire(self, holder: Holder) -> bool:
        """Take the lock, if nobody has it; tell whether it is ours now.

        Raises:
            OSError: The file cannot be made or locked.
        """
        file = self._lock()
        if file is None:
            return False
        self._file = file
        file.truncate(0)
        # Byte 0 is what Windows locks; it could not be read there.
        file.write(b" " + json.dumps(asdict(holder)).encode())
        return True

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._file is not None:
            with suppress(OSError):
                self._file.truncate(0)
                self._path.unlink()  # Windows removes no open file: there it stays, empty
            self._file.close()
            self._file = None

    def _lock(self) -> BinaryIO | None:
        """Return the file, open and locked; ``None`` if another process has it."""
        while True:
            file = open(self._path, "r+b", buffering=0, opener=_private)  # noqa: SIM115  (kept open)
            try:
                _lock(file)
            except OSError as error:
                file.close()
                if error.errno not in _HELD:
                    raise
                return None
            if self._is_there(file):
                return file
            file.close()  # its holder removed it after we opened it

    def _is_there(self, file: BinaryIO) -> bool:
        with suppress(OSError):
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        return False

    def holder(self) -> Holder | None:
        """Return who holds the lock, or held it when it crashed; ``None`` if that is not known."""
        with suppress(OSError, ValueError), self._path.open("rb") as file:
            file.seek(1)
            return _holder_from(json.loads(file.read(_LARGEST)))
        return None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)


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


def _holder_from(document: Any) -> Holder | None:
    match document:
        case {
            "program": str(program),
            "pid": int(pid),
            "since": float(since),
            "door": int(door),
            "key": str(key),
        }:
            return Holder(program, pid, since, door, key)
        case _:
            return None
