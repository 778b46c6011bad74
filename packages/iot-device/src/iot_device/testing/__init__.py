"""Public fakes and checks for tests of code that uses this library."""

from __future__ import annotations

from iot_device.testing.memory import MemoryPeer, MemoryTransport
from iot_device.testing.transport_contract import (
    TRANSPORT_CHECKS,
    MakePair,
    Peer,
    TransportCheck,
    check_transport,
)

__all__ = [
    "TRANSPORT_CHECKS",
    "MakePair",
    "MemoryPeer",
    "MemoryTransport",
    "Peer",
    "TransportCheck",
    "check_transport",
]
