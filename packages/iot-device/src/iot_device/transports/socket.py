"""Network sockets: ``socket://HOST:PORT`` (plain TCP) and ``telnet://HOST:PORT``."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from iot_device.errors import ConnectError, PortNotFoundError
from iot_device.transports.pipe_transport import PipeTransport
from iot_device.transports.select_pipe import Deadline, Pipe, SelectPipe
from iot_device.transports.telnet import Telnet
from iot_device.transports.url import TransportUrl

if TYPE_CHECKING:
    from typing import ClassVar

__all__ = ["SocketTransport", "TelnetTransport", "connect_error"]

_TELNET_PIECE = 4096  # bytes that are escaped and handed on at a time
_DRAIN_TIMEOUT = 1.0  # seconds that close waits for what is unsent

# A board that lost its power says nothing: after 10 s of silence ask it, every 5 s, three
# times, then the connection is lost.
_KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPALIVE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}


class SocketTransport(PipeTransport):
    """A TCP connection that carries bare bytes.

    Args:
        host: Name or address.
        port: TCP port.
        connect_timeout: Seconds that ``open`` may take.
    """

    scheme: ClassVar[str] = "socket"

    def __init__(self, host: str, port: int, *, connect_timeout: float = 10.0) -> None:
        super().__init__(str(TransportUrl(self.scheme, host=host, port=port)))
        self._address = (host, port)
        self._connect_timeout = connect_timeout

    def _connect(self) -> Pipe:
        return self._connect_socket()

    def _connect_socket(self) -> SelectPipe:
        try:
            connection = socket.create_connection(self._address, timeout=self._connect_timeout)
        except OSError as error:
            raise connect_error(self.url, error) from error
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        return SelectPipe.over_socket(connection)


class TelnetTransport(SocketTransport):
    """A telnet connection: every byte goes through, the negotiation stays inside."""

    scheme = "telnet"

    def _connect(self) -> Pipe:
        return _TelnetPipe(self._connect_socket())


class _TelnetPipe:
    def __init__(self, pipe: SelectPipe) -> None:
        self._pipe = pipe
        self._telnet = Telnet()
        self._pipe.send_soon(self._telnet.data_to_send())

    def read(self, timeout: float | None) -> bytes:
        deadline = Deadline(timeout)
        while True:
            data = self._pipe.read(deadline.left())
            text = self._telnet.receive(data)
            self._pipe.send_soon(self._telnet.data_to_send())
            if text or not data or deadline.passed:
                return text

    def write(self, data: bytes, timeout: float | None) -> int:
        if not self._pipe.drain(timeout):
            return 0
        piece = data[:_TELNET_PIECE]
        self._pipe.send_soon(self._telnet.escape(piece))
        return len(piece)

    def wake(self) -> None:
        self._pipe.wake()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._pipe.drain(_DRAIN_TIMEOUT)
        self._pipe.close()


def connect_error(url: str, error: BaseException) -> ConnectError:
    """Translate what connecting to ``url`` raised."""
    if isinstance(error, socket.gaierror):
        return PortNotFoundError(
            f"cannot reach {url}: no such host",
            port=url,
            hint="check the name, or use the board's address",
        )
    if isinstance(error, ConnectionRefusedError):
        return PortNotFoundError(
            f"cannot reach {url}: nothing listens there",
            port=url,
            hint="check the port number; is the server on the board running?",
        )
    if isinstance(error, TimeoutError):
        return ConnectError(
            f"cannot reach {url}: no answer",
            port=url,
            hint="is the board on, and in the same network?",
        )
    return ConnectError(f"cannot reach {url}: {error}", port=url)
