"""Which boards are known, by their uids, and where each was seen."""

from __future__ import annotations

from iot_device.registry.records import Address, KnownBoard, UsbIdentity
from iot_device.registry.registry import EXPIRY, Registry
from iot_device.registry.sightings import Owner, owner_of

__all__ = ["EXPIRY", "Address", "KnownBoard", "Owner", "Registry", "UsbIdentity", "owner_of"]
