"""Finding boards without opening a port."""

from __future__ import annotations

from iot_device.discovery.serial import BoardCandidate, candidates_from, serial_candidates

__all__ = [
    "BoardCandidate",
    "candidates_from",
    "serial_candidates",
]
