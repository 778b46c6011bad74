"""Public fakes and checks for tests of code that uses this library."""

from __future__ import annotations

from iot_device.testing.faults import Direction, Fault, FaultKind
from iot_device.testing.faulty import FaultyTransport
from iot_device.testing.memory import MemoryPeer, MemoryTransport
from iot_device.testing.proxy import TransportProxy
from iot_device.testing.transport_contract import (
    TRANSPORT_CHECKS,
    MakePair,
    Peer,
    TransportCheck,
    check_transport,
)

__all__ = [
    "TRANSPORT_CHECKS",
    "Direction",
    "Fault",
    "FaultKind",
    "FaultyTransport",
    "MakePair",
    "MemoryPeer",
    "MemoryTransport",
    "Peer",
    "TransportCheck",
    "TransportProxy",
    "check_transport",
]
