"""Which board is meant; ports as Linux, macOS and Windows list them, none is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from iot_device import (
    AmbiguousTargetError,
    InvalidTargetError,
    PortNotFoundError,
    register_board,
    resolve_target,
    resolve_targets,
)
from iot_device.discovery import candidates_from
from iot_device.names import check_name
from iot_device.simulator import parse_simulator_url
from iot_device.targets import names_several

if TYPE_CHECKING:
    from pathlib import Path

    from iot_device import BoardCandidate


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


PICO = Port("/dev/ttyACM0", 0x2E8A, 0x0005, "e6614104035f8b2b", "1-5.2:1.0")
CLONES = [
    Port("/dev/ttyUSB0", 0x10C4, 0xEA60, "0001", "1-1.4"),
    Port("/dev/ttyUSB1", 0x10C4, 0xEA60, "0001", "1-1.5"),
    Port("/dev/ttyUSB2", 0x1A86, 0x7523, None, "1-1.6"),
]
MODEM = Port("/dev/ttyACM7", 0x1E0E, 0x9001, "x", "1-2:1.0")
# CircuitPython after usb_cdc.enable(console=True, data=True); the second name is that of Windows.
CONSOLE = Port(
    "/dev/ttyACM3", 0x239A, 0x80F4, "DE62", "1-3:1.0", interface="CircuitPython CDC control"
)
DATA = Port(
    "/dev/ttyACM2", 0x239A, 0x80F4, "DE62", "1-3:1.2", interface="CircuitPython CDC2 control"
)
NAMELESS = [
    Port("COM7", 0x239A, 0x80F4, "DE62", "1-3:x.0"),
    Port("COM8", 0x239A, 0x80F4, "DE62", "1-3:x.2"),
]
# pyserial on some systems tells no place.
NOWHERE = [Port("COM3", 0x1A86, 0x7523, "7"), Port("COM4", 0x1A86, 0x7523, "7")]


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IOT_DEVICE", raising=False)


def attached(*ports: Port) -> list[BoardCandidate]:
    return candidates_from(ports)


EVERYTHING = attached(PICO, *CLONES, MODEM, CONSOLE, DATA)


# One board.


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("id:e6614104035f8b2b", "serial:///dev/ttyACM0"),
        ("id:E6614104035F8B2B", "serial:///dev/ttyACM0"),
        ("usb:1-5.2", "serial:///dev/ttyACM0"),
        ("usb:1-5.2:1.0", "serial:///dev/ttyACM0"),
        ("usb:1-1.4", "serial:///dev/ttyUSB0"),
        ("usb:1-1.5", "serial:///dev/ttyUSB1"),
        ("usb:1-1.6", "serial:///dev/ttyUSB2"),
        ("id:x", "serial:///dev/ttyACM7"),  # whoever names a device may have it
    ],
)
def test_a_serial_number_or_a_place_names_a_board(target: str, url: str) -> None:
    assert resolve_target(target, candidates=EVERYTHING) == url


@pytest.mark.parametrize("target", ["/dev/ttyACM0", "COM3", "sim://", "socket://h:1", "./board"])
def test_other_targets_stay_as_they_are_and_nobody_looks_what_is_attached(target: str) -> None:
    assert resolve_target(target, candidates=[]) == target


def test_a_serial_number_must_be_whole() -> None:
    with pytest.raises(PortNotFoundError):
        resolve_target("id:e66141", candidates=EVERYTHING)


@pytest.mark.parametrize("target", ["usb:1-5", "usb:1", "usb:1-5.2.1", "usb:1-5.2:1.2"])
def test_a_place_is_not_the_hub_above_or_a_port_below(target: str) -> None:
    with pytest.raises(PortNotFoundError):
        resolve_target(target, candidates=EVERYTHING)


@pytest.mark.parametrize("target", ["id:", "usb:"])
def test_a_port_without_facts_is_not_found_by_a_target_without_facts(target: str) -> None:
    with pytest.raises(InvalidTargetError, match="names no board") as caught:
        resolve_target(target, candidates=attached(Port("COM1", 1, 2)))
    assert caught.value.target == target


def test_a_board_that_is_not_there_is_an_error_that_lists_what_is() -> None:
    with pytest.raises(PortNotFoundError, match=r"serial number is attached: id:77$") as caught:
        resolve_target("id:77", candidates=attached(PICO, CLONES[2]))
    assert caught.value.port == "id:77"
    assert caught.value.available == ("id:e6614104035f8b2b", "usb:1-1.6")
    assert caught.value.hint == (
        "there are id:e6614104035f8b2b (/dev/ttyACM0), usb:1-1.6 (/dev/ttyUSB2)"
    )


def test_a_place_that_is_empty_is_an_error_that_lists_the_others() -> None:
    with pytest.raises(PortNotFoundError, match=r"at this place is attached: usb:9-9$") as caught:
        resolve_target("usb:9-9", candidates=attached(PICO, NOWHERE[0]))
    assert caught.value.available == ("usb:1-5.2:1.0", "COM3")


def test_without_anything_attached_the_error_says_so() -> None:
    with pytest.raises(PortNotFoundError) as caught:
        resolve_target("usb:1-5.2", candidates=[])
    assert (caught.value.available, caught.value.hint) == ((), "no board is attached at all")


def test_clones_are_ambiguous_and_their_places_tell_them_apart() -> None:
    with pytest.raises(AmbiguousTargetError) as caught:
        resolve_target("id:0001", candidates=EVERYTHING)
    assert caught.value.candidates == ("serial:///dev/ttyUSB0", "serial:///dev/ttyUSB1")
    assert caught.value.message == "2 ports fit id:0001: /dev/ttyUSB0, /dev/ttyUSB1"
    assert caught.value.hint == "name one: usb:1-1.4 or usb:1-1.5"


def test_clones_of_which_no_place_is_known_are_told_apart_by_their_ports() -> None:
    with pytest.raises(AmbiguousTargetError) as caught:
        resolve_target("id:7", candidates=attached(*NOWHERE))
    assert caught.value.hint == "name one: COM3 or COM4"


@pytest.mark.parametrize("target", ["id:DE62", "usb:1-3"])
def test_of_a_board_with_two_ports_that_of_the_repl_is_taken(target: str) -> None:
    assert resolve_target(target, candidates=EVERYTHING) == "serial:///dev/ttyACM3"


def test_the_port_for_data_is_taken_if_it_is_named_or_there_is_no_other() -> None:
    assert resolve_target("usb:1-3:1.2", candidates=EVERYTHING) == "serial:///dev/ttyACM2"
    assert resolve_target("id:DE62", candidates=attached(DATA)) == "serial:///dev/ttyACM2"


def test_a_board_with_two_ports_without_names_is_ambiguous() -> None:
    with pytest.raises(AmbiguousTargetError) as caught:
        resolve_target("id:de62", candidates=attached(*NAMELESS))
    assert caught.value.hint == "name one: usb:1-3:x.0 or usb:1-3:x.2"
    assert resolve_target("usb:1-3:x.0", candidates=attached(*NAMELESS)) == "serial://COM7"


def test_the_only_attached_board_is_taken_also_if_it_has_a_port_for_data() -> None:
    assert resolve_target(candidates=attached(PICO)) == "serial:///dev/ttyACM0"
    assert resolve_target(candidates=attached(DATA, CONSOLE)) == "serial:///dev/ttyACM3"


def test_a_device_that_may_be_no_board_is_never_taken_unasked() -> None:
    assert resolve_target(candidates=attached(MODEM, PICO)) == "serial:///dev/ttyACM0"
    with pytest.raises(PortNotFoundError, match="no device that is known as a board") as caught:
        resolve_target(candidates=attached(MODEM))
    assert caught.value.available == ("serial:///dev/ttyACM7",)
    assert caught.value.hint == "name it with -d, if it is one: serial:///dev/ttyACM7"


def test_without_a_target_none_and_several_are_errors() -> None:
    with pytest.raises(PortNotFoundError, match="no board is attached"):
        resolve_target(candidates=[])
    with pytest.raises(AmbiguousTargetError, match="2 boards are attached") as caught:
        resolve_target(candidates=attached(PICO, CLONES[0]))
    assert caught.value.candidates == ("serial:///dev/ttyACM0", "serial:///dev/ttyUSB0")


def test_the_variable_counts_where_there_is_no_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOT_DEVICE", "usb:1-1.4")
    assert resolve_target(candidates=EVERYTHING) == "serial:///dev/ttyUSB0"
    assert resolve_target("usb:1-1.5", candidates=EVERYTHING) == "serial:///dev/ttyUSB1"


@pytest.mark.parametrize("target", ["a,b", "all", "sim://,COM3"])
def test_several_boards_are_refused_where_one_is_meant(target: str) -> None:
    with pytest.raises(InvalidTargetError, match="names several boards"):
        resolve_target(target, candidates=EVERYTHING)


@pytest.mark.parametrize("target", ["", " "])
def test_an_empty_target_leads_to_no_other_board(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOT_DEVICE", "sim://")
    for find in (resolve_target, resolve_targets, names_several, register_board):
        with pytest.raises(InvalidTargetError, match="a target is empty"):
            find(target)


def test_a_folder_is_no_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOT_DEVICE", str(tmp_path))
    for target in (None, str(tmp_path)):
        with pytest.raises(InvalidTargetError, match="is a folder") as caught:
            resolve_target(target)
        assert caught.value.hint == "did you mean IOT_DEVICES?"
    with pytest.raises(InvalidTargetError, match="is a folder"):
        resolve_targets(f"sim://,{tmp_path}")


def test_who_names_a_folder_himself_learns_the_url_of_a_board_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOT_DEVICE", "sim://")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "my board"
    folder.mkdir()
    with pytest.raises(InvalidTargetError, match="is a folder") as caught:
        resolve_target("my board")
    url = (caught.value.hint or "").rpartition(" is ")[2]
    assert parse_simulator_url(url).flash == folder


# Several boards.


@pytest.mark.parametrize(
    ("target", "several"),
    [("a,b", True), ("all", True), ("sim://", False), ("/dev/ttyall", False), (None, False)],
)
def test_lists_and_all_name_several(target: str | None, several: bool) -> None:  # noqa: FBT001  (a table)
    assert names_several(target) is several


def test_the_variable_may_name_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOT_DEVICE", "COM3,COM4")
    assert names_several()
    assert resolve_targets() == ["COM3", "COM4"]
    assert not names_several("COM5")


def test_a_list_is_taken_apart_as_it_is_written() -> None:
    listed = resolve_targets("id:77, usb:1-9,COM3,sim:///a%2Cb", candidates=[])
    assert listed == ["id:77", "usb:1-9", "COM3", "sim:///a%2Cb"]


def test_one_target_is_a_list_of_one() -> None:
    assert resolve_targets("COM3") == ["COM3"]
    assert resolve_targets(candidates=attached(PICO)) == ["serial:///dev/ttyACM0"]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("COM3,", "a target is missing"),
        (",COM3", "a target is missing"),
        ("COM3,,COM4", "a target is missing"),
        ("COM3,all", "all stands in a list"),
        ("COM3,COM4,COM3", "COM3 is named twice"),
        ("COM3,id:", "id: names no board"),
        ("COM3,seriell://COM4", "unknown kind of URL"),
        ("COM3,kitchen sink", "neither a port nor a URL"),
    ],
)
def test_a_list_with_a_mistake_is_refused_as_a_whole(target: str, message: str) -> None:
    with pytest.raises(InvalidTargetError, match=message):
        resolve_targets(target, candidates=EVERYTHING)


def test_all_are_the_boards_that_the_table_knows_each_once() -> None:
    assert resolve_targets("all", candidates=EVERYTHING) == [
        "serial:///dev/ttyACM0",
        "serial:///dev/ttyACM3",
        "serial:///dev/ttyUSB0",
        "serial:///dev/ttyUSB1",
        "serial:///dev/ttyUSB2",
    ]


def test_all_of_nothing_is_an_error() -> None:
    with pytest.raises(PortNotFoundError) as caught:
        resolve_targets("all", candidates=[])
    assert (caught.value.port, caught.value.available) == ("all", ())


def test_all_does_not_take_devices_that_may_be_no_boards_but_names_them() -> None:
    with pytest.raises(PortNotFoundError) as caught:
        resolve_targets("all", candidates=attached(MODEM))
    assert caught.value.available == ("serial:///dev/ttyACM7",)
    assert "serial:///dev/ttyACM7" in (caught.value.hint or "")


# Names.


@pytest.mark.parametrize("name", ["pico", "kitchen sink", "all-of-them", "Küche", "COM", "1"])
def test_a_name_may_be_nearly_anything(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name",
    ["all", "", " ", "a,b", "a/b", "a:b", "@a", "a@b", "a\\b", "a\tb", "\x1b[31m", "a\u202eb"],
)
def test_a_name_that_would_be_another_target_is_refused(name: str) -> None:
    with pytest.raises(InvalidTargetError, match="cannot be a board's name") as caught:
        check_name(name)
    assert caught.value.target == name
