"""The other ends of the transports: what plays the board in the tests of this folder."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import threading
import time
import tty
from typing import TYPE_CHECKING

from serial.rfc2217 import PortManager
from serial.urlhandler.protocol_loop import Serial as LoopPort

from iot_device.testing import MemoryTransport
from iot_device.transports import process as process_module
from iot_device.transports.process import ProcessTransport
from iot_device.transports.rfc2217 import Rfc2217Transport
from iot_device.transports.serial import SerialTransport
from iot_device.transports.socket import SocketTransport, TelnetTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    import serial

    from iot_device.testing import Peer
    from iot_device.transports import Transport
    from iot_device.transports.select_pipe import Pipe

IAC = b"\xff"


class SocketPeer:
    """A connected socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def read_exactly(self, count: int, timeout: float) -> bytes:
        end = time.monotonic() + timeout
        data = bytearray()
        while len(data) < count:
            data += self.read_some(end - time.monotonic(), count - len(data))
        return bytes(data)

    def read_some(self, timeout: float, limit: int = 65536) -> bytes:
        ready, _, _ = select.select([self.connection], [], [], max(0, timeout))
        chunk = self.connection.recv(min(65536, limit)) if ready else b""
        if not chunk:
            raise TimeoutError("nothing came")
        return chunk

    def write(self, data: bytes) -> None:
        self.connection.sendall(data)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()


class PtyPeer:
    """The master of a pseudo-terminal."""

    def __init__(self, master: int) -> None:
        self._master = master
        self._open = True

    def read_exactly(self, count: int, timeout: float) -> bytes:
        end = time.monotonic() + timeout
        data = b""
        while len(data) < count:
            ready, _, _ = select.select([self._master], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError(f"{len(data)} of {count} bytes came")
            data += os.read(self._master, count - len(data))
        return data

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._master, data) :]

    def close(self) -> None:
        if self._open:
            self._open = False
            os.close(self._master)


class TelnetPeer(SocketPeer):
    """A telnet server that negotiates what real ones do; written without our own machine."""

    GREETING = bytes.fromhex(
        "fffb01"  # WILL ECHO
        "fffb03"  # WILL SUPPRESS-GO-AHEAD
        "fffd1f"  # DO NAWS
        "fffd18"  # DO TERMINAL-TYPE
        "fffa1801fff0"  # SB TERMINAL-TYPE SEND SE
        "fff1"  # NOP
    )

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self.commands: list[bytes] = []
        self._wire = bytearray()
        self._text = bytearray()
        connection.sendall(self.GREETING)

    def read_exactly(self, count: int, timeout: float) -> bytes:
        while len(self._text) < count:
            self._wire += self.read_some(timeout)
            self._take_apart()
        data = bytes(self._text[:count])
        del self._text[:count]
        return data

    def _take_apart(self) -> None:
        while (found := self._wire.find(IAC)) >= 0:
            self._text += self._wire[:found]
            length = 2 if self._wire[found + 1 : found + 2] == IAC else 3
            if len(self._wire) < found + length:
                del self._wire[:found]
                return
            command = bytes(self._wire[found + 1 : found + length])
            del self._wire[: found + length]
            if length == 2:
                self._text += IAC
            else:
                self.commands.append(command)
        self._text += self._wire
        self._wire.clear()

    def write(self, data: bytes) -> None:
        super().write(data.replace(IAC, IAC + IAC))

    def close(self) -> None:
        # A close with the client's answers still unread would be a reset, which drops data.
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)


class RecordedPort(LoopPort):
    """A serial port that notes how its lines and its speed change."""

    def __init__(self) -> None:
        self.events: list[tuple[str, object]] = []
        super().__init__("loop://")
        self.events.clear()

    def _update_rts_state(self) -> None:
        self.events.append(("rts", self.rts))

    def _update_dtr_state(self) -> None:
        self.events.append(("dtr", self.dtr))

    def _reconfigure_port(self) -> None:
        self.events.append(("baudrate", self.baudrate))


class Rfc2217Server:
    """pyserial's own server half for one client; the port's far end is a socket pair."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        self.port_number: int = self._listener.getsockname()[1]
        self.port = RecordedPort()
        self._far, self._near = socket.socketpair()
        self._lock = threading.Lock()
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def read_exactly(self, count: int, timeout: float) -> bytes:
        return SocketPeer(self._far).read_exactly(count, timeout)

    def write(self, data: bytes) -> None:
        """PortManager asks for this method to send its answers."""
        with self._lock:
            self._client.sendall(data)

    def write_data(self, data: bytes) -> None:
        self._connected.wait(10)
        self.write(b"".join(self._manager.escape(data)))

    def close(self, how: int = socket.SHUT_WR) -> None:
        with contextlib.suppress(OSError):
            self._client.shutdown(how)

    def stop(self) -> None:
        self._far.close()
        if self._connected.is_set():
            self.close(socket.SHUT_RDWR)
        else:
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()
        self._near.close()
        self.port.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            self._client, _ = self._listener.accept()
            self._manager = PortManager(self.port, self)  # type: ignore[arg-type]  # typeshed is too narrow
            self._connected.set()
            while data := self._client.recv(4096):
                self._near.sendall(b"".join(self._manager.filter(data)))
        if self._connected.is_set():
            self._client.close()


class Rfc2217Peer:
    """The far end of the port behind an ``Rfc2217Server``."""

    def __init__(self, server: Rfc2217Server) -> None:
        self._server = server
        self.read_exactly = server.read_exactly
        self.write = server.write_data
        self.close = server.close


# Joins its standard input and output to the socket whose number is its argument.
CHILD = """
import os, socket, sys, threading
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def copy():
    while data := os.read(0, 65536):
        connection.sendall(data)
threading.Thread(target=copy, daemon=True).start()
while data := connection.recv(65536):
    while data:
        data = data[os.write(1, data):]
os._exit(7)
"""


class ThreadedSerialTransport(SerialTransport):
    """The way of Windows, which uses only what pyserial offers on every system."""

    def _connect_posix(self, port: serial.Serial) -> Pipe:
        return self._connect_windows(port)


@contextlib.contextmanager
def memory_pair() -> Iterator[tuple[Transport, Peer]]:
    transport = MemoryTransport()
    transport.open()
    yield transport, transport.peer
    transport.close()


@contextlib.contextmanager
def _network_pair(
    kind: type[SocketTransport], peer_kind: type[SocketPeer]
) -> Iterator[tuple[Transport, Peer]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = kind("127.0.0.1", listener.getsockname()[1])
        transport.open()
        peer = peer_kind(listener.accept()[0])
    try:
        yield transport, peer
    finally:
        transport.close()
        peer.connection.close()


def socket_pair() -> AbstractContextManager[tuple[Transport, Peer]]:
    return _network_pair(SocketTransport, SocketPeer)


def telnet_pair() -> AbstractContextManager[tuple[Transport, Peer]]:
    return _network_pair(TelnetTransport, TelnetPeer)


@contextlib.contextmanager
def rfc2217_pair() -> Iterator[tuple[Transport, Peer]]:
    server = Rfc2217Server()
    transport = Rfc2217Transport("127.0.0.1", server.port_number)
    try:
        transport.open()
        yield transport, Rfc2217Peer(server)
    finally:
        transport.close()
        server.stop()


@contextlib.contextmanager
def _serial_pair(kind: type[SerialTransport]) -> Iterator[tuple[Transport, Peer]]:
    master, slave = os.openpty()
    tty.setraw(slave)
    transport = kind(os.ttyname(slave))
    peer = PtyPeer(master)
    transport.open()
    os.close(slave)
    try:
        yield transport, peer
    finally:
        transport.close()
        peer.close()


def serial_pair() -> AbstractContextManager[tuple[Transport, Peer]]:
    return _serial_pair(SerialTransport)


def threaded_serial_pair() -> AbstractContextManager[tuple[Transport, Peer]]:
    return _serial_pair(ThreadedSerialTransport)


@contextlib.contextmanager
def _process_pair(*, pty: bool) -> Iterator[tuple[Transport, Peer]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        port = str(listener.getsockname()[1])
        transport = ProcessTransport([sys.executable, "-I", "-S", "-c", CHILD, port], pty=pty)
        transport.open()
        peer = SocketPeer(listener.accept()[0])
    try:
        yield transport, peer
    finally:
        transport.close()
        peer.close()


def process_pty_pair() -> AbstractContextManager[tuple[Transport, Peer]]:
    return _process_pair(pty=True)


def process_pipes_pair() -> AbstractContextManager[tuple[Transport, Peer]]:
    return _process_pair(pty=False)


@contextlib.contextmanager
def threaded_process_pair() -> Iterator[tuple[Transport, Peer]]:
    """The way of Windows."""
    original = process_module._select_pipe
    process_module._select_pipe = process_module._threaded_pipe
    try:
        with _process_pair(pty=False) as pair:
            yield pair
    finally:
        process_module._select_pipe = original


PAIRS: dict[str, Callable[[], AbstractContextManager[tuple[Transport, Peer]]]] = {
    "memory": memory_pair,
    "socket": socket_pair,
    "telnet": telnet_pair,
    "rfc2217": rfc2217_pair,
    "serial": serial_pair,
    "serial-threaded": threaded_serial_pair,
    "process-pty": process_pty_pair,
    "process-pipes": process_pipes_pair,
    "process-threaded": threaded_process_pair,
}
