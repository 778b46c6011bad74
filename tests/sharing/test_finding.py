"""A board is found again by what USB tells about it, and never by the name of its port."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iot_device import AmbiguousTargetError, BoardCandidate, PortNotFoundError
from iot_device.sharing.finding import find_again

PICO = BoardCandidate(
    port="/dev/ttyACM0",
    vendor_id=0x2E8A,
    product_id=0x0005,
    serial_number="e6614104035f8b2b",
    location="1-1.2:1.0",
    description="MicroPython on Raspberry Pi Pico",
    manufacturer="MicroPython",
    product="Board in FS mode",
    interface=None,
    known=True,
)
OTHER_PICO = replace(PICO, serial_number="e661aaaaaaaaaaaa", location="1-1.3:1.0")
CLONE = replace(
    PICO, port="/dev/ttyUSB0", vendor_id=0x1A86, product_id=0x7523, serial_number=None,
    location="1-1.6", description="CH340 serial adapter", product="USB Serial", manufacturer=None,
)  # fmt: skip


def test_a_board_is_found_under_another_name() -> None:
    now = replace(PICO, port="/dev/ttyACM1")
    assert find_again(PICO, [replace(OTHER_PICO, port="/dev/ttyACM0"), now]) == now


def test_a_board_is_found_at_another_socket() -> None:
    now = replace(PICO, port="/dev/ttyACM3", location="2-4:1.0")
    assert find_again(PICO, [now, OTHER_PICO]) == now


def test_a_board_that_took_the_port_is_not_taken() -> None:
    with pytest.raises(PortNotFoundError) as caught:
        find_again(PICO, [replace(OTHER_PICO, port="/dev/ttyACM0")])
    assert caught.value.message == (
        "MicroPython on Raspberry Pi Pico with the USB serial number e6614104035f8b2b, which was "
        "at /dev/ttyACM0, is not attached"
    )
    assert caught.value.available == ("/dev/ttyACM0",)


def test_of_two_ports_of_a_board_the_same_one_is_found() -> None:
    data = replace(PICO, port="/dev/ttyACM1", location="1-1.2:1.2", interface=None)
    repl = replace(PICO, port="/dev/ttyACM2")
    assert find_again(PICO, [data, repl]) == repl
    named = replace(PICO, interface="CircuitPython CDC control")
    assert find_again(named, [replace(data, interface="CircuitPython CDC2 data"), named]) == named


def test_clones_with_one_serial_number_are_told_apart_by_their_place() -> None:
    clones = [
        replace(CLONE, serial_number="0001", port=f"/dev/ttyUSB{n}", location=f"1-1.{n}")
        for n in range(3)
    ]
    moved = [replace(clone, port=f"/dev/ttyUSB{5 - n}") for n, clone in enumerate(clones)]
    assert find_again(clones[1], moved) == moved[1]


def test_the_only_clone_without_a_serial_number_is_found_at_another_socket() -> None:
    now = replace(CLONE, port="/dev/ttyUSB1", location="1-1.7")
    assert find_again(CLONE, [PICO, now]) == now


def test_clones_without_serial_number_of_which_none_is_at_the_place_are_listed() -> None:
    others = [replace(CLONE, port=f"/dev/ttyUSB{n}", location=f"1-2.{n}") for n in (1, 2)]
    with pytest.raises(AmbiguousTargetError) as caught:
        find_again(CLONE, others)
    assert caught.value.candidates == ("serial:///dev/ttyUSB1", "serial:///dev/ttyUSB2")
    assert caught.value.message == (
        "2 boards could be CH340 serial adapter at 1-1.6, which was at /dev/ttyUSB0"
    )


def test_another_kind_of_board_is_never_it() -> None:
    with pytest.raises(PortNotFoundError):
        find_again(CLONE, [replace(PICO, port=CLONE.port, location=CLONE.location)])
