"""Faults happen at the byte that was chosen, in the direction that was chosen, once."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_device.errors import ConnectError, ConnectionLostError
from iot_device.simulator import SimulatorOptions, SimulatorTransport
from iot_device.testing import (
    TRANSPORT_CHECKS,
    Fault,
    FaultyTransport,
    MemoryTransport,
    TransportProxy,
)
from iot_device.testing.faults import FaultyLane

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device.testing import FaultKind, MemoryPeer, Peer, TransportCheck
    from iot_device.transports import Transport

DELAYS = [
    Fault("delay", "to_board", 3, seconds=0.05),
    Fault("delay", "to_host", 3, seconds=0.05),
]


@contextmanager
def faulty_pair(*faults: Fault) -> Iterator[tuple[FaultyTransport, MemoryPeer]]:
    memory = MemoryTransport()
    transport = FaultyTransport(memory, faults)
    transport.open()
    yield transport, memory.peer
    transport.close()


@pytest.mark.slow
@pytest.mark.parametrize("faults", [[], DELAYS], ids=["whole", "delayed"])
@pytest.mark.parametrize("check", TRANSPORT_CHECKS)
def test_it_keeps_the_promises_of_a_transport(check: TransportCheck, faults: list[Fault]) -> None:
    with faulty_pair(*faults) as (transport, peer):
        check(transport, peer)


def read_all(transport: Transport) -> bytes:
    data = b""
    while piece := transport.read(0.02):
        data += piece
    return data


def write_all(transport: Transport, data: bytes) -> None:
    while data:
        data = data[transport.write(data, 1) :]


def come(peer: Peer, count: int) -> bytes:
    return peer.read_exactly(count, 5)


STRUCK: list[tuple[FaultKind, bytes]] = [
    ("drop", b"abcfgh"),
    ("flip", b"abcedfgh"),
    ("duplicate", b"abcdedefgh"),
]


@pytest.mark.parametrize(("kind", "passed"), STRUCK)
@pytest.mark.parametrize("size", [1, 2, 8])
def test_bytes_to_the_board_are_struck(kind: FaultKind, passed: bytes, size: int) -> None:
    with faulty_pair(Fault(kind, "to_board", 3, length=2)) as (transport, peer):
        for start in range(0, 8, size):
            write_all(transport, b"abcdefgh"[start : start + size])
        assert come(peer, len(_pieces(kind, passed, size))) == _pieces(kind, passed, size)
        assert transport.position("to_board") == 8
        assert [fault.kind for fault in transport.happened] == [kind]


@pytest.mark.parametrize(("kind", "passed"), STRUCK)
@pytest.mark.parametrize("size", [1, 2, 8])
def test_bytes_to_the_host_are_struck(kind: FaultKind, passed: bytes, size: int) -> None:
    with faulty_pair(Fault(kind, "to_host", 3, length=2)) as (transport, peer):
        read = b""
        for start in range(0, 8, size):
            peer.write(b"abcdefgh"[start : start + size])
            read += read_all(transport)
        assert read == _pieces(kind, passed, size)
        assert transport.position("to_host") == 8


def _pieces(kind: FaultKind, passed: bytes, size: int) -> bytes:
    # What a fault finds in two pieces it repeats piece by piece.
    return b"abcddeefgh" if kind == "duplicate" and size < 8 else passed


@pytest.mark.parametrize("offset", [0, 3])
def test_a_cut_to_the_host_comes_after_the_bytes_before_it(offset: int) -> None:
    with faulty_pair(Fault("cut", "to_host", offset)) as (transport, peer):
        peer.write(b"abcdefgh")
        if offset:
            assert transport.read(1) == b"abc"
        with pytest.raises(ConnectionLostError):
            transport.read(1)
        with pytest.raises(ConnectionLostError):
            transport.write(b"x", 1)


@pytest.mark.parametrize("offset", [0, 3])
def test_a_cut_to_the_board_comes_after_the_bytes_before_it(offset: int) -> None:
    with faulty_pair(Fault("cut", "to_board", offset)) as (transport, peer):
        if offset:
            assert transport.write(b"abcdefgh", 1) == 3
        with pytest.raises(ConnectionLostError):
            transport.write(b"defgh", 1)
        assert come(peer, offset) == b"abc"[:offset]
        with pytest.raises(ConnectionLostError):
            transport.read(1)


def test_a_muted_direction_is_silent_and_the_other_is_not() -> None:
    with faulty_pair(Fault("mute", "to_host", 3)) as (transport, peer):
        peer.write(b"abcdefgh")
        assert read_all(transport) == b"abc"
        write_all(transport, b"still heard")
        assert come(peer, 11) == b"still heard"
    with faulty_pair(Fault("mute", "to_board", 3)) as (transport, peer):
        write_all(transport, b"abcdefgh")
        assert come(peer, 3) == b"abc"
        with pytest.raises(TimeoutError):
            peer.read_exactly(1, 0.02)
        peer.write(b"still heard")
        assert read_all(transport) == b"still heard"


def test_a_delay_holds_up_what_follows_and_loses_nothing() -> None:
    delays = [Fault("delay", way, 3, seconds=0.1) for way in ("to_board", "to_host")]
    with faulty_pair(*delays) as (transport, peer):
        peer.write(b"abcdefgh")
        assert transport.read(1) == b"abc"
        begun = time.monotonic()
        assert transport.read(0.01) == b""
        assert transport.read(1) == b"defgh"
        assert time.monotonic() - begun > 0.05
        assert transport.write(b"abcdefgh", 1) == 3
        assert transport.write(b"defgh", 0.01) == 0
        write_all(transport, b"defgh")
        assert come(peer, 8) == b"abcdefgh"


def test_a_reset_is_done_where_it_was_ordered() -> None:
    memory = MemoryTransport()
    resets: list[int] = []
    transport = FaultyTransport(
        memory,
        [Fault("reset", "to_board", 2), Fault("reset", "to_host", 3)],
        reset=lambda: resets.append(transport.position("to_board")),
    )
    transport.open()
    write_all(transport, b"abcd")
    memory.peer.write(b"abcd")
    assert read_all(transport) == b"abcd"
    assert resets == [2, 4]


def test_a_later_fault_is_counted_from_where_the_link_is() -> None:
    with faulty_pair(Fault("drop", "to_board", 6)) as (transport, peer):
        write_all(transport, b"abc")
        transport.plan(Fault("flip", "to_board", 1), Fault("drop", "to_board", 0))
        write_all(transport, b"defgh")
        assert come(peer, 6) == b"abcdfh"


def test_the_end_of_the_link_is_passed_on() -> None:
    with faulty_pair() as (transport, peer):
        peer.write(b"last")
        peer.close()
        assert transport.read(1) == b"last"
        with pytest.raises(ConnectionLostError):
            transport.read(1)


@given(
    data=st.binary(min_size=1, max_size=60),
    kind=st.sampled_from(["drop", "flip", "duplicate"]),
    offset=st.integers(0, 60),
    cuts=st.lists(st.integers(1, 7), max_size=20),
)
def test_only_the_chosen_byte_is_struck_however_the_bytes_are_cut(
    data: bytes, kind: FaultKind, offset: int, cuts: list[int]
) -> None:
    lane = FaultyLane()
    lane.add(Fault(kind, "to_host", offset, bits=0xFF))
    passed, rest, sizes = b"", data, [*cuts, len(data)]
    while rest:
        step = lane.step(rest[: sizes[0]])
        sizes = sizes[1:] or [len(data)]
        lane.advance(step.size)
        passed, rest = passed + step.passed, rest[step.size :]
    byte = data[offset : offset + 1]
    struck = {"drop": b"", "duplicate": byte * 2, "flip": bytes(b ^ 0xFF for b in byte)}[kind]
    assert passed == data[:offset] + struck + data[offset + 1 :]
    assert len(lane.happened) == (offset < len(data))


# For processes.


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    (tmp_path / "f").write_bytes(b"old")
    return tmp_path


def iot(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "iot_cli", "-d", url, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pty", "tcp"])
def test_a_proxy_cuts_the_link_of_a_process_and_serves_the_next(
    kind: str, flash: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if kind == "pty" and sys.platform == "win32":
        pytest.skip("no ptys")
    board = SimulatorTransport(SimulatorOptions(flash=flash, vm="cpython"))
    link = tmp_path_factory.mktemp("proxy") / "board" if kind == "pty" else None
    new = flash.with_name("new")
    new.write_bytes(bytes(20_000))
    faults = [Fault("cut", "to_board", 3000)]
    with TransportProxy(FaultyTransport(board, faults), link) as proxy:
        ended = iot(proxy.url, "cp", str(new), ":f")
        assert ended.returncode == 4
        assert "Traceback" not in ended.stderr
        assert (flash / "f").read_bytes() == b"old"
        assert iot(proxy.url, "cat", ":f").stdout == "old"


def test_a_proxy_tells_why_it_cannot_begin() -> None:
    board = SimulatorTransport(SimulatorOptions(vm="/absent/micropython"))
    with pytest.raises(ConnectError), TransportProxy(board, Path("never-made")):
        pass
