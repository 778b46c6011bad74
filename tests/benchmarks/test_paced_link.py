"""The paced link of the benchmarks: its rate, its latency, and a ring that overflows."""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from iot_device.simulator.wire import Wire
from paced_link import Lane, LinkModel, PacedLink, Ring, parse_model

if TYPE_CHECKING:
    from collections.abc import Iterator

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="ptys are POSIX only")


def arrivals(lane: Lane, until: float) -> list[tuple[float, bytes]]:
    """Take bytes when they are due; return when they came."""
    came = []
    while (due := lane.next_arrival) is not None and due <= until:
        came.append((due, lane.take(due)))
    return came


def test_bytes_arrive_at_the_rate_of_the_wire_and_after_its_latency() -> None:
    lane = Lane(rate=1000.0, latency=0.25)
    lane.put(b"0123456789", now=5.0)
    assert lane.take(5.25) == b""
    came = arrivals(lane, 10.0)
    assert came[0][0] == pytest.approx(5.251)
    assert came[-1][0] == pytest.approx(5.260)
    assert b"".join(data for _, data in came) == b"0123456789"


def test_what_is_sent_later_waits_behind_what_was_sent_before() -> None:
    lane = Lane(rate=1000.0, latency=0.0)
    lane.put(b"a" * 100, now=0.0)
    assert not lane.has_room(0.05)
    lane.put(b"b" * 100, now=0.05)
    assert arrivals(lane, 10.0)[-1][0] == pytest.approx(0.2)


def test_an_idle_wire_saves_no_time_for_later() -> None:
    lane = Lane(rate=1000.0, latency=0.0)
    lane.put(b"a", now=0.0)
    lane.put(b"b", now=9.0)
    assert [due for due, _ in arrivals(lane, 10.0)] == pytest.approx([0.001, 9.001])


def test_a_lane_without_rate_has_latency_only() -> None:
    lane = Lane(rate=None, latency=0.5)
    lane.put(b"x" * 100_000, now=1.0)
    assert lane.take(1.4) == b""
    assert lane.take(1.5) == b"x" * 100_000
    assert lane.total == 100_000


def test_a_ring_that_drops_loses_what_does_not_fit_and_counts_it() -> None:
    ring = Ring(4, drops=True)
    ring.put(b"abc")
    ring.put(b"def")
    assert (ring.lost, ring.is_blocked) == (2, False)
    assert ring.take() == b"abcd"
    assert ring.take() == b""


def test_a_ring_that_does_not_drop_lets_the_rest_wait_in_order() -> None:
    ring = Ring(4, drops=False)
    ring.put(b"abcdefghij")
    taken = [ring.take(), ring.take()]
    assert ring.is_empty is False
    taken.append(ring.take())
    assert (taken, ring.lost, ring.is_blocked) == ([b"abcd", b"efgh", b"ij"], 0, False)


def test_a_model_is_read_from_text() -> None:
    assert parse_model("") == LinkModel()
    assert parse_model("rate=11520,latency=0.001,ring=255,drop,tick=0.01") == LinkModel(
        rate=11520.0, latency=0.001, ring=255, drops=True, tick=0.01
    )
    assert not parse_model("ring=512,nak").drops
    with pytest.raises(ValueError, match="'speed=1'"):
        parse_model("speed=1")


class Board:
    """The board's end of a wire."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.wire = Wire(self.changed, "sim://")

    def receive(self, size: int) -> bytes:
        """Take what comes until there are so many bytes, for 10 s at most."""
        data, deadline = b"", time.monotonic() + 10.0
        with self.changed:
            while len(data) < size and self.changed.wait_for(
                lambda: bool(self.wire.waiting), deadline - time.monotonic()
            ):
                data += self.wire.take()
        return data


@contextmanager
def linked(model: LinkModel) -> Iterator[tuple[PacedLink, int, Board]]:
    """A link between the slave of a pty and a board that a test plays."""
    import tty

    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    board = Board()
    link = PacedLink(model, master, board.wire)
    link.start()
    try:
        yield link, slave, board
    finally:
        with board.changed:
            board.wire.end()
        link.stop()
        os.close(slave)
        os.close(master)


@on_posix
@pytest.mark.slow
def test_a_link_carries_all_bytes_both_ways_not_faster_than_its_model() -> None:
    data = bytes(range(256)) * 8
    with linked(LinkModel(rate=20_000.0, latency=0.05, ring=64)) as (link, slave, board):
        start = time.monotonic()
        os.write(slave, data)
        assert board.receive(len(data)) == data
        assert time.monotonic() - start >= 0.15
        start, back = time.monotonic(), b""
        with board.changed:
            board.wire.send(data)
        while len(back) < len(data) and select.select([slave], [], [], 10.0)[0]:
            back += os.read(slave, 4096)
        assert back == data
        assert time.monotonic() - start >= 0.15
        assert link.statistics == {
            "to_board": len(data),
            "to_host": len(data),
            "lost": 0,
            "turns": 1,
        }


@on_posix
@pytest.mark.slow
def test_a_turn_is_what_the_host_writes_after_it_has_got_something() -> None:
    with linked(LinkModel()) as (link, slave, board):
        for _ in range(3):
            os.write(slave, b"ab")
            assert board.receive(2) == b"ab"
            with board.changed:
                board.wire.send(b"answer")
            assert select.select([slave], [], [], 10.0)[0]
            os.read(slave, 4096)
        assert link.statistics["turns"] == 3


@on_posix
@pytest.mark.slow
def test_a_sender_that_ignores_the_ring_is_found_out() -> None:
    model = LinkModel(rate=100_000.0, ring=16, drops=True, tick=0.1)
    with linked(model) as (link, slave, board):
        os.write(slave, bytes(2000))
        assert len(board.receive(16)) >= 16
        deadline = time.monotonic() + 10.0
        while link.statistics["lost"] < 1000 and time.monotonic() < deadline:
            board.receive(1)
        assert link.statistics["lost"] >= 1000
