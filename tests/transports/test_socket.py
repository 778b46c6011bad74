"""Sockets: what is said when there is no connection, and how the end is noticed."""

from __future__ import annotations

import socket
import struct
import threading

import pytest

from iot_device.errors import ConnectionLostError, PortNotFoundError
from iot_device.transports.socket import SocketTransport, TelnetTransport
from transports.peers import TelnetPeer, telnet_pair


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(PortNotFoundError, match="nothing listens") as caught:
        SocketTransport("127.0.0.1", port).open()
    assert caught.value.port == f"socket://127.0.0.1:{port}"


def test_an_unknown_host_is_not_found() -> None:
    # RFC 6761: names in .invalid never resolve.
    with pytest.raises(PortNotFoundError, match="no such host"):
        SocketTransport("board.invalid", 23).open()


def test_ipv6_works_where_the_machine_has_it() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listener:
        transport = SocketTransport("::1", listener.getsockname()[1])
        transport.open()
        assert transport.url.startswith("socket://[::1]:")
        listener.accept()[0].close()
        with pytest.raises(ConnectionLostError):
            transport.read(10)
        transport.close()


def test_a_reset_connection_is_lost_with_its_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = SocketTransport("127.0.0.1", listener.getsockname()[1])
        transport.open()
        peer, _ = listener.accept()
        # Closing with a linger time of 0 sends a reset instead of an end.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        with pytest.raises(ConnectionLostError, match="reset"):
            transport.read(10)
        transport.close()


def test_what_arrived_can_be_read_after_a_write_failed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = SocketTransport("127.0.0.1", listener.getsockname()[1])
        transport.open()
        peer, _ = listener.accept()
        peer.sendall(b"last words")
        assert transport.read(10) == b"last words"
        peer.close()
        with pytest.raises(ConnectionLostError):  # noqa: PT012  (the first write still goes out)
            for _ in range(1000):
                transport.write(b"x", 1)
        with pytest.raises(ConnectionLostError):
            transport.read(10)
        transport.close()


def test_silence_is_asked_about() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = SocketTransport("127.0.0.1", listener.getsockname()[1])
        transport.open()
        connection = transport._pipe._source  # type: ignore[union-attr]
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        transport.close()


def test_telnet_refuses_what_it_does_not_know() -> None:
    with telnet_pair() as (transport, peer):
        assert isinstance(peer, TelnetPeer)
        peer.write(b"x")
        assert transport.read(10) == b"x"
        transport.write(b"y", 10)
        assert peer.read_exactly(1, 10) == b"y"
        assert sorted(peer.commands) == [
            b"\xfb\x00",  # WILL BINARY
            b"\xfb\x03",  # WILL SUPPRESS-GO-AHEAD
            b"\xfc\x18",  # WON'T TERMINAL-TYPE
            b"\xfc\x1f",  # WON'T NAWS
            b"\xfd\x00",  # DO BINARY
            b"\xfd\x01",  # DO ECHO
            b"\xfd\x03",  # DO SUPPRESS-GO-AHEAD
        ]


def test_negotiation_alone_is_no_data() -> None:
    with telnet_pair() as (transport, _):
        assert transport.read(0.1) == b""


def test_a_telnet_server_that_talks_nonsense_is_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = TelnetTransport("127.0.0.1", listener.getsockname()[1])
        transport.open()
        peer, _ = listener.accept()
        peer.sendall(b"\xff\xfa" + bytes(10_000))
        with pytest.raises(ConnectionLostError, match="without end"):
            transport.read(10)
        transport.close()
        peer.close()


def test_telnet_sends_the_rest_while_a_read_waits() -> None:
    with telnet_pair() as (transport, peer):
        data = bytes(range(256)) * 1024
        sent = bytearray()
        while taken := transport.write(data, 0.1):
            sent += data[:taken]
        assert transport.read(0.1) == b""  # the greeting is out of the way
        got: list[bytes] = []

        def read_and_answer() -> None:
            got.append(peer.read_exactly(len(sent), 20))
            peer.write(b"all there")

        later = threading.Timer(0.2, read_and_answer)
        later.start()
        assert transport.read(20) == b"all there"
        later.join()
        assert got == [bytes(sent)]


def test_telnet_writes_wait_for_what_was_taken_before() -> None:
    with telnet_pair() as (transport, peer):
        data = bytes(range(256)) * 1024
        sent = bytearray()
        while taken := transport.write(data, 0.1):
            sent += data[:taken]
        got: list[bytes] = []
        later = threading.Timer(0.2, lambda: got.append(peer.read_exactly(len(sent) + 4, 20)))
        later.start()
        assert transport.write(b"last", 20) == 4
        transport.read(0.1)
        later.join()
        assert got == [bytes(sent) + b"last"]
