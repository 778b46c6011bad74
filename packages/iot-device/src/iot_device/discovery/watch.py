"""Boards that come and go; no port is opened."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from iot_device.discovery.serial import serial_candidates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from iot_device.discovery.serial import BoardCandidate

__all__ = ["CandidateChange", "watch_candidates"]

INTERVAL: Final = 0.5  # seconds between two looks; one takes some milliseconds


@dataclass(frozen=True, slots=True)
class CandidateChange:
    """A port that came or went.

    Attributes:
        candidate: What there is, or was, at the port.
        arrived: Whether it came.
    """

    candidate: BoardCandidate
    arrived: bool


def watch_candidates(
    look: Callable[[], Iterable[BoardCandidate]] | None = None,
) -> Iterator[CandidateChange]:
    """Give the ports that are there, and then for ever those that come and go.

    A board that went and is back within half a second, at the same port, is not noticed.

    Args:
        look: Tells what is attached now; ``None``: ``serial_candidates``.
    """
    pause = threading.Event()
    before: dict[str, BoardCandidate] = {}
    while True:
        now = {candidate.port: candidate for candidate in (look or serial_candidates)()}
        for port, candidate in before.items():
            if now.get(port) != candidate:
                yield CandidateChange(candidate, arrived=False)
        for port, candidate in now.items():
            if before.get(port) != candidate:
                yield CandidateChange(candidate, arrived=True)
        before = now
        pause.wait(INTERVAL)
