"""The console: lines are found however the bytes are cut, and the connection is made again."""

from __future__ import annotations

import re
import threading
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.terminal_process import TcpBoard, tcp_board
from iot_device import BoardTimeoutError, ConnectError, ConnectionLostError, Console, open_console
from iot_device.console import MAX_LINE, LineFinder
from iot_device.testing import MemoryTransport
from iot_device.transports.serial import SerialTransport
from iot_device.transports.socket import SocketTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 20.0  # seconds


@pytest.fixture
def board() -> Iterator[TcpBoard]:
    with tcp_board() as board:
        yield board


def finder(pattern: str) -> LineFinder:
    return LineFinder(re.compile(pattern))


@given(st.lists(st.integers(0, 30), max_size=5))
def test_a_line_is_found_in_whatever_pieces_it_comes(cuts: list[int]) -> None:
    data = "zuvor\r\nfünf°\r\nnach".encode()
    places = [0, *sorted(cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(places) if data[a:b]]
    found = finder("^fünf°$")
    assert [found.feed(piece) for piece in pieces].count(True) == 1


def test_an_unfinished_line_is_searched_when_the_board_is_quiet() -> None:
    prompt = finder(r"^>>> $")
    assert not prompt.feed(b">>> ")
    assert prompt.has_unsearched
    assert prompt.feed(b"")
    assert not prompt.has_unsearched


def test_the_end_of_a_line_is_not_where_a_piece_ends() -> None:
    found = finder("ready$")
    assert not found.feed(b"ready")
    assert not found.feed(b" soon\n")
    assert not found.feed(b"")
    assert found.feed(b"ready\n")


def test_a_line_without_end_is_searched_in_bounded_memory() -> None:
    found = finder("ab")
    for _ in range(40):
        assert not found.feed(b"x" * 10_000)
        assert len(found._line) <= MAX_LINE + 10_000
    assert not found.feed(b"a")
    assert found.feed(b"b" + b"x" * MAX_LINE)


def test_bad_utf_8_does_not_hide_a_line() -> None:
    assert finder("^ok$").feed(b"\xff\xc3\nok\n")


def test_watching_ends_after_the_piece_with_the_match() -> None:
    transport = MemoryTransport()
    with Console(transport) as console:
        console.open()
        transport.peer.write(b"one\ntwo\nthree\n")
        assert list(console.watch(until="two", timeout=PATIENCE)) == [b"one\ntwo\nthree\n"]


def test_watching_without_a_match_tells_what_came() -> None:
    transport = MemoryTransport()
    with Console(transport) as console:
        console.open()
        transport.peer.write(b"one\n")
        with pytest.raises(BoardTimeoutError) as caught:
            list(console.watch(until="t+wo", timeout=0.3))
    assert caught.value.received == b"one\n"
    assert caught.value.waiting_for == "a line that matches 't+wo'"


def test_watching_for_a_time_is_no_error() -> None:
    transport = MemoryTransport()
    with Console(transport) as console:
        console.open()
        transport.peer.write(b"one\n")
        assert list(console.watch(timeout=0.3)) == [b"one\n"]


def test_the_connection_is_made_again_and_both_are_told(board: TcpBoard) -> None:
    changes: list[ConnectionLostError | None] = []
    with open_console(board.url, on_change=changes.append) as console:
        board.accept()
        board.hang_up()
        accepting = threading.Thread(target=board.accept)
        accepting.start()
        while len(changes) < 2:
            assert console.read(PATIENCE) == b""
        accepting.join(PATIENCE)
        board.send(b"again")
        assert console.read(PATIENCE) == b"again"
        assert console.write(b"x", PATIENCE) == 1
        assert board.receive(1) == b"x"
    assert isinstance(changes[0], ConnectionLostError)
    assert changes[1] is None


def test_what_is_written_while_the_connection_is_lost_goes_nowhere(board: TcpBoard) -> None:
    changes: list[ConnectionLostError | None] = []
    with open_console(board.url, on_change=changes.append) as console:
        board.accept()
        board.close()
        while not changes:
            console.read(PATIENCE)
        assert console.write(b"lost", PATIENCE) == 4


def test_a_wait_for_a_lost_port_ends_when_it_is_woken(
    board: TcpBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iot_device.console.LONG_INTERVAL", 3600.0)
    changes: list[ConnectionLostError | None] = []
    with open_console(board.url, on_change=changes.append) as console:
        board.accept()
        board.close()
        while not changes:
            console.read(PATIENCE)
        waker = threading.Timer(0.1, console.wake)
        waker.start()
        assert console.read(None) == b""
        waker.join()


def test_a_port_that_is_not_there_at_the_beginning_is_an_error() -> None:
    with pytest.raises(ConnectError):
        open_console("/dev/absent")


def test_lines_are_kept_where_there_are_lines_and_the_url_says_nothing() -> None:
    from iot_device.console import with_kept_lines

    assert with_kept_lines("/dev/ttyX") == "serial:///dev/ttyX?dtr=keep&rts=keep"
    assert with_kept_lines("serial://COM3?rts=off") == "serial://COM3?dtr=keep&rts=off"
    assert with_kept_lines("socket://h:1") == "socket://h:1"


def test_a_console_shows_its_url() -> None:
    assert repr(Console(SocketTransport("h", 1))) == "<Console socket://h:1>"
    assert Console(SerialTransport("/dev/x")).url == "serial:///dev/x"
