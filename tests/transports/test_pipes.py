"""The pipes under the transports: what only they promise."""

from __future__ import annotations

import socket
import threading

import pytest

from iot_device.transports.select_pipe import Deadline, SelectPipe
from iot_device.transports.threaded_pipe import Inbox, Outbox, ThreadedPipe
from transports.peers import SocketPeer

BIG = bytes(range(256)) * 40_000  # 10 MB, more than a socket holds


def test_what_is_to_be_sent_soon_goes_out_while_a_read_waits() -> None:
    ours, theirs = socket.socketpair()
    pipe = SelectPipe.over_socket(ours)
    peer = SocketPeer(theirs)
    pipe.send_soon(BIG)
    got: list[bytes] = []

    def read_and_answer() -> None:
        got.append(peer.read_exactly(len(BIG), 20))
        peer.write(b"all there")

    thread = threading.Thread(target=read_and_answer)
    thread.start()
    assert pipe.read(20) == b"all there"
    thread.join()
    assert got == [BIG]
    pipe.close()
    peer.close()


def test_a_write_comes_after_what_is_to_be_sent_soon() -> None:
    ours, theirs = socket.socketpair()
    pipe = SelectPipe.over_socket(ours)
    peer = SocketPeer(theirs)
    pipe.send_soon(BIG)
    assert pipe.write(b"last", 0) == 0
    assert not pipe.drain(0.05)
    got: list[bytes] = []
    thread = threading.Thread(target=lambda: got.append(peer.read_exactly(len(BIG) + 4, 20)))
    thread.start()
    assert pipe.write(b"last", 20) == 4
    thread.join()
    assert got == [BIG + b"last"]
    pipe.close()
    peer.close()


def test_a_deadline_without_timeout_never_passes() -> None:
    assert Deadline(None).left() is None
    assert not Deadline(None).passed
    assert Deadline(0).passed
    assert Deadline(-1).left() == 0


def test_an_inbox_repeats_its_end() -> None:
    inbox = Inbox()
    inbox.put(b"last words")
    inbox.end(EOFError("gone"))
    assert inbox.get(0) == b"last words"
    for _ in range(3):
        with pytest.raises(EOFError, match="gone"):
            inbox.get(0)


def test_an_outbox_is_bounded_and_fails_its_writer() -> None:
    outbox = Outbox(capacity=4)
    assert outbox.put(b"abcdef", 0) == 4
    assert outbox.put(b"ef", 0) == 0
    assert outbox.take(2) == b"ab"
    outbox.fail(OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        outbox.put(b"x", None)
    assert outbox.take(9) == b"cd"


def test_a_reader_thread_stops_reading_when_nobody_takes_its_bytes() -> None:
    produced: list[int] = []
    full = threading.Event()
    closed = threading.Event()

    def receive() -> bytes:
        produced.append(1)
        if len(produced) > 16:
            full.set()
        return b"x"

    pipe = ThreadedPipe(
        receive=receive, send=lambda _: None, interrupt=closed.set, release=lambda: None
    )
    assert full.wait(20)
    assert pipe.read(20) == b"x"
    # 16 chunks wait, one is in the thread's hand; each that is taken makes room for one.
    assert len(produced) <= 16 + 1 + 1
    pipe.close()
    assert closed.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("iot-")]


def test_a_send_that_fails_is_told_to_the_writer() -> None:
    def send(_: bytes) -> None:
        raise OSError("gone")

    stop = threading.Event()

    def receive() -> bytes:
        stop.wait(20)
        return b""

    pipe = ThreadedPipe(receive=receive, send=send, interrupt=stop.set, release=lambda: None)
    pipe.write(b"x", 20)
    with pytest.raises(OSError, match="gone"):  # noqa: PT012  (the thread fails a moment later)
        for _ in range(1000):
            pipe.write(b"x" * 4096, 20)
    pipe.close()


def test_closing_sends_what_was_taken_before_it_interrupts() -> None:
    sent: list[bytes] = []
    stop = threading.Event()
    sent_at_interrupt: list[int] = []

    def send(data: bytes) -> None:
        stop.wait(0.2)  # a slow line
        sent.append(data)

    def receive() -> bytes:
        stop.wait(20)
        return b""

    def interrupt() -> None:
        sent_at_interrupt.append(len(sent))
        stop.set()

    pipe = ThreadedPipe(receive=receive, send=send, interrupt=interrupt, release=lambda: None)
    assert pipe.write(b"last", 20) == 4
    pipe.close()
    assert sent == [b"last"]
    assert sent_at_interrupt == [1]
