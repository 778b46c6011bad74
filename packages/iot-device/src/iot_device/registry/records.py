"""What is remembered about a board, and its form in JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iot_device.discovery import BoardCandidate

__all__ = ["Address", "KnownBoard", "UsbIdentity", "boards_from", "document_of", "preferred"]

# A cable is the surest way to a board.
_PREFERENCE: Final = ("serial", "ws", "wss")


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """What USB told about a port at which a board was seen.

    Attributes:
        vendor_id: USB vendor id.
        product_id: USB product id.
        serial_number: The device's serial number; clones may have none, or all the same.
        location: Where it was plugged in, with the number of the interface behind a colon.
    """

    vendor_id: int
    product_id: int
    serial_number: str | None
    location: str | None

    @classmethod
    def of(cls, candidate: BoardCandidate) -> UsbIdentity | None:
        """Return that of a port; ``None`` if it is not on USB."""
        if candidate.vendor_id is None or candidate.product_id is None:
            return None
        return cls(
            candidate.vendor_id,
            candidate.product_id,
            candidate.serial_number,
            candidate.location,
        )

    def is_alike(self, other: UsbIdentity) -> bool:
        """Whether both may be one port of one device, perhaps plugged in at another place."""
        return self._kind() == other._kind()

    def _kind(self) -> tuple[object, ...]:
        interface = (self.location or "").partition(":")[2]
        return self.vendor_id, self.product_id, self.serial_number, interface


@dataclass(frozen=True, slots=True)
class Address:
    """Where a board can be reached.

    Attributes:
        url: The URL.
        last_seen: When the board last answered there, in seconds of ``time.time()``.
        is_registered: Whether the user registered it; else it was seen by the way, and expires.
        usb: What USB told about the port.
    """

    url: str
    last_seen: float
    is_registered: bool = False
    usb: UsbIdentity | None = None


@dataclass(frozen=True, slots=True)
class KnownBoard:
    """A board that was seen.

    Attributes:
        uid: Its unique id, small hexadecimal digits.
        addresses: Where, the most convenient one first.
    """

    uid: str
    addresses: tuple[Address, ...]

    @property
    def last_seen(self) -> float:
        """When it last answered, in seconds of ``time.time()``."""
        return max(address.last_seen for address in self.addresses)

    @property
    def last_address(self) -> Address:
        """Where it last answered."""
        return max(self.addresses, key=lambda address: address.last_seen)


def preferred(addresses: Iterable[Address]) -> tuple[Address, ...]:
    """Sort addresses: serial ports, WebREPL, others; of each the last seen first."""

    def order(address: Address) -> tuple[int, float]:
        scheme = address.url.partition(":")[0]
        rank = _PREFERENCE.index(scheme) if scheme in _PREFERENCE else len(_PREFERENCE)
        return rank, -address.last_seen

    return tuple(sorted(addresses, key=order))


def document_of(boards: Iterable[KnownBoard]) -> dict[str, Any]:
    """Return what the state file holds."""
    return {
        "version": 1,
        "boards": {board.uid: [asdict(address) for address in board.addresses] for board in boards},
    }


def boards_from(document: Any) -> dict[str, KnownBoard]:
    """Read what the state file holds; what has another form is left out."""
    match document:
        case {"boards": dict(boards)}:
            found = {uid: _addresses(items) for uid, items in boards.items()}
        case _:
            return {}
    return {
        uid: KnownBoard(uid, preferred(addresses)) for uid, addresses in found.items() if addresses
    }


def _addresses(items: Any) -> list[Address]:
    if not isinstance(items, list):
        return []
    found = (_address(item) for item in items)
    return [address for address in found if address is not None]


def _address(item: Any) -> Address | None:
    match item:
        case {
            "url": str(url),
            "last_seen": int(seen) | float(seen),
            "is_registered": bool(registered),
            "usb": usb,
        }:
            return Address(url, float(seen), registered, _usb(usb))
        case _:
            return None


def _usb(item: Any) -> UsbIdentity | None:
    match item:
        case {
            "vendor_id": int(vendor),
            "product_id": int(product),
            "serial_number": str() | None as serial_number,
            "location": str() | None as location,
        }:
            return UsbIdentity(vendor, product, serial_number, location)
        case _:
            return None
