"""``iot sim``: a simulated board behind a pty or a TCP port, for one client at a time."""

from __future__ import annotations

import ipaddress
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iot_device.errors import ConnectError, ConnectionLostError, UnsafeError, UnsupportedError
from iot_device.simulator.board import SimulatedBoard
from iot_device.simulator.options import SimulatorOptions
from iot_device.transports.base import MAX_READ

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from iot_device.simulator.wire import Wire

__all__ = ["ServerOptions", "serve"]

_POLL = 0.2  # seconds between looks at whether to stop
_LEAVING = 0.5  # seconds that the thread of a client that has left may take
_BUSY = b"busy: this board has a client already\r\n"


@dataclass(frozen=True)
class ServerOptions:
    """Where a board is served: on a pty or on TCP.

    Attributes:
        board: What the board is made of.
        pty: Path of a symbolic link to make to the pty; ``None``: no link.
        tcp: TCP port, 0 for any that is free; ``None``: a pty.
        listen: Address to listen on; only those of this computer (loopback) are allowed.
    """

    board: SimulatorOptions = field(default_factory=SimulatorOptions)
    pty: Path | None = None
    tcp: int | None = None
    listen: str = "127.0.0.1"


def serve(options: ServerOptions, on_ready: Callable[[str], None], stop: threading.Event) -> None:
    """Serve a simulated board until ``stop`` is set; its state lasts as long.

    Args:
        options: Board and place.
        on_ready: Told the URL of the board once a client can connect.
        stop: Ends the service.

    Raises:
        UnsafeError: It would be reachable from other computers.
        ConnectError: The board cannot be started, or the place is not free.
        UnsupportedError: This system has no ptys.
    """
    board = SimulatedBoard(options.board)
    if options.tcp is None:
        _serve_pty(board, options.pty, on_ready, stop)
    else:
        _serve_tcp(board, (options.listen, options.tcp), on_ready, stop)


# TCP.


def _serve_tcp(
    board: SimulatedBoard,
    address: tuple[str, int],
    on_ready: Callable[[str], None],
    stop: threading.Event,
) -> None:
    _refuse_other_computers(address[0])
    with _listen(address) as listener:
        board.power_on()
        clients: list[threading.Thread] = []
        try:
            host, port = listener.getsockname()[:2]
            on_ready(f"socket://[{host}]:{port}" if ":" in host else f"socket://{host}:{port}")
            while not stop.is_set():
                with suppress(TimeoutError):
                    connection, _ = listener.accept()
                    clients = [client for client in clients if not _has_left(client)]
                    clients += _welcome(board, connection, is_busy=bool(clients))
        finally:
            board.power_off()
            for client in clients:
                client.join()


def _has_left(client: threading.Thread) -> bool:
    # One client ends, the next one comes at once: its thread may still be saying goodbye.
    client.join(_LEAVING)
    return not client.is_alive()


def _refuse_other_computers(host: str) -> None:
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    if host == "localhost":
        return
    raise UnsafeError(
        f"a simulated board on {host} could be used, and this computer through it, by anybody "
        "who can reach that address",
        hint="leave out --listen: 127.0.0.1 is reachable from this computer only",
    )


def _listen(address: tuple[str, int]) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        listener = socket.create_server(address, family=family)
    except OSError as error:
        raise ConnectError(
            f"TCP port {address[1]} on {address[0]} cannot be opened: {error.strerror}",
            port=f"socket://{address[0]}:{address[1]}",
            hint="choose another port, or 0 for any that is free",
        ) from error
    listener.settimeout(_POLL)
    return listener


def _welcome(
    board: SimulatedBoard, connection: socket.socket, *, is_busy: bool
) -> list[threading.Thread]:
    """Start serving a client; tell a second one that the board is busy."""
    if is_busy:
        with connection, suppress(OSError):
            connection.sendall(_BUSY)
        return []
    connection.settimeout(None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client = threading.Thread(target=_serve_connection, args=(board, connection), daemon=True)
    client.start()
    return [client]


def _serve_connection(board: SimulatedBoard, connection: socket.socket) -> None:
    wire = board.attach()
    sender = threading.Thread(target=_send_loop, args=(wire, connection), daemon=True)
    sender.start()
    with suppress(OSError, ConnectionLostError):
        while data := connection.recv(MAX_READ):
            write_all(wire, data)
    board.detach(wire)
    sender.join()
    connection.close()


def _send_loop(wire: Wire, connection: socket.socket) -> None:
    with suppress(OSError, ConnectionLostError):
        while True:
            connection.sendall(wire.read(None))
    # The client, or the board, is gone: end the reading side too.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def write_all(wire: Wire, data: bytes) -> None:
    """Write all of ``data``; wait as long as that takes."""
    while data:
        data = data[wire.write(data, None) :]


# Pty.


def _serve_pty(
    board: SimulatedBoard,
    link: Path | None,
    on_ready: Callable[[str], None],
    stop: threading.Event,
) -> None:
    try:
        # Not on Windows: imported only here.
        from iot_device.simulator.pty_server import PtyServer  # noqa: PLC0415
    except ImportError as error:
        raise UnsupportedError(
            "this system has no ptys", feature="pty", hint="serve on TCP: --tcp PORT"
        ) from error
    with PtyServer(link) as pty:
        board.power_on()
        try:
            pty.start(board.attach())
            on_ready(f"serial://{link if link is not None else pty.path}")
            while not stop.wait(_POLL):
                pty.forget_killed_client()
        finally:
            board.power_off()
