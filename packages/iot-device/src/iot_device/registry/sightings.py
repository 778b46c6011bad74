"""Whose port a port is, by what was last seen there; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iot_device.registry.records import UsbIdentity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from iot_device.discovery import BoardCandidate
    from iot_device.registry.records import KnownBoard

__all__ = ["Owner", "owner_of"]


@dataclass(frozen=True, slots=True)
class Owner:
    """The board that was last seen at a port.

    Attributes:
        uid: Its unique id.
        is_certain: Whether a USB serial number says so that no other attached or known board has;
            else only the place says it, and somebody may have plugged in another board.
        last_seen: When, in seconds of ``time.time()``.
    """

    uid: str
    is_certain: bool
    last_seen: float


def owner_of(
    candidate: BoardCandidate,
    boards: Iterable[KnownBoard],
    attached: Sequence[BoardCandidate],
) -> Owner | None:
    """Return the board that was last seen at a port; ``None`` if nobody knows.

    Args:
        candidate: The port.
        boards: The boards that are known.
        attached: All ports, to tell clones with one serial number.
    """
    usb = UsbIdentity.of(candidate)
    if usb is None:
        return None
    known = [
        (board.uid, address.last_seen, address.usb)
        for board in boards
        for address in board.addresses
        if address.usb is not None and usb.is_alike(address.usb)
    ]
    alike = [other for other in map(UsbIdentity.of, attached) if other and usb.is_alike(other)]
    is_certain = (
        usb.serial_number is not None and len(alike) < 2 and len({uid for uid, _, _ in known}) == 1
    )
    if not is_certain:
        known = [entry for entry in known if usb.location and entry[2].location == usb.location]
    if not known:
        return None
    uid, last_seen, _ = max(known, key=lambda entry: entry[1])
    return Owner(uid, is_certain, last_seen)
