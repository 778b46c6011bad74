"""The transport in memory and its peer."""

from __future__ import annotations

import pytest

from iot_device.errors import ConnectionLostError
from iot_device.testing import MemoryTransport


def test_what_was_written_shows_at_the_other_end() -> None:
    transport = MemoryTransport()
    transport.open()
    assert transport.write(b"print(1)", 1) == 8
    assert transport.peer.read_exactly(5, 1) == b"print"
    assert transport.peer.read_exactly(3, 1) == b"(1)"
    transport.peer.write(b"1\r\n")
    assert transport.read(1) == b"1\r\n"


def test_the_capacity_bounds_what_a_write_takes() -> None:
    transport = MemoryTransport(capacity=4)
    transport.open()
    assert transport.write(b"abcdef", 0) == 4
    assert transport.write(b"ef", 0) == 0
    assert transport.peer.read_exactly(3, 1) == b"abc"
    assert transport.write(b"ef", 0) == 2


def test_a_peer_that_waits_in_vain_shows_what_came() -> None:
    transport = MemoryTransport()
    transport.open()
    transport.write(b"abc", 1)
    with pytest.raises(TimeoutError, match="3 of 4 bytes came: b'abc'"):
        transport.peer.read_exactly(4, 0.05)


def test_it_has_to_be_opened() -> None:
    transport = MemoryTransport()
    with pytest.raises(ConnectionLostError, match="memory://: it is closed"):
        transport.read(0)
