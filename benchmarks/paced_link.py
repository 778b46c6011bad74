"""A link with the speed of a real one: wire and receiver modelled, overflow detected.

Each direction is a lane: bytes leave at the wire's rate and arrive after its latency. The board's
end has an input ring that the board looks into once a tick. What does not fit is lost, as on a
UART, or waits on the wire, as on USB, whose receiver answers NAK.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from iot_device.errors import ConnectionLostError

if TYPE_CHECKING:
    from iot_device.simulator.wire import Wire

__all__ = ["Lane", "LinkModel", "PacedLink", "Ring", "parse_model"]

_PIECE: Final = 0.0005  # seconds of wire time that arrive together
_AHEAD: Final = 0.005  # seconds of wire time that the sender's side may hold
_MOST: Final = 65536  # bytes of one read


@dataclass(frozen=True)
class LinkModel:
    """A wire and the receiver at the board's end of it.

    Attributes:
        rate: Bytes per second, each way; ``None``: as fast as this computer.
        latency: Seconds that a byte travels, each way.
        ring: Bytes that the board's input ring holds; ``None``: it has no end.
        drops: Whether what does not fit is lost; else it waits.
        tick: Seconds from one look of the board into its ring to the next.
    """

    rate: float | None = None
    latency: float = 0.0
    ring: int | None = None
    drops: bool = False
    tick: float = 0.0


def parse_model(text: str) -> LinkModel:
    """Read ``rate=11520,latency=0.001,ring=255,drop,tick=0.01``; ``nak`` is the other of ``drop``.

    Raises:
        ValueError: It makes no sense.
    """
    model: dict[str, float] = {}
    words = [word for word in text.split(",") if word]
    for word in words:
        name, _, value = word.partition("=")
        if name not in ("rate", "latency", "ring", "tick") and word not in ("drop", "nak"):
            raise ValueError(f"a link has no {word!r}")
        if value:
            model[name] = float(value)
    return LinkModel(
        rate=model.get("rate"),
        latency=model.get("latency", 0.0),
        ring=int(model["ring"]) if "ring" in model else None,
        drops="drop" in words,
        tick=model.get("tick", 0.0),
    )


class Lane:
    """One direction of a wire. It knows no clock: the caller says what time it is.

    Args:
        rate: Bytes per second; ``None``: no limit.
        latency: Seconds that each byte travels.
    """

    def __init__(self, rate: float | None, latency: float) -> None:
        self._rate = rate
        self._latency = latency
        self._on_the_way: deque[tuple[float, bytes]] = deque()
        self._busy_until = 0.0
        self.total: int = 0

    def has_room(self, now: float) -> bool:
        """Tell whether the sender can give more: the wire is nearly idle."""
        return self._busy_until - now < _AHEAD

    def put(self, data: bytes, now: float) -> None:
        """Begin to send bytes, behind those that were given before."""
        self.total += len(data)
        if self._rate is None:
            self._on_the_way.append((now + self._latency, data))
            return
        size = max(1, int(self._rate * _PIECE))
        self._busy_until = max(self._busy_until, now)
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            self._busy_until += len(piece) / self._rate
            self._on_the_way.append((self._busy_until + self._latency, piece))

    def take(self, now: float) -> bytes:
        """Return what has arrived."""
        arrived = []
        while self._on_the_way and self._on_the_way[0][0] <= now:
            arrived.append(self._on_the_way.popleft()[1])
        return b"".join(arrived)

    @property
    def next_arrival(self) -> float | None:
        """When the next bytes arrive; ``None`` if none are on their way."""
        return self._on_the_way[0][0] if self._on_the_way else None


class Ring:
    """The board's input ring.

    Args:
        size: Bytes that it holds; ``None``: no end.
        drops: Whether what does not fit is lost; else it waits outside.
    """

    def __init__(self, size: int | None, *, drops: bool) -> None:
        self._size = size
        self._drops = drops
        self._data = bytearray()
        self._outside = b""
        self.lost: int = 0

    @property
    def is_blocked(self) -> bool:
        """Whether bytes wait outside: the receiver answers NAK."""
        return bool(self._outside)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to take."""
        return not self._data

    def put(self, data: bytes) -> None:
        """Take bytes that arrived."""
        data = self._outside + data
        room = len(data) if self._size is None else max(0, self._size - len(self._data))
        self._data += data[:room]
        self._outside = b"" if self._drops else data[room:]
        self.lost += len(data[room:]) if self._drops else 0

    def take(self) -> bytes:
        """Empty the ring; what waited outside comes in."""
        data = bytes(self._data)
        self._data.clear()
        self.put(b"")
        return data


class PacedLink:
    """Carries bytes between the master of a pty and the wire of a simulated board.

    Args:
        model: How fast.
        master: Descriptor of the pty's master; not blocking.
        wire: The board's.
    """

    def __init__(self, model: LinkModel, master: int, wire: Wire) -> None:
        self._model = model
        self._master = master
        self._wire = wire
        self._to_board = Lane(model.rate, model.latency)
        self._to_host = Lane(model.rate, model.latency)
        self._ring = Ring(model.ring, drops=model.drops)
        self._next_look = 0.0
        self._is_stopped = False
        self._turns = 0
        self._has_heard = True  # whether the host got something since it last wrote
        # Closing the second end of this pipe tells the thread that waits for the host to end.
        self._stopped, self._stop = os.pipe()
        self._threads = [
            threading.Thread(target=work, daemon=True)
            for work in (self._carry_to_board, self._carry_to_host)
        ]

    def start(self) -> None:
        """Begin, in threads of its own."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads; the board has ended the wire before."""
        os.close(self._stop)
        for thread in self._threads:
            thread.join()
        os.close(self._stopped)

    @property
    def statistics(self) -> dict[str, int]:
        """Figures so far.

        Bytes ``to_board``, ``to_host``, and ``lost`` in the board's input ring; and ``turns``: how
        often the host wrote after it had got something.
        """
        return {
            "to_board": self._to_board.total,
            "to_host": self._to_host.total,
            "lost": self._ring.lost,
            "turns": self._turns,
        }

    def _carry_to_board(self) -> None:
        with suppress(OSError, ConnectionLostError):
            while not self._is_stopped:
                now = time.monotonic()
                if not self._ring.is_blocked and (arrived := self._to_board.take(now)):
                    self._ring.put(arrived)
                if not self._ring.is_empty and now >= self._next_look:
                    self._next_look = now + self._model.tick
                    self._deliver(self._ring.take())
                    continue
                self._accept_from_host(now)

    def _deliver(self, data: bytes) -> None:
        while data:
            data = data[self._wire.write(data, None) :]

    def _accept_from_host(self, now: float) -> None:
        """Wait until the host writes or something else is due."""
        due = [] if self._ring.is_empty else [self._next_look]
        if not self._ring.is_blocked and self._to_board.next_arrival is not None:
            due.append(self._to_board.next_arrival)
        has_room = self._to_board.has_room(now)
        patience = max(0.0, min(due) - now) if due else None if has_room else _PIECE
        readers = [self._stopped, *([self._master] if has_room else [])]
        ready, _, _ = select.select(readers, [], [], patience)
        self._is_stopped = self._stopped in ready
        if self._master in ready:
            self._turns += self._has_heard
            self._has_heard = False
            self._to_board.put(os.read(self._master, _MOST), time.monotonic())

    def _carry_to_host(self) -> None:
        with suppress(OSError, ConnectionLostError):
            while True:
                now = time.monotonic()
                self._send_to_host(self._to_host.take(now))
                due = self._to_host.next_arrival
                patience = None if due is None else max(0.0, due - time.monotonic())
                if not self._to_host.has_room(now):
                    select.select([], [], [], _PIECE if patience is None else patience)
                elif data := self._wire.read(patience):
                    self._to_host.put(data, time.monotonic())

    def _send_to_host(self, data: bytes) -> None:
        while data:
            if self._stopped in select.select([self._stopped], [self._master], [])[0]:
                return
            self._has_heard = True  # before: the host may answer before this thread goes on
            data = data[os.write(self._master, data) :]
