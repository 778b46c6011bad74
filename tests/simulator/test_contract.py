"""The in-memory wire of ``sim://`` keeps the contract of transports."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from iot_device.simulator import SimulatedBoard, SimulatorOptions, SimulatorTransport
from iot_device.testing import TRANSPORT_CHECKS

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from iot_device.simulator.wire import Wire
    from iot_device.testing import TransportCheck


class _BoardEnd:
    """The board's end of the wire, without a board."""

    def __init__(self, wire: Wire, changed: threading.Condition) -> None:
        self._wire = wire
        self._changed = changed
        self._taken = b""

    def read_exactly(self, count: int, timeout: float) -> bytes:
        deadline = time.monotonic() + timeout
        with self._changed:
            while len(self._taken) < count:
                left = deadline - time.monotonic()
                assert self._changed.wait_for(lambda: self._wire.waiting, max(0, left))
                self._taken += self._wire.take()
        data, self._taken = self._taken[:count], self._taken[count:]
        return data

    def write(self, data: bytes) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._wire.has_room)
            self._wire.send(data)

    def close(self) -> None:
        with self._changed:
            self._wire.end()


class _Transport(SimulatorTransport):
    """One whose board has no power: only the wire is there."""

    def connect(self, board: SimulatedBoard) -> _BoardEnd:
        self._board = board
        self._wire = board.attach()
        return _BoardEnd(self._wire, board._changed)


@contextmanager
def _pair(flash: Path) -> Iterator[tuple[SimulatorTransport, _BoardEnd]]:
    options = SimulatorOptions(flash=flash)
    transport = _Transport(options)
    peer = transport.connect(SimulatedBoard(options))
    yield transport, peer
    transport.close()


@pytest.mark.slow
@pytest.mark.parametrize("check", TRANSPORT_CHECKS)
def test_the_wire_keeps_its_promise(check: TransportCheck, flash: Path) -> None:
    with _pair(flash) as (transport, peer):
        check(transport, peer)
