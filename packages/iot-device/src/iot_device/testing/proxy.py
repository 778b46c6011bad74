"""A transport for other processes: what they do on a pty or a TCP port goes through it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from iot_device.errors import ConnectionLostError
from iot_device.transports.base import MAX_READ

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from iot_device.transports.base import Transport

__all__ = ["TransportProxy"]

_POLL: Final = 0.05  # seconds between looks at whether to stop
_START: Final = 30.0  # seconds that the transport may take to open


class TransportProxy:
    """Serves a transport, perhaps a faulty one, until the context ends.

    On TCP each connection opens the transport, and its end closes it. On a pty nobody sees who
    opens it, so there it is open all the time; where the transport loses its peer, the pty ends,
    and the next one begins with the transport opened again, behind the same link.

    Args:
        transport: What is served; not open.
        link: Path of the link to make to the pty; ``None``: a TCP port of this computer.
    """

    def __init__(self, transport: Transport, link: Path | None = None) -> None:
        self._transport = transport
        self._link = link
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.url: str = ""
        """What a client opens."""

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(_START)
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._failure is not None and _error is None:
            raise self._failure

    def _serve(self) -> None:
        try:
            if self._link is None:
                self._serve_tcp()
            else:
                self._serve_pty(self._link)
        except Exception as error:  # noqa: BLE001  (told in the thread that waits for the start)
            self._failure = error
        finally:
            self._ready.set()

    # A pty.

    def _serve_pty(self, link: Path) -> None:
        # Not on Windows: imported only here.
        from iot_device.simulator.pty_server import PtyServer  # noqa: PLC0415

        while not self._stop.is_set():
            self._transport.open()
            lost = threading.Event()
            with PtyServer(link) as pty:
                pty.start(_Watched(self._transport, lost))
                self.url = f"serial://{link}"
                self._ready.set()
                while not self._stop.is_set() and not lost.wait(_POLL):
                    pty.forget_killed_client()
                self._transport.close()

    # TCP.

    def _serve_tcp(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(_POLL)
            self.url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
            self._ready.set()
            while not self._stop.is_set():
                with suppress(TimeoutError):
                    self._serve_connection(listener.accept()[0])

    def _serve_connection(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(None)
        self._transport.open()
        ended = threading.Event()
        threads = [
            threading.Thread(target=work, args=(connection, ended), daemon=True)
            for work in (self._carry_to_board, self._carry_to_host)
        ]
        for thread in threads:
            thread.start()
        while not self._stop.is_set() and not ended.wait(_POLL):
            pass
        self._transport.close()
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        connection.close()

    def _carry_to_board(self, connection: socket.socket, ended: threading.Event) -> None:
        with suppress(OSError, ConnectionLostError):
            while data := connection.recv(MAX_READ):
                while data:
                    data = data[self._transport.write(data, None) :]
        ended.set()

    def _carry_to_host(self, connection: socket.socket, ended: threading.Event) -> None:
        with suppress(OSError, ConnectionLostError):
            while True:
                connection.sendall(self._transport.read(None))
        ended.set()


class _Watched:
    """A transport that tells when it has lost its peer."""

    def __init__(self, transport: Transport, lost: threading.Event) -> None:
        self._transport = transport
        self._lost = lost

    def read(self, timeout: float | None) -> bytes:
        try:
            return self._transport.read(timeout)
        except ConnectionLostError:
            self._lost.set()
            raise

    def write(self, data: bytes, timeout: float | None) -> int:
        try:
            return self._transport.write(data, timeout)
        except ConnectionLostError:
            self._lost.set()
            raise
