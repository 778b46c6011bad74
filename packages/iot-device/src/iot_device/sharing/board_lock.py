"""Who of this user's processes may use a board: one after the other, each whole.

Two lock files belong to each board: who wants it takes the ``turn`` first, and gives that back when
it has the ``port``. So a holder that gives way cannot take the port again before the one who asked.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from iot_device.errors import ConnectError, PortBusyError
from iot_device.sharing.lock_file import LockFile, this_process
from iot_device.sharing.runtime_folder import runtime_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.sharing.door import Door
    from iot_device.sharing.lock_file import Holder

__all__ = ["INTERVAL", "BoardLock", "wait_until"]

INTERVAL: Final = 0.1  # seconds between two looks at a lock that another process holds


class BoardLock:
    """The right to use one board.

    Args:
        name: What all processes call it: a port, an address, or a uid.
        url: For messages.
    """

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self._url = url
        self._file: LockFile | None = None

    def acquire(self, wait: float, door: Door | None = None) -> None:
        """Take the lock; if another process has it, ask that to give way, and wait.

        Args:
            wait: Seconds to wait; 0 or less: the other one is asked, but not
                waited for.
            door: Where this process can be asked to give way.

        Raises:
            PortBusyError: Another process works with the board.
            ConnectError: The lock files cannot be made.
        """
        try:
            self._acquire(wait, door)
        except OSError as error:
            raise ConnectError(
                f"cannot lock {self._url} against other processes: {error}",
                port=self._url,
                hint="XDG_RUNTIME_DIR may name another folder for the lock files",
            ) from error

    def _acquire(self, wait: float, door: Door | None) -> None:
        stem = quote(self.name, safe="")[-200:]
        folder = runtime_folder()
        turn, file = LockFile(folder / f"{stem}.turn"), LockFile(folder / f"{stem}.port")
        us = this_process(door.port, door.key) if door else this_process()
        end = time.monotonic() + wait

        def take() -> bool:
            return file.acquire(us) or (_gives_way(file.holder()) and file.acquire(us))

        try:
            if not (wait_until(lambda: turn.acquire(us), end) and wait_until(take, end)):
                raise _busy_error(self._url, file.holder())
        finally:
            turn.release()
        self._file = file

    def release(self) -> None:
        """Let others in; a second call does nothing."""
        if self._file is not None:
            self._file.release()
            self._file = None


def wait_until(attempt: Callable[[], bool], end: float) -> bool:
    """Try until it succeeds or the time is over, once at least; tell whether it did.

    Args:
        attempt: Returns whether it succeeded.
        end: When to stop, by ``time.monotonic``.
    """
    pause = threading.Event()
    while not attempt():
        left = end - time.monotonic()
        if left <= 0.0:
            return False
        pause.wait(min(INTERVAL, left))
    return True


def _gives_way(holder: Holder | None) -> bool:
    if holder is None or not holder.door:
        return False
    from iot_device.sharing.door import knock  # noqa: PLC0415  (start-up)

    return knock(holder)


def _busy_error(url: str, holder: Holder | None) -> PortBusyError:
    if holder is None:
        return PortBusyError(
            f"{url} is in use by another process",
            port=url,
            hint="try again, or wait longer (--wait SECONDS)",
        )
    since = time.strftime("%H:%M:%S", time.localtime(holder.since))
    hint = f"wait longer (--wait SECONDS), or end {holder.program} (process {holder.pid})"
    if holder.pid == os.getpid():
        hint = "this process has opened it already: use that device, or close it first"
    return PortBusyError(
        f"{url} is in use by {holder.program} (pid {holder.pid}) since {since}",
        port=url,
        holder=holder.program,
        pid=holder.pid,
        since=holder.since,
        hint=hint,
    )
