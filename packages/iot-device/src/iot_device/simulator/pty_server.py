"""The pty of a simulated board; POSIX only, imported where it is needed."""

from __future__ import annotations

import fcntl
import os
import select
import termios
import threading
import tty
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from iot_device.errors import ConnectionLostError, PortBusyError
from iot_device.transports.base import MAX_READ

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

__all__ = ["PtyServer", "ServedPipe"]

_PATIENCE = 5.0  # seconds without any progress; then nobody reads, and output is dropped


class ServedPipe(Protocol):
    """What is behind a pty: a board's wire, or a transport."""

    def read(self, timeout: float | None) -> bytes:
        """Return bytes for the client; see ``Transport.read``."""
        ...

    def write(self, data: bytes, timeout: float | None) -> int:
        """Take bytes of the client; see ``Transport.write``."""
        ...


class PtyServer:
    """A pty, and the threads between it and a board's wire.

    Who opens it cannot be seen, so the board has one client for ever; when that reads nothing,
    output is dropped after a while, as USB does.

    Args:
        link: Path of the symbolic link to make; ``None``: none.
    """

    def __init__(self, link: Path | None) -> None:
        self._link = link
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        # The slave stays open here: otherwise its settings, and the master, end with each client.
        self._master, self._slave = os.openpty()
        self.path: str = os.ttyname(self._slave)
        # Closing this pipe tells the thread that reads to end.
        self._stop_reader, self._stop_writer = os.pipe()
        try:
            tty.setraw(self._slave)
            os.fchmod(self._slave, 0o600)
            os.set_blocking(self._master, False)
            self._make_link()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        os.write(self._stop_writer, b"x")
        for thread in self._threads:
            thread.join()
        if self._link is not None:
            with suppress(OSError):
                if str(self._link.readlink()) == self.path:
                    self._link.unlink()
        self._close()

    def start(self, wire: ServedPipe) -> None:
        """Begin to carry bytes; it ends when the wire does."""
        for work in (self._read_loop, self._write_loop):
            thread = threading.Thread(target=work, args=(wire,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def forget_killed_client(self) -> None:
        """Let the next client in, also after one that was killed.

        Its TIOCEXCL would stay, because the slave is open here; it is of little use on a pty, and
        flock, which ends with its holder, still keeps our tools apart.
        """
        fcntl.ioctl(self._slave, termios.TIOCNXCL)

    def _close(self) -> None:
        for descriptor in (self._master, self._slave, self._stop_reader, self._stop_writer):
            os.close(descriptor)

    def _make_link(self) -> None:
        if self._link is None:
            return
        try:
            if self._link.is_symlink() and not self._link.exists():
                self._link.unlink()  # of a server that is gone
            self._link.symlink_to(self.path)
        except FileExistsError as error:
            raise PortBusyError(
                f"{self._link} exists already",
                port=str(self._link),
                hint="end the simulator that made it, remove it, or choose another name",
            ) from error

    def _read_loop(self, wire: ServedPipe) -> None:
        """Carry the client's bytes to the board."""
        with suppress(OSError, ConnectionLostError):
            while True:
                ready, _, _ = select.select([self._master, self._stop_reader], [], [])
                if self._stop_reader in ready:
                    return
                data = os.read(self._master, MAX_READ)
                while data:
                    data = data[wire.write(data, None) :]

    def _write_loop(self, wire: ServedPipe) -> None:
        """Carry the board's bytes to the client."""
        patience = _PATIENCE
        with suppress(OSError, ConnectionLostError):
            while True:
                data = memoryview(wire.read(None))
                while data:
                    _, ready, _ = select.select([], [self._master], [], patience)
                    patience = _PATIENCE if ready else 0.0
                    if not ready:
                        break
                    data = data[os.write(self._master, data) :]
