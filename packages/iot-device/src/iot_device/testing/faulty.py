"""A transport on which things go wrong at chosen bytes."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from iot_device.errors import ConnectionLostError
from iot_device.session.deadline import Deadline
from iot_device.testing.faults import DIRECTIONS, FaultyLane
from iot_device.transports.base import MAX_READ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from iot_device.session.deadline import Clock
    from iot_device.testing.faults import Direction, Fault
    from iot_device.transports.base import Transport

__all__ = ["FaultyTransport"]


class FaultyTransport:
    """Carries the bytes of another transport, and has faults.

    A cut closes the other transport; it and a mute end when this one is opened again.

    Args:
        transport: The one that works.
        faults: What goes wrong, each once.
        reset: Resets the board, for faults of this kind.
        clock: Gives the time in seconds, for delays.

    Example::

        broken = FaultyTransport(SimulatorTransport(), [Fault("cut", "to_host", 300)])
        with Device(broken) as device:
            device.open()
            ...
    """

    def __init__(
        self,
        transport: Transport,
        faults: Iterable[Fault],
        *,
        reset: Callable[[], object] | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._transport = transport
        self._reset = reset
        self._clock = clock
        self._lanes: dict[Direction, FaultyLane] = {way: FaultyLane() for way in DIRECTIONS}
        self._arrived = b""  # read, and not yet passed on
        self._repeated = b""  # struck by a fault, and not yet written
        self._muted: set[Direction] = set()
        self._held: dict[Direction, Deadline] = {}
        self._is_cut = False
        self.plan(*faults)

    @property
    def url(self) -> str:
        """The URL of the other transport."""
        return self._transport.url

    @property
    def happened(self) -> list[Fault]:
        """The faults so far, those to the board first."""
        return [fault for lane in self._lanes.values() for fault in lane.happened]

    def position(self, direction: Direction) -> int:
        """Return how many bytes were sent in a direction, whatever became of them."""
        return self._lanes[direction].position

    def plan(self, *faults: Fault) -> None:
        """Add faults; their offsets count from the bytes that come next."""
        for fault in faults:
            lane = self._lanes[fault.direction]
            lane.add(replace(fault, offset=lane.position + fault.offset))

    def open(self) -> None:
        """Open the other transport."""
        self._transport.open()
        self._arrived = self._repeated = b""
        self._muted.clear()
        self._held.clear()
        self._is_cut = False

    def read(self, timeout: float | None) -> bytes:
        """Return what came through; see ``Transport.read``."""
        deadline = Deadline(timeout, self._clock)
        while True:
            if passed := self._pass_to_host():
                return passed
            self._check_link()
            held = self._time_held("to_host")
            arrived = self._receive(deadline.within(held or None).remaining)
            self._arrived += arrived
            if not arrived and (deadline.expired or not held or self._time_held("to_host")):
                return self._pass_to_host()  # the timeout, or a wake

    def write(self, data: bytes, timeout: float | None) -> int:
        """Send bytes, as far as nothing happens to them; see ``Transport.write``."""
        self._check_link()
        deadline = Deadline(timeout, self._clock)
        lane = self._lanes["to_board"]
        while data and self._can_write(deadline):
            step = lane.step(data)
            if step.fault is not None:
                self._strike(step.fault)
                continue
            if "to_board" in self._muted:
                size = step.size
            elif step.passed == data[: step.size]:
                size = self._transport.write(step.passed, deadline.remaining)
            else:
                self._repeated = step.passed
                size = step.size
            lane.advance(size)
            self._can_write(Deadline(0.0, self._clock))
            return size
        return 0

    def wake(self) -> None:
        """Make a ``read`` that waits return soon."""
        self._transport.wake()

    def close(self) -> None:
        """Close the other transport."""
        self._transport.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._transport!r}>"

    def _check_link(self) -> None:
        if self._is_cut:
            raise ConnectionLostError("the link was cut", port=self.url)

    def _receive(self, timeout: float | None) -> bytes:
        try:
            return self._transport.read(timeout)
        except ConnectionLostError:
            if not self._arrived:
                raise
            threading.Event().wait(timeout)  # what is held comes before the end
            return b""

    def _pass_to_host(self) -> bytes:
        """Return what of the bytes that arrived comes through now."""
        lane = self._lanes["to_host"]
        passed = b""
        while self._arrived and len(passed) < MAX_READ // 2 and not self._time_held("to_host"):
            # What is repeated is twice as long.
            step = lane.step(self._arrived[: MAX_READ // 4])
            if step.fault is not None:
                self._strike(step.fault, quietly=bool(passed))
                continue
            lane.advance(step.size)
            self._arrived = self._arrived[step.size :]
            passed += b"" if "to_host" in self._muted else step.passed
        return passed

    def _strike(self, fault: Fault, *, quietly: bool = False) -> None:
        """Let a fault happen; a cut is told at once, or ``quietly`` at the next call."""
        match fault.kind:
            case "delay":
                self._held[fault.direction] = Deadline(fault.seconds, self._clock)
            case "mute":
                self._muted.add(fault.direction)
            case "reset" if self._reset is not None:
                self._reset()
            case "cut":
                self._is_cut = True
                self._arrived = b""
                self._transport.close()
                if not quietly:
                    self._check_link()
            case _:
                pass

    def _time_held(self, direction: Direction) -> float:
        """Return for how many seconds nothing passes."""
        held = self._held.get(direction)
        return 0.0 if held is None else held.remaining or 0.0

    def _can_write(self, deadline: Deadline) -> bool:
        """Wait for the end of a delay, write what a fault left; tell whether there is room now."""
        held = self._time_held("to_board")
        if held:
            threading.Event().wait(deadline.within(held).remaining)
        if self._repeated and not self._time_held("to_board"):
            written = self._transport.write(self._repeated, deadline.remaining)
            self._repeated = self._repeated[written:]
        return not self._repeated and not self._time_held("to_board")
