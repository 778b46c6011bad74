"""Boards on serial ports, found by what USB tells about them; no port is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from iot_device.discovery.usb_ids import board_name

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["BoardCandidate", "PortInfo", "candidates_from", "serial_candidates"]


class PortInfo(Protocol):
    """What pyserial's ``list_ports`` tells about a port."""

    device: str
    vid: int | None
    pid: int | None
    serial_number: str | None
    location: str | None
    manufacturer: str | None
    product: str | None
    interface: str | None


@dataclass(frozen=True, slots=True)
class BoardCandidate:
    """A serial port that could lead to a board.

    Attributes:
        port: Name of the port.
        vendor_id: USB vendor id; ``None`` for a port that is not on USB.
        product_id: USB product id; ``None`` likewise.
        serial_number: The USB device's serial number; clones may have none, or all the same.
        location: Where it is plugged in, as the operating system counts.
        description: What it is, from our table; else what the device says about itself.
        manufacturer: What the device says about its maker.
        product: What the device says about itself.
        interface: Name of this port where a device has several.
        known: Whether our table has the vendor. Nobody should write to an unknown device
            that the user has not named: it may be a modem or a printer.
    """

    port: str
    vendor_id: int | None
    product_id: int | None
    serial_number: str | None
    location: str | None
    description: str
    manufacturer: str | None
    product: str | None
    interface: str | None
    known: bool

    @property
    def url(self) -> str:
        """The URL that opens it."""
        return f"serial://{self.port}"

    @property
    def has_repl(self) -> bool:
        """False where the name of the interface tells that the REPL is at another port.

        CircuitPython's second port carries data of programs; its interface begins with this name
        (``shared-module/usb_cdc/__init__.c``).
        """
        return not (self.interface or "").startswith("CircuitPython CDC2 ")


def serial_candidates(*, all_ports: bool = False) -> list[BoardCandidate]:
    """List the USB serial ports of this machine, in the order of their names.

    Args:
        all_ports: Also those that are not on USB.
    """
    from serial.tools import list_ports  # noqa: PLC0415  (pyserial is loaded only when needed)

    return candidates_from(list_ports.comports(), all_ports=all_ports)


def candidates_from(ports: Iterable[PortInfo], *, all_ports: bool = False) -> list[BoardCandidate]:
    """Choose from ``ports`` those on USB; sort them by name, numbers as numbers.

    On macOS a device has two names; ``/dev/tty.*`` waits for a carrier and is left out.

    Args:
        ports: What ``list_ports`` tells.
        all_ports: Also take those that are not on USB.
    """
    found = [
        _candidate(info)
        for info in ports
        if (all_ports or info.vid is not None) and not info.device.startswith("/dev/tty.")
    ]
    return sorted(found, key=lambda candidate: _natural_order(candidate.port))


def _candidate(info: PortInfo) -> BoardCandidate:
    name = None
    if info.vid is not None and info.pid is not None:
        name = board_name(info.vid, info.pid)
    unknown = "serial port, not on USB" if info.vid is None else "unknown USB device"
    return BoardCandidate(
        port=info.device,
        vendor_id=info.vid,
        product_id=info.pid,
        serial_number=info.serial_number or None,
        location=info.location or None,
        description=name or info.product or unknown,
        manufacturer=info.manufacturer or None,
        product=info.product or None,
        interface=info.interface or None,
        known=name is not None,
    )


def _natural_order(port: str) -> list[tuple[int, str]]:
    parts = re.findall(r"\d+|\D+", port)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
