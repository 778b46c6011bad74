"""A name finds its board on ports that say nothing unasked; nobody else is disturbed."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from iot_cli.context import Options, Work
from iot_device import (
    AmbiguousTargetError,
    BoardCandidate,
    InvalidTargetError,
    PortNotFoundError,
    open_device,
    probe,
)
from iot_device.registry import Registry
from iot_device.targets import FoundBoard, find_board, find_boards, resolve_targets
from session.ports import candidate, served, silent_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iot_device.probe import ProbeResult

pytestmark = pytest.mark.slow  # real boards and ports

CH340: dict[str, Any] = {"vendor_id": 0x1A86, "product_id": 0x7523}


class Room:
    """A room with boards that are plugged in, each with the uid that its name is."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self.asked: list[str] = []

    def plug(self, name: str, location: str, shelf: str = "", **facts: Any) -> BoardCandidate:
        """Plug a board in that says nothing unasked, as behind a CH340."""
        folder = self.folder / shelf / name
        (folder / "flash").mkdir(parents=True)
        port = self._stack.enter_context(served(folder))
        return replace(port, **{**CH340, "location": location, **facts})

    def dead(self, location: str, **facts: Any) -> tuple[BoardCandidate, int]:
        """Plug something in that does not answer; also give its other side."""
        port, other_side = self._stack.enter_context(silent_port())
        os.set_blocking(other_side, False)
        return replace(port, **{**CH340, "location": location, **facts}), other_side

    def on_probe(self, result: ProbeResult) -> None:
        self.asked.append(result.candidate.port)

    def find(self, target: str, *ports: BoardCandidate) -> str:
        """Return the port of a board; note in ``asked`` who was asked meanwhile."""
        self.asked = []
        found = find_board(target, candidates=ports, on_probe=self.on_probe)
        return found.url.removeprefix("serial://")


def uid(name: str) -> str:
    return name.encode().hex()


@pytest.fixture
def room(tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    assert registry.boards() == []
    devices = tmp_path / "projects" / "devices"
    devices.mkdir(parents=True)
    monkeypatch.setenv("IOT_PROJECTS", str(devices.parent))
    boards = "".join(f"{name}: {{uid: {uid(name)}, groups: lab}}\n" for name in ("anna", "bert"))
    (devices / "boards.yaml").write_text(f"{boards}place: {{usb: 1-9}}\n")
    with ExitStack() as stack:
        yield Room(tmp_path, stack)


def heard(other_side: int) -> bytes:
    try:
        return os.read(other_side, 100)
    except BlockingIOError:
        return b""


def test_a_new_board_is_found_by_its_name_and_then_remembered(
    room: Room, registry: Registry
) -> None:
    anna, bert = room.plug("anna", "1-1"), room.plug("bert", "1-2")
    assert room.find("anna", anna, bert) == anna.port
    assert sorted(room.asked) == sorted([anna.port, bert.port])
    assert {board.uid for board in registry.boards()} == {uid("anna"), uid("bert")}
    assert room.find("anna", anna, bert) == anna.port
    assert room.asked == [anna.port]  # the place is no proof
    assert room.find(uid("bert"), anna, bert) == bert.port
    assert room.asked == [bert.port]


def test_a_port_that_says_nothing_keeps_nobody_waiting_who_has_found_the_board(room: Room) -> None:
    anna, (silent, other_side) = room.plug("anna", "1-1"), room.dead("1-2")
    began = time.monotonic()
    assert room.find("anna", anna, silent) == anna.port
    assert time.monotonic() - began < probe.TIMEOUT * 2 / 3
    assert sorted(room.asked) == sorted([anna.port, silent.port])
    assert heard(other_side)


def test_a_board_with_a_serial_number_of_its_own_is_not_asked_again(room: Room) -> None:
    anna = room.plug("anna", "1-1", serial_number="a1")
    assert room.find("anna", anna) == anna.port
    moved = replace(anna, location="1-7")
    assert room.find("anna", moved) == anna.port
    assert find_board("anna", candidates=[moved], asks="never").is_sure
    other = replace(anna, serial_number="a2")
    with pytest.raises(PortNotFoundError):  # the port's name is no reason
        find_board("anna", candidates=[other], asks="never")
    assert room.asked == []


def test_a_port_that_is_known_to_be_another_board_gets_no_byte(room: Room) -> None:
    anna = room.plug("anna", "1-1")
    other, other_side = room.dead("1-2", serial_number="s2")
    room_registry_knows(other, "bert")
    assert room.find("anna", anna, other) == anna.port
    assert room.asked == [anna.port]
    assert heard(other_side) == b""


def room_registry_knows(port: BoardCandidate, name: str) -> None:
    from iot_device.registry import Registry

    Registry().saw(uid(name), port.url, port)


def test_boards_that_changed_places_are_found_all_the_same(room: Room, registry: Registry) -> None:
    anna, bert = room.plug("anna", "1-1"), room.plug("bert", "1-2")
    room_registry_knows(replace(bert, location="1-2"), "anna")
    room_registry_knows(replace(anna, location="1-1"), "bert")
    assert room.find("anna", anna, bert) == anna.port
    assert room.asked == [bert.port, anna.port]
    found = registry.get(uid("bert"))
    assert found is not None
    assert found.last_address.url == bert.url


def test_unknown_devices_are_never_asked_for_a_name(room: Room) -> None:
    modem, other_side = room.dead("1-1", known=False)
    with pytest.raises(PortNotFoundError, match="anna is not attached: no board has the uid"):
        room.find("anna", modem)
    assert (room.asked, heard(other_side)) == ([], b"")


def test_who_is_not_found_learns_which_ports_did_not_tell(room: Room) -> None:
    bert = room.plug("bert", "1-1")
    gone = replace(candidate("/dev/absent"), location="1-2")
    with pytest.raises(PortNotFoundError) as caught:
        room.find("anna", bert, gone)
    assert caught.value.hint == "these did not tell who they are: /dev/absent (not-found)"
    assert sorted(caught.value.available) == sorted([bert.url, gone.url])


def test_two_boards_with_one_uid_are_ambiguous(room: Room) -> None:
    anna, twin = room.plug("anna", "1-1"), room.plug("anna", "1-2", shelf="other")
    with pytest.raises(AmbiguousTargetError, match="2 boards are anna") as caught:
        room.find("anna", anna, twin)
    assert caught.value.candidates == (anna.url, twin.url)


def test_several_names_are_looked_for_in_one_search(room: Room) -> None:
    anna, bert = room.plug("anna", "1-1"), room.plug("bert", "1-2")
    asked: list[ProbeResult] = []
    found = find_boards(
        ["bert", "nobody", "anna", anna.port, "usb:1-2"],
        candidates=[anna, bert],
        on_probe=asked.append,
    )
    urls = [one.url if isinstance(one, FoundBoard) else one.name for one in found]
    assert urls == [bert.url, "invalid-target", anna.url, anna.port, bert.url]
    assert len(asked) == 2


def test_a_group_is_the_names_of_its_boards(room: Room) -> None:
    assert room.asked == []
    assert resolve_targets("@lab,sim://") == ["anna", "bert", "sim://"]
    assert resolve_targets("anna,@lab") == ["anna", "bert"]
    with pytest.raises(InvalidTargetError, match="no board is in the group @lap") as caught:
        resolve_targets("@lap")
    assert caught.value.hint == "groups are @lab"


def test_a_name_for_a_place_is_the_board_that_is_plugged_in_there(room: Room) -> None:
    bert = room.plug("bert", "1-9")
    assert room.find("place", bert) == bert.port
    assert room.asked == []


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("ana", "did you mean anna?"),
        ("xyz", "boards with a name are anna, bert, place"),
        ("abcd", "boards with a name are anna, bert, place"),  # too short for a uid
    ],
)
def test_a_word_that_is_no_name_is_an_error_that_helps(room: Room, word: str, hint: str) -> None:
    with pytest.raises(InvalidTargetError, match="no board has this name or uid") as caught:
        room.find(word)
    assert caught.value.hint == hint


def test_a_registered_address_leads_to_its_board(room: Room, registry: Registry) -> None:
    folder = room.folder / "sim"
    registry.register(uid("anna"), f"sim://{folder}?vm=cpython&uid={uid('anna')}")
    with open_device("anna") as device:
        assert device.evaluate("6 * 7") == 42


def test_of_boards_that_take_turns_the_one_that_was_seen_last_is_meant(
    room: Room, registry: Registry
) -> None:
    boards = f"turns: {{uid: [{uid('bert')}, {uid('anna')}]}}\n"
    (room.folder / "projects" / "devices" / "boards.yaml").write_text(boards)
    for name, age in (("anna", 20.0), ("bert", 10.0)):
        then = time.time() - age
        past = Registry(registry.file, now=partial(float, then))
        past.register(uid(name), f"ws://{name}.local")
    assert find_board("turns", candidates=[]).url == "ws://bert.local"
    registry.saw(uid("anna"), "ws://other.local")
    assert find_board("turns", candidates=[]).url == "ws://other.local"


def test_a_port_that_is_not_on_usb_is_remembered_while_it_is_there(
    room: Room, registry: Registry
) -> None:
    anna = room.plug("anna", "1-1")
    registry.saw(uid("anna"), anna.url)
    registry.saw(uid("bert"), "serial:///dev/absent")
    assert room.find("anna") == anna.port
    with pytest.raises(PortNotFoundError):
        room.find("bert")


def test_a_room_full_of_boards_plugged_in_anew_is_found_by_name(
    room: Room, registry: Registry
) -> None:
    names = [f"board{number}" for number in range(6)]
    ports = [room.plug(name, f"1-{name}") for name in names]
    targets = [uid(name) for name in reversed(names)]
    asked: list[str] = []
    found = find_boards(
        targets, candidates=ports, on_probe=lambda result: asked.append(result.candidate.port)
    )
    urls = [one.url for one in found if isinstance(one, FoundBoard)]
    assert urls == [port.url for port in reversed(ports)]
    assert len(asked) == len(registry.boards()) == 6


def test_thirty_known_boards_are_found_without_asking_any(room: Room, registry: Registry) -> None:
    ports = [
        replace(candidate(f"/dev/absent{n}"), serial_number=f"s{n}", location=f"1-{n}")
        for n in range(30)
    ]
    for number, port in enumerate(ports):
        registry.saw(f"aabbcc{number:02}", port.url, port)
    moved = [replace(port, location=f"2-{port.location}") for port in reversed(ports)]
    targets = [f"aabbcc{number:02}" for number in range(30)]
    found = find_boards(targets, candidates=moved, on_probe=room.on_probe)
    assert [one.url for one in found if isinstance(one, FoundBoard)] == [p.url for p in ports]
    assert room.asked == []


def test_where_nobody_may_be_asked_the_place_counts_and_strangers_are_left_alone(
    room: Room,
) -> None:
    anna, other_side = room.dead("1-1")
    room_registry_knows(anna, "anna")
    for asks in ("to find", "never"):
        found = find_board("anna", candidates=[anna], asks=asks)
        assert (found.url, found.is_sure) == (anna.url, False)
    with pytest.raises(PortNotFoundError):
        find_board("bert", candidates=[anna], asks="never")
    assert heard(other_side) == b""


def test_a_command_that_asks_nobody_says_that_only_the_place_tells(
    room: Room, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    anna, other_side = room.dead("1-1")
    room_registry_knows(anna, "anna")
    told = SimpleNamespace(
        **{name: getattr(anna, name) for name in ("serial_number", "location", "interface")},
        **{name: getattr(anna, name) for name in ("manufacturer", "product")},
        device=anna.port,
        vid=anna.vendor_id,
        pid=anna.product_id,
    )
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [told])
    work = Work()
    work.begin(Options(target="anna"))
    assert work.quiet_board().url == anna.url
    assert capsys.readouterr().err == (
        f"iot: at {anna.url} anna was seen last; only its place tells that it is it\n"
    )
    assert heard(other_side) == b""


# The board is checked when it is opened.


def test_another_board_at_a_known_address_is_told_and_nothing_is_written(room: Room) -> None:
    anna = room.plug("anna", "1-1")
    bert = room.plug("bert", "1-2", serial_number="s2")
    room_registry_knows(bert, "anna")  # behind that adapter anna was, until somebody changed them
    found = find_board("anna", candidates=[anna, bert])
    assert (found.url, found.uids) == (bert.url, frozenset({uid("anna")}))
    with (
        open_device(found) as device,
        pytest.raises(PortNotFoundError, match=f"is the board with the uid {uid('bert')}, not"),
    ):
        device.files.write("/main.py", "print('wrong')")
    assert not (room.folder / "bert" / "flash" / "main.py").exists()
    assert room.find("anna", anna, bert) == anna.port


def test_a_board_that_is_opened_by_its_port_is_remembered(room: Room, registry: Registry) -> None:
    anna = room.plug("anna", "1-1")
    with open_device(anna.url) as device:
        assert device.info.name == "anna"
    found = registry.get(uid("anna"))
    assert found is not None
    assert found.last_address.url == anna.url
    assert room.find("anna") == anna.port


# The transports that somebody wants.


def test_the_first_transport_that_leads_to_the_board_is_taken(
    room: Room, registry: Registry
) -> None:
    anna = room.plug("anna", "1-1", serial_number="s1")
    room_registry_knows(anna, "anna")
    registry.register(uid("anna"), "socket://127.0.0.1:9")

    def url(*schemes: str) -> str:
        return find_board("anna", candidates=[anna], asks="never", schemes=schemes).url

    assert url() == url("serial") == url("telnet", "serial", "socket") == anna.url
    assert url("socket") == url("socket", "serial") == "socket://127.0.0.1:9"
    with pytest.raises(PortNotFoundError, match="anna is known at no telnet://"):
        url("telnet")
    with pytest.raises(InvalidTargetError, match="unknown kind of URL: cable://"):
        url("cable")
    with pytest.raises(InvalidTargetError, match="is no serial://"):
        find_board("socket://127.0.0.1:9", schemes=["serial"])
