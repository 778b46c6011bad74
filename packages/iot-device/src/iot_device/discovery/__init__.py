"""Finding boards without opening a port."""

from __future__ import annotations

from iot_device.discovery.serial import BoardCandidate, candidates_from, serial_candidates
from iot_device.discovery.watch import CandidateChange, watch_candidates

__all__ = [
    "BoardCandidate",
    "CandidateChange",
    "candidates_from",
    "serial_candidates",
    "watch_candidates",
]
