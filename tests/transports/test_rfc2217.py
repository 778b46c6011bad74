"""The modem lines and settings that an RFC 2217 server sees, and when it sees them."""

from __future__ import annotations

import queue
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from iot_device.errors import ConnectError, ConnectionLostError, PortNotFoundError
from iot_device.transports.rfc2217 import Rfc2217Transport, _receive
from transports.peers import Rfc2217Peer, Rfc2217Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device.transports.serial import LineLevel

pytestmark = pytest.mark.slow


@contextmanager
def running_server() -> Iterator[Rfc2217Server]:
    server = Rfc2217Server()
    try:
        yield server
    finally:
        server.stop()


def lines(server: Rfc2217Server) -> list[tuple[str, object]]:
    return [event for event in server.port.events if event[0] in ("dtr", "rts")]


def test_both_lines_are_up_while_open_and_rts_goes_down_first() -> None:
    with running_server() as server:
        transport = Rfc2217Transport("127.0.0.1", server.port_number)
        transport.open()
        assert lines(server) == [("dtr", True), ("rts", True)]
        transport.close()
        assert lines(server)[2:] == [("rts", False), ("dtr", False)]


def test_given_lines_are_set_without_a_reset_and_left_alone() -> None:
    with running_server() as server:
        transport = Rfc2217Transport("127.0.0.1", server.port_number, dtr=False, rts=False)
        transport.open()
        # Never RTS without DTR: that resets an ESP board.
        assert lines(server) == [("rts", False), ("dtr", False)]
        transport.close()
        assert lines(server) == [("rts", False), ("dtr", False)]


@pytest.mark.parametrize(
    ("dtr", "rts", "seen"),
    [
        (True, False, [("rts", False), ("dtr", True)]),
        (False, True, [("dtr", False), ("rts", True)]),
        (None, False, [("rts", False), ("dtr", True)]),
        ("keep", "keep", []),
        ("keep", False, [("rts", False)]),
        (False, "keep", [("dtr", False)]),
    ],
)
def test_each_line_has_the_level_that_was_asked_for(
    *, dtr: LineLevel, rts: LineLevel, seen: list[tuple[str, object]]
) -> None:
    with running_server() as server:
        transport = Rfc2217Transport("127.0.0.1", server.port_number, dtr=dtr, rts=rts)
        transport.open()
        assert lines(server) == seen
        transport.close()
        assert lines(server) == seen


def test_the_server_is_told_the_speed_before_any_byte() -> None:
    with running_server() as server:
        transport = Rfc2217Transport("127.0.0.1", server.port_number, baudrate=9600)
        transport.open()
        assert ("baudrate", 9600) in server.port.events
        assert transport.url == f"rfc2217://127.0.0.1:{server.port_number}?baudrate=9600"
        transport.close()


def test_the_last_bytes_before_closing_arrive() -> None:
    with running_server() as server:
        transport = Rfc2217Transport("127.0.0.1", server.port_number)
        transport.open()
        assert transport.write(b"\x02" * 4000, 5) == 4000
        transport.close()
        assert Rfc2217Peer(server).read_exactly(4000, 10) == b"\x02" * 4000


def test_a_lost_server_ends_the_transport() -> None:
    with running_server() as server:
        transport = Rfc2217Transport("127.0.0.1", server.port_number)
        transport.open()
        server.close(socket.SHUT_RDWR)
        with pytest.raises(ConnectionLostError, match="server closed"):
            transport.read(10)
        transport.close()


def test_bytes_and_end_in_one_go_are_both_seen() -> None:
    received: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    for item in (b"a", b"b", None):
        received.put(item)
    assert _receive(received) == b"ab"
    with pytest.raises(EOFError):
        _receive(received)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(PortNotFoundError, match="nothing listens"):
        Rfc2217Transport("127.0.0.1", port).open()


def test_a_server_that_speaks_something_else_is_refused() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(ConnectError, match="RFC2217"),
    ):
        Rfc2217Transport("127.0.0.1", listener.getsockname()[1]).open()
