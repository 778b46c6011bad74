"""Asking the holder of a port to give way: a door to knock at, on 127.0.0.1.

A socket, because every system has one; who knocks must say what stands in the lock file, which only
this user can read.
"""

from __future__ import annotations

import hmac
import secrets
import select
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.sharing.lock_file import Holder

__all__ = ["Door", "knock"]

_FREE: Final = b"free\n"
_BUSY: Final = b"busy\n"
_KEY_SIZE: Final = 32  # characters
_PATIENCE: Final = 3.0  # seconds; giving way takes a round trip to the board
_REFUSED_TIME: Final = 1.0  # seconds until an idle holder that kept the port is asked again
_GREETING_TIME: Final = 1.0  # seconds that a stranger gets to say the key


class Door:
    """Listens for those who want the port, and looks when its holder has been idle for long.

    Args:
        give_way: Gives the port up; returns false if there is work now. It may close this door.
        idle_end: Returns when, by ``time.monotonic``, the holder has been idle for too long.
    """

    def __init__(self, give_way: Callable[[], bool], idle_end: Callable[[], float]) -> None:
        self.key: str = secrets.token_hex(_KEY_SIZE // 2)
        self._give_way = give_way
        self._idle_end = idle_end
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ear, self._bell = socket.socketpair()
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True, name="iot-door")
        self._thread.start()

    def close(self) -> None:
        """Listen no more; from any thread, this door's own too."""
        with suppress(OSError):
            self._bell.close()

    def _serve(self) -> None:
        look = 0.0  # at whether the holder is idle, not before
        with self._listener, self._ear:
            while True:
                patience = max(self._idle_end(), look) - time.monotonic()
                ready, _, _ = select.select([self._listener, self._ear], [], [], max(0.0, patience))
                if self._ear in ready:
                    return
                if self._listener in ready:
                    self._answer()
                elif time.monotonic() >= self._idle_end():
                    self._give_way()
                    look = time.monotonic() + _REFUSED_TIME

    def _answer(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(_GREETING_TIME)
                said = _read(connection, _KEY_SIZE)
                if hmac.compare_digest(said, self.key.encode()):
                    connection.sendall(_FREE if self._give_way() else _BUSY)


def knock(holder: Holder) -> bool:
    """Ask a holder to give way; tell whether it did. False if it works, or does not answer."""
    try:
        with socket.create_connection(("127.0.0.1", holder.door), _PATIENCE) as connection:
            connection.sendall(holder.key.encode())
            return _read(connection, len(_FREE)) == _FREE
    except OSError:
        return False


def _read(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (piece := connection.recv(size - len(data))):
        data += piece
    return data
