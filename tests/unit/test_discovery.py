"""Candidates from what list_ports tells; the entries are as Linux, macOS and Windows give them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from iot_device.discovery import candidates_from, serial_candidates
from iot_device.discovery.usb_ids import PRODUCTS, VENDORS, board_name
from iot_device.transports import parse_url


@dataclass
class Port:
    """An entry of list_ports."""

    device: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None
    location: str | None = None
    manufacturer: str | None = None
    product: str | None = None
    interface: str | None = None


LINUX = [
    Port("/dev/ttyS0"),
    Port(
        "/dev/ttyACM10", 0x2E8A, 0x0005, "e6614104035f8b2b", "1-1.2:1.0", "MicroPython",
        "Board in FS mode", "Board CDC",
    ),
    Port("/dev/ttyACM2", 0x0D28, 0x0204, "9904360254", "1-1.3:1.1", "Arm", "micro:bit CMSIS-DAP"),
    Port("/dev/ttyUSB0", 0x10C4, 0xEA60, "0001", "1-1.4", "Silicon Labs", "CP2102 USB to UART"),
    Port("/dev/ttyUSB1", 0x10C4, 0xEA60, "0001", "1-1.5", "Silicon Labs", "CP2102 USB to UART"),
    Port("/dev/ttyUSB2", 0x1A86, 0x7523, None, "1-1.6", None, "USB Serial"),
    Port("/dev/ttyACM3", 0x1E0E, 0x9001, "x", "1-2:1.0", "SimTech", "LTE modem"),
    Port("/dev/rfcomm0"),
]  # fmt: skip
MACOS = [
    Port("/dev/cu.Bluetooth-Incoming-Port"),
    Port("/dev/tty.usbmodem21301", 0x303A, 0x1001, "84:F7:03:A0:F3:80", "1-1.3", "Espressif"),
    Port("/dev/cu.usbmodem21301", 0x303A, 0x1001, "84:F7:03:A0:F3:80", "1-1.3", "Espressif"),
]  # fmt: skip
WINDOWS = [
    Port("COM1"),
    Port("COM12", 0x2E8A, 0x0005, "E6614104035F8B2B", "1-3:x.0", "Microsoft"),
    Port("COM4", 0xF055, 0x9800, "3254335D3037", "1-2:x.1", "Microsoft"),
]


def test_ports_without_usb_are_left_out_and_the_rest_is_in_natural_order() -> None:
    assert [candidate.port for candidate in candidates_from(LINUX)] == [
        "/dev/ttyACM2",
        "/dev/ttyACM3",
        "/dev/ttyACM10",
        "/dev/ttyUSB0",
        "/dev/ttyUSB1",
        "/dev/ttyUSB2",
    ]
    assert [candidate.port for candidate in candidates_from(WINDOWS)] == ["COM4", "COM12"]


def test_the_order_does_not_depend_on_the_order_of_the_system() -> None:
    assert candidates_from(reversed(LINUX)) == candidates_from(LINUX)


def test_a_candidate_has_all_facts() -> None:
    pico = candidates_from(LINUX)[2]
    assert (pico.vendor_id, pico.product_id) == (0x2E8A, 0x0005)
    assert pico.serial_number == "e6614104035f8b2b"
    assert pico.location == "1-1.2:1.0"
    assert pico.description.startswith("MicroPython on Raspberry Pi Pico")
    assert pico.manufacturer == "MicroPython"
    assert pico.product == "Board in FS mode"
    assert pico.interface == "Board CDC"
    assert pico.known


def test_two_devices_with_one_serial_number_stay_two() -> None:
    clones = [found for found in candidates_from(LINUX) if found.serial_number == "0001"]
    assert [found.location for found in clones] == ["1-1.4", "1-1.5"]


def test_an_unknown_device_is_listed_as_unknown() -> None:
    modem = candidates_from(LINUX)[1]
    assert not modem.known
    assert modem.description == "LTE modem"
    nameless = candidates_from([Port("/dev/ttyACM0", 0x1E0E, 0x9001)])[0]
    assert nameless.description == "unknown USB device"


def test_macos_has_one_name_for_each_device() -> None:
    assert [found.port for found in candidates_from(MACOS)] == ["/dev/cu.usbmodem21301"]


@pytest.mark.parametrize("ports", [LINUX, MACOS, WINDOWS])
def test_the_url_opens_the_port(ports: list[Port]) -> None:
    for candidate in candidates_from(ports):
        assert parse_url(candidate.url).path == candidate.port


@pytest.mark.parametrize(
    ("ids", "name"),
    [
        ((0x2E8A, 0x000C), "Raspberry Pi Debug Probe"),
        ((0x2E8A, 0x1FFF), "Raspberry Pi RP2 board"),
        ((0x16C0, 0x0483), "Teensy serial"),
        ((0x16C0, 0x05DC), None),  # a vendor id that hobby projects of all kinds share
        ((0x0483, 0x374B), "ST-LINK/V2-1"),
        ((0x1D6B, 0x0002), None),
    ],
)
def test_a_product_has_its_name_or_its_vendors(ids: tuple[int, int], name: str | None) -> None:
    assert board_name(*ids) == name


def test_the_table_holds_usb_ids() -> None:
    assert all(0 < vendor <= 0xFFFF and 0 <= product <= 0xFFFF for vendor, product in PRODUCTS)
    assert all(0 < vendor <= 0xFFFF for vendor in VENDORS)
    assert list(PRODUCTS) == sorted(PRODUCTS)
    assert list(VENDORS) == sorted(VENDORS)


def test_this_machine_can_be_asked() -> None:
    for candidate in serial_candidates():
        assert candidate.port
