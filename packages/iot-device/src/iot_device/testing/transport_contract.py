"""The contract of transports as checks: run them on a transport of your own.

Give a function that makes an open transport and the other end of it, as a context manager::

    @contextmanager
    def make_pair():
        transport = MyTransport(...)
        transport.open()
        try:
            yield transport, my_peer
        finally:
            transport.close()


    @pytest.mark.parametrize("check", TRANSPORT_CHECKS)
    def test_my_transport_keeps_the_contract(check):
        with make_pair() as (transport, peer):
            check(transport, peer)

or, in one go, ``check_transport(make_pair)``. A broken promise is an ``AssertionError``.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from iot_device.errors import ConnectionLostError
from iot_device.transports.base import MAX_READ, Transport
from iot_device.transports.select_pipe import Deadline

__all__ = ["TRANSPORT_CHECKS", "MakePair", "Peer", "TransportCheck", "check_transport"]

_LONG = 20.0  # seconds; a correct transport never needs them
_SOON = 5.0  # seconds; what "at once" means on a busy machine
_DELAY = 0.2  # seconds until a helper thread acts on a read that waits
_PATTERN = bytes(range(256)) * 256  # 64 KB with every byte value


class Peer(Protocol):
    """The other end of a transport; may be read in one thread and written in another."""

    def read_exactly(self, count: int, timeout: float) -> bytes:
        """Return the next ``count`` bytes; raise if they do not come in ``timeout`` seconds."""
        ...

    def write(self, data: bytes) -> None:
        """Send all bytes; may wait until the transport reads."""
        ...

    def close(self) -> None:
        """Unplug: after what was written, the transport finds its end."""
        ...


MakePair: TypeAlias = Callable[[], AbstractContextManager[tuple[Transport, Peer]]]
TransportCheck: TypeAlias = Callable[[Transport, Peer], None]


def check_transport(make_pair: MakePair) -> None:
    """Run every check of ``TRANSPORT_CHECKS``, each on a new pair.

    Raises:
        AssertionError: The transport breaks a promise; the note names the check.
    """
    for check in TRANSPORT_CHECKS:
        with make_pair() as (transport, peer):
            try:
                check(transport, peer)
            except Exception as error:
                error.add_note(f"in {check.__name__}")
                raise


def check_order_is_kept(transport: Transport, peer: Peer) -> None:
    """Bytes arrive in the order in which they were sent, both ways."""
    for piece in (b"first ", b"second ", b"third"):
        _write_all(transport, piece)
    _equal(peer.read_exactly(18, _LONG), b"first second third")
    for piece in (b"one ", b"two ", b"three"):
        peer.write(piece)
    _equal(_read_exactly(transport, 13), b"one two three")


def check_every_byte_value_passes(transport: Transport, peer: Peer) -> None:
    """No byte is taken for a command, a line end, or a signal."""
    every = bytes(range(256)) + b"\r\n\r\0\xff\xff\xff\xf0\r"
    _write_all(transport, every)
    _equal(peer.read_exactly(len(every), _LONG), every)
    peer.write(every)
    _equal(_read_exactly(transport, len(every)), every)


def check_a_slow_reader_gets_everything(transport: Transport, peer: Peer) -> None:
    """Partial writes lose and repeat nothing: 64 KB against a peer that reads late and little."""
    taken = transport.write(_PATTERN, _DELAY)
    _true(0 < taken <= len(_PATTERN), f"write took {taken} bytes")
    with ThreadPoolExecutor(1) as pool:
        rest = pool.submit(_write_all, transport, _PATTERN[taken:])
        got = b"".join(peer.read_exactly(1024, _LONG) for _ in range(len(_PATTERN) // 1024))
        rest.result(_LONG)
    _equal(got, _PATTERN)


def check_reads_are_bounded(transport: Transport, peer: Peer) -> None:
    """A read returns at most ``MAX_READ`` bytes, however much has arrived."""
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(peer.write, _PATTERN * 4)
        got = b""
        while len(got) < len(_PATTERN) * 4:
            chunk = transport.read(_LONG)
            _true(0 < len(chunk) <= MAX_READ, f"read returned {len(chunk)} bytes")
            got += chunk
        writing.result(_LONG)
    _equal(got, _PATTERN * 4)


def check_both_directions_at_once(transport: Transport, peer: Peer) -> None:
    """One thread that writes and reads in turns never deadlocks with a peer that does both."""
    with ThreadPoolExecutor(2) as pool:
        peer_writes = pool.submit(peer.write, _PATTERN)
        peer_reads = pool.submit(peer.read_exactly, len(_PATTERN), _LONG)
        sent, got, deadline = 0, b"", Deadline(_LONG)
        while sent < len(_PATTERN) or len(got) < len(_PATTERN):
            _true(not deadline.passed, f"stuck: sent {sent}, received {len(got)} bytes")
            sent += transport.write(_PATTERN[sent:], 0)
            got += transport.read(0.02)
        peer_writes.result(_LONG)
        _equal(peer_reads.result(_LONG), _PATTERN)
    _equal(got, _PATTERN)


def check_a_full_pipe_takes_nothing_in_time(transport: Transport, peer: Peer) -> None:
    """When the peer reads nothing, a write returns 0 at its deadline; nothing is lost.

    What was taken goes out at the latest while the transport is used again.
    """
    sent = bytearray()
    while taken := transport.write(_PATTERN, _DELAY):
        sent += _PATTERN[:taken]
        _true(len(sent) < 1 << 28, "the pipe never gets full")
    # A network may find some more room meanwhile; what counts is that the write comes back.
    elapsed = _time(lambda: sent.extend(b"x"[: transport.write(b"x", _DELAY)]))
    _true(elapsed < _SOON, f"a write with {_DELAY} s took {elapsed:.1f} s")
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(peer.read_exactly, len(sent), _LONG)
        while not reading.done():
            transport.read(0.02)
    _true(reading.result() == sent, "bytes were lost or changed")


def check_the_deadline_is_kept(transport: Transport, peer: Peer) -> None:  # noqa: ARG001  (silent)
    """A read of a silent peer returns ``b""`` at its deadline, not before."""
    elapsed = _time(lambda: _equal(transport.read(_DELAY), b""))
    _true(_DELAY * 0.9 <= elapsed < _SOON, f"a read with {_DELAY} s took {elapsed:.2f} s")


def check_timeout_zero_returns_at_once(transport: Transport, peer: Peer) -> None:
    """With timeout 0 nothing waits, and what is there is returned."""
    elapsed = _time(lambda: _equal(transport.read(0), b""))
    _true(elapsed < _SOON, f"a read with 0 s took {elapsed:.1f} s")
    _equal(transport.write(b"", 0), 0)
    peer.write(b"x")
    deadline = Deadline(_LONG)
    while not (data := transport.read(0)):
        _true(not deadline.passed, "what arrived is never returned with timeout 0")
    _equal(data, b"x")


def check_wake_from_another_thread(transport: Transport, peer: Peer) -> None:
    """A read that waits for ever returns ``b""`` when another thread calls ``wake``, once."""
    with _later(transport.wake):
        elapsed = _time(lambda: _equal(transport.read(None), b""))
    _true(elapsed < _SOON, f"the read woke after {elapsed:.1f} s")
    elapsed = _time(lambda: _equal(transport.read(_DELAY), b""))
    _true(elapsed >= _DELAY * 0.9, "one wake ended two reads")
    peer.write(b"still works")
    _equal(_read_exactly(transport, 11), b"still works")


def check_wake_before_read_counts(transport: Transport, peer: Peer) -> None:
    """A wake just before the read makes it return; any number of wakes blocks nobody."""
    for _ in range(100_000):
        transport.wake()
    elapsed = _time(lambda: _equal(transport.read(_LONG), b""))
    _true(elapsed < _SOON, f"the read woke after {elapsed:.1f} s")
    peer.write(b"still works")
    _equal(_read_exactly(transport, 11), b"still works")


def check_wake_from_a_signal_handler(transport: Transport, peer: Peer) -> None:  # noqa: ARG001  (silent)
    """A signal handler may wake a read. Only on POSIX and in the main thread."""
    if os.name == "nt" or threading.current_thread() is not threading.main_thread():
        return
    before = signal.signal(signal.SIGUSR1, lambda _number, _frame: transport.wake())
    try:
        main = threading.main_thread().ident or 0
        with _later(lambda: signal.pthread_kill(main, signal.SIGUSR1)):
            elapsed = _time(lambda: _equal(transport.read(_LONG), b""))
    finally:
        signal.signal(signal.SIGUSR1, before)
    _true(elapsed < _SOON, f"the read woke after {elapsed:.1f} s")


def check_what_came_before_the_end_is_read_first(transport: Transport, peer: Peer) -> None:
    """The last words of the board are not lost with it."""
    peer.write(b"last words")
    peer.close()
    _equal(_read_exactly(transport, 10), b"last words")
    _lost(lambda: transport.read(_LONG))


def check_unplugged_while_reading(transport: Transport, peer: Peer) -> None:
    """A read that waits finds out at once that the peer is gone, and so does all after it."""
    with _later(peer.close):
        elapsed = _time(lambda: _lost(lambda: transport.read(None)))
    _true(elapsed < _SOON, f"the loss was noticed after {elapsed:.1f} s")
    _lost(lambda: transport.read(_LONG))
    _lost(lambda: transport.write(b"x", _LONG))


def check_closing_twice_is_nothing(transport: Transport, peer: Peer) -> None:  # noqa: ARG001  (silent)
    """A second ``close`` does nothing; ``wake`` after it neither."""
    transport.close()
    transport.close()
    transport.wake()


def check_a_closed_transport_is_lost(transport: Transport, peer: Peer) -> None:  # noqa: ARG001  (silent)
    """After ``close``, reads and writes raise."""
    transport.close()
    _lost(lambda: transport.read(0))
    _lost(lambda: transport.write(b"x", 0))


def check_closing_after_the_end(transport: Transport, peer: Peer) -> None:
    """A transport whose peer is gone closes without a word."""
    peer.close()
    _lost(lambda: transport.read(_LONG))
    transport.close()
    _lost(lambda: transport.read(0))


TRANSPORT_CHECKS: tuple[TransportCheck, ...] = (
    check_order_is_kept,
    check_every_byte_value_passes,
    check_a_slow_reader_gets_everything,
    check_reads_are_bounded,
    check_both_directions_at_once,
    check_a_full_pipe_takes_nothing_in_time,
    check_the_deadline_is_kept,
    check_timeout_zero_returns_at_once,
    check_wake_from_another_thread,
    check_wake_before_read_counts,
    check_wake_from_a_signal_handler,
    check_what_came_before_the_end_is_read_first,
    check_unplugged_while_reading,
    check_closing_twice_is_nothing,
    check_a_closed_transport_is_lost,
    check_closing_after_the_end,
)
"""All checks, in an order that shows simple faults first."""


class _later:  # noqa: N801  (reads like a function)
    """Call a function in another thread a moment after the block began."""

    def __init__(self, action: Callable[[], object]) -> None:
        self._timer = threading.Timer(_DELAY, action)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.join()


def _write_all(transport: Transport, data: bytes) -> None:
    deadline = Deadline(_LONG)
    while data:
        taken = transport.write(data, deadline.left())
        _true(taken > 0 or not deadline.passed, f"{len(data)} bytes were never taken")
        _true(taken <= len(data), f"write took {taken} of {len(data)} bytes")
        data = data[taken:]


def _read_exactly(transport: Transport, count: int) -> bytes:
    deadline = Deadline(_LONG)
    data = b""
    while len(data) < count:
        data += transport.read(deadline.left())
        _true(not deadline.passed, f"only {len(data)} of {count} bytes came: {data[-200:]!r}")
    return data


def _lost(action: Callable[[], object]) -> None:
    try:
        result = action()
    except ConnectionLostError:
        return
    raise AssertionError(f"no ConnectionLostError, but {result!r}")


def _time(action: Callable[[], object]) -> float:
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def _equal(got: object, expected: object) -> None:
    _true(got == expected, f"{_short(got)} instead of {_short(expected)}")


def _true(condition: bool, message: str) -> None:  # noqa: FBT001  (an assertion)
    if not condition:
        raise AssertionError(message)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:90]} ... {text[-90:]} ({len(text)} characters)"
