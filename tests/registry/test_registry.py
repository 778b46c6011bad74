"""What is remembered of boards: addresses, when they were seen, and for how long that counts."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from iot_device import BoardCandidate, ConfigurationError
from iot_device.registry import EXPIRY, Owner, Registry, owner_of

if TYPE_CHECKING:
    from pathlib import Path

PICO = BoardCandidate(
    "/dev/ttyACM0", 0x2E8A, 5, "e66", "1-5.2:1.0", "a Pico", None, None, None, known=True
)
CLONE = BoardCandidate(
    "/dev/ttyUSB0", 0x1A86, 0x7523, None, "1-1.4", "x", None, None, None, known=True
)


class Clock:
    """A clock that stands still until it is moved."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(tmp_path: Path, clock: Clock) -> Registry:
    return Registry(tmp_path / "state" / "boards.json", now=clock)


def urls(registry: Registry, uid: str) -> list[str]:
    board = registry.get(uid)
    return [] if board is None else [address.url for address in board.addresses]


# Addresses.


def test_only_where_a_board_is_known_it_is_seen_again(registry: Registry, clock: Clock) -> None:
    registry.register("aabb", "sim:///one")
    clock.now += 100
    registry.saw_again("AABB", "sim:///one")
    registry.saw_again("aabb", "sim:///two")
    registry.saw_again("ccdd", "sim:///one")
    (board,) = registry.boards()
    (address,) = board.addresses
    assert (address.url, address.last_seen, address.is_registered) == (
        "sim:///one",
        clock.now,
        True,
    )


def test_a_board_is_known_by_its_uid_with_when_and_where_it_was_seen(
    registry: Registry, clock: Clock
) -> None:
    registry.saw("AA:BB", "socket://h:1")
    clock.now += 100
    registry.saw("aabb", PICO.url, PICO)
    (board,) = registry.boards()
    assert (board.uid, board.last_seen) == ("aabb", clock.now)
    assert board.last_address.url == "serial:///dev/ttyACM0"
    assert board.last_address.usb is not None
    assert board.last_address.usb.serial_number == "e66"


def test_addresses_are_in_the_order_of_preference(registry: Registry, clock: Clock) -> None:
    for url in ("socket://h:1", "ws://h:8266", "serial:///dev/ttyS0", "serial:///dev/ttyS1"):
        clock.now += 100
        registry.saw("aa", url)
    assert urls(registry, "aa") == [
        "serial:///dev/ttyS1",
        "serial:///dev/ttyS0",
        "ws://h:8266",
        "socket://h:1",
    ]


def test_boards_are_listed_with_the_last_seen_first(registry: Registry, clock: Clock) -> None:
    for uid in ("aa", "bb", "cc"):
        clock.now += 100
        registry.saw(uid, f"socket://{uid}:1")
    assert [board.uid for board in registry.boards()] == ["cc", "bb", "aa"]


def test_what_was_seen_by_the_way_expires_and_what_was_registered_does_not(
    registry: Registry, clock: Clock
) -> None:
    registry.saw("aa", "socket://h:1")
    registry.register("aa", "socket://h:2")
    registry.saw("bb", "socket://h:3")
    clock.now += EXPIRY + 1
    assert urls(registry, "aa") == ["socket://h:2"]
    assert registry.get("bb") is None


def test_a_registered_address_stays_registered_when_the_board_is_seen_there(
    registry: Registry, clock: Clock
) -> None:
    registry.register("aa", "socket://h:1")
    clock.now += 100
    registry.saw("aa", "socket://h:1")
    (address,) = registry.boards()[0].addresses
    assert (address.is_registered, address.last_seen) == (True, clock.now)


def test_another_board_at_an_address_takes_it_over(registry: Registry) -> None:
    registry.saw("aa", PICO.url, PICO)
    registry.register("bb", "socket://h:1")
    registry.saw("cc", PICO.url, PICO)
    registry.saw("cc", "socket://h:1")
    assert registry.get("aa") is None
    assert urls(registry, "bb") == ["socket://h:1"]  # the person said so
    assert urls(registry, "cc") == ["serial:///dev/ttyACM0", "socket://h:1"]


def test_a_board_at_another_port_is_not_remembered_at_the_old_one(registry: Registry) -> None:
    registry.saw("aa", PICO.url, PICO)
    moved = replace(PICO, port="/dev/ttyACM7", location="1-9:1.0")
    registry.saw("aa", moved.url, moved)
    assert urls(registry, "aa") == ["serial:///dev/ttyACM7"]


def test_addresses_and_boards_can_be_forgotten(registry: Registry) -> None:
    registry.register("aa", "socket://h:1")
    registry.saw("aa", "socket://h:2")
    registry.saw("bb", "socket://h:3")
    assert registry.unregister("socket://h:1") == ["socket://h:1"]
    assert urls(registry, "aa") == ["socket://h:2"]
    assert registry.unregister("AA") == ["socket://h:2"]
    assert [board.uid for board in registry.boards()] == ["bb"]
    with pytest.raises(ConfigurationError, match="no known board has the address or uid x"):
        registry.unregister("x")


# The file.


@pytest.mark.parametrize("text", ["", "{", "[]", '{"boards": 3}', '{"boards": {"aa": 3}}', "\xff"])
def test_a_damaged_file_is_no_crash_and_a_new_one_begins(registry: Registry, text: str) -> None:
    registry.file.parent.mkdir()
    registry.file.write_text(text)
    assert registry.boards() == []
    registry.saw("aa", "socket://h:1")
    assert urls(registry, "aa") == ["socket://h:1"]


def test_a_file_that_is_no_json_is_kept_for_the_person(registry: Registry) -> None:
    registry.file.parent.mkdir()
    registry.file.write_text("{ my boards")
    registry.saw("aa", "socket://h:1")
    assert registry.file.with_suffix(".damaged").read_text() == "{ my boards"


def test_entries_of_another_form_are_left_out_and_spoil_nothing(registry: Registry) -> None:
    registry.register("aa", "socket://h:1")
    document = json.loads(registry.file.read_text())
    document["boards"]["bb"] = [{"url": 3}, None, {**document["boards"]["aa"][0], "usb": {"x": 1}}]
    registry.file.write_text(json.dumps(document))
    assert urls(registry, "aa") == ["socket://h:1"]
    assert urls(registry, "bb") == ["socket://h:1"]


def test_a_folder_that_cannot_be_written_to_stops_only_who_registers(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    registry = Registry(tmp_path / "file" / "boards.json")
    registry.saw("aa", "socket://h:1")
    assert registry.boards() == []
    with pytest.raises(OSError, match=r"Not a directory|exists"):
        registry.register("aa", "socket://h:1")


def test_the_same_board_at_the_same_place_is_not_written_again_and_again(
    registry: Registry, clock: Clock
) -> None:
    registry.saw("aa", PICO.url, PICO)
    before = registry.file.stat().st_mtime_ns
    clock.now += 1
    registry.saw("aa", PICO.url, PICO)
    assert registry.file.stat().st_mtime_ns == before
    clock.now += 100
    registry.saw("aa", PICO.url, PICO)
    assert registry.file.stat().st_mtime_ns > before


@pytest.mark.slow
def test_several_processes_at_once_lose_nothing(registry: Registry) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from iot_device.registry import Registry\n"
        "registry = Registry(Path(sys.argv[1]))\n"
        "for n in range(20): registry.register(f'{sys.argv[2]}{n:02}', f'socket://{sys.argv[2]}:{n}')\n"
    )
    command = [sys.executable, "-c", program, str(registry.file)]
    processes = [subprocess.Popen([*command, name]) for name in ("aa", "bb", "cc")]
    assert [process.wait(30) for process in processes] == [0, 0, 0]
    assert len(registry.boards()) == 60


# Whose port a port is.


def owner(registry: Registry, port: BoardCandidate, *others: BoardCandidate) -> Owner | None:
    return owner_of(port, registry.boards(), [port, *others])


def test_a_serial_number_tells_a_board_wherever_it_is_plugged_in(
    registry: Registry, clock: Clock
) -> None:
    registry.saw("aa", PICO.url, PICO)
    moved = replace(PICO, port="/dev/ttyACM3", location="1-7:1.0")
    assert owner(registry, moved) == Owner("aa", is_certain=True, last_seen=clock.now)


def test_without_a_serial_number_the_place_tells_but_not_for_certain(
    registry: Registry, clock: Clock
) -> None:
    registry.saw("aa", CLONE.url, CLONE)
    renamed = replace(CLONE, port="/dev/ttyUSB7")
    assert owner(registry, renamed) == Owner("aa", is_certain=False, last_seen=clock.now)
    assert owner(registry, replace(CLONE, location="1-1.5")) is None
    assert owner(registry, replace(CLONE, vendor_id=0x10C4)) is None


def test_a_serial_number_that_several_boards_have_tells_nothing(registry: Registry) -> None:
    one = replace(CLONE, serial_number="0001")
    two = replace(one, port="/dev/ttyUSB1", location="1-1.5")
    registry.saw("aa", one.url, one)
    first = owner(registry, one, two)
    assert first is not None
    assert (first.uid, first.is_certain) == ("aa", False)
    assert owner(registry, two, one) is None
    registry.saw("bb", two.url, two)
    found = owner(registry, two)  # the other one is not attached now
    assert found is not None
    assert (found.uid, found.is_certain) == ("bb", False)


def test_ports_of_one_device_are_told_apart_by_their_interface(registry: Registry) -> None:
    registry.saw("aa", PICO.url, PICO)
    assert owner(registry, replace(PICO, location="1-5.2:1.2")) is None


def test_nobody_owns_a_port_that_is_not_on_usb(registry: Registry) -> None:
    built_in = replace(PICO, vendor_id=None, product_id=None)
    registry.saw("aa", built_in.url, built_in)
    assert owner(registry, built_in) is None
