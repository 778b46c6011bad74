"""Faults of a link at chosen bytes; pure: what becomes of the bytes of one direction."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["DIRECTIONS", "FAULT_KINDS", "Direction", "Fault", "FaultKind", "FaultyLane", "Step"]

Direction: TypeAlias = Literal["to_board", "to_host"]
FaultKind: TypeAlias = Literal["cut", "drop", "flip", "duplicate", "delay", "mute", "reset"]

DIRECTIONS: Final[tuple[Direction, ...]] = ("to_board", "to_host")
FAULT_KINDS: Final[tuple[FaultKind, ...]] = (
    "cut",
    "drop",
    "flip",
    "duplicate",
    "delay",
    "mute",
    "reset",
)


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and where. Each happens once.

    Attributes:
        kind: ``cut`` ends the link, ``drop`` loses bytes, ``flip`` inverts bits of them,
            ``duplicate`` repeats them, ``delay`` holds up what follows, ``mute`` loses all that
            follows, ``reset`` resets the board.
        direction: ``to_board`` or ``to_host``.
        offset: The byte that it happens to or before, counted from 0 over all openings.
        length: Bytes that are dropped, flipped or repeated.
        bits: Which bits are flipped, 1 to 255.
        seconds: How long a delay lasts.
    """

    kind: FaultKind
    direction: Direction
    offset: int
    length: int = 1
    bits: int = 1
    seconds: float = 0.5


@dataclass(frozen=True)
class Step:
    """What becomes of the next bytes.

    Attributes:
        size: How many of them this is about; 0 for a fault that happens between bytes.
        passed: What the other side gets for them.
        fault: What happens, if it concerns more than these bytes.
    """

    size: int
    passed: bytes
    fault: Fault | None = None


class FaultyLane:
    """One direction of a link."""

    def __init__(self) -> None:
        self._faults: deque[Fault] = deque()
        self.position: int = 0
        """Bytes that were sent so far, whatever became of them."""
        self.happened: list[Fault] = []
        """The faults that have struck."""
        self._struck_before = 0  # bytes, of the first fault that is left

    def add(self, fault: Fault) -> None:
        """Add a fault, at a byte that was not sent yet."""
        self._faults = deque(sorted([*self._faults, fault], key=lambda fault: fault.offset))

    def step(self, data: bytes) -> Step:
        """Tell what becomes of the beginning of ``data``, at least one byte.

        A fault is told once; the bytes are counted by ``advance``.
        """
        if not self._faults:
            return Step(len(data), data)
        fault = self._faults[0]
        if fault.offset > self.position:
            passed = data[: fault.offset - self.position]
            return Step(len(passed), passed)
        if not self._struck_before:
            self.happened.append(fault)
        if fault.kind not in ("drop", "flip", "duplicate"):
            self._faults.popleft()
            return Step(0, b"", fault)
        struck = data[: fault.length - self._struck_before]
        self._struck_before += len(struck)
        if self._struck_before == fault.length:
            self._struck_before = 0
            self._faults.popleft()
        return Step(len(struck), _changed(struck, fault))

    def advance(self, size: int) -> None:
        """Count bytes that were sent."""
        self.position += size


def _changed(data: bytes, fault: Fault) -> bytes:
    if fault.kind == "flip":
        return bytes(byte ^ fault.bits for byte in data)
    return data * 2 if fault.kind == "duplicate" else b""
