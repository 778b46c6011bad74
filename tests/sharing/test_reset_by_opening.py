"""Boards that are reset when their port is opened: told, prevented where possible, remembered."""

from __future__ import annotations

import json
from pathlib import Path

import platformdirs
import pytest

from iot_device import Device, PortBusyError, PortEvent, open_device
from iot_device.sharing import SharedTransport
from iot_device.sharing.habits import Habit, habit_at, habit_of, remember
from iot_device.transports import parse_url
from sharing.resetting import resetting_board
from sharing.served import served_board
from sharing.test_coming_back import candidate

UID = "00c0ffee"


@pytest.fixture(autouse=True)
def _no_memories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    # A simulated board on a busy computer may need longer for its start than a real one.
    monkeypatch.setattr("iot_device.session.session.RECONNECT_TIME", 30.0)


def memory() -> Path:
    return Path(platformdirs.user_state_dir("iot", appauthor=False)) / "ports.json"


@pytest.mark.slow
def test_a_setting_of_the_lines_that_prevents_the_reset_is_found_and_remembered(
    tmp_path: Path,
) -> None:
    events: list[PortEvent] = []
    with resetting_board(tmp_path / "flash") as board:
        url = f"rfc2217://127.0.0.1:{board.port}"
        with open_device(url, gives_way=True, on_event=events.append) as device:
            device.execute("x = 1")
            device.release()
            assert device.evaluate("'x' in globals()") is False
            assert [event.kind for event in events] == ["reset", "lines"]
            assert events[0].message == (
                f"{url} was reset while its port was free: its variables are gone"
            )
            assert events[1].message == (
                f"opening the port of {url} resets the board; "
                "from now on it is opened with dtr=on and rts=on, which prevents that"
            )
            resets = board.resets
            device.execute("x = 2")
            device.release()
            assert device.evaluate("x") == 2
            assert board.resets == resets
    assert habit_of(UID) == Habit("on")


@pytest.mark.slow
@pytest.mark.parametrize("options", ["", "?dtr=on&rts=on"])
def test_a_board_that_each_opening_resets_is_held_and_that_is_remembered(
    tmp_path: Path, options: str
) -> None:
    events: list[PortEvent] = []
    with resetting_board(tmp_path / "flash", always=True) as board:
        url = f"rfc2217://127.0.0.1:{board.port}{options}"
        with open_device(url, gives_way=True, on_event=events.append) as device:
            device.execute("x = 1")
            device.release()
            device.execute("x = 2")
            assert [event.kind for event in events] == ["reset", "held"]
            assert events[1].message == (
                f"opening the port of {url} resets the board, so the port is kept from now on"
            )
            with pytest.raises(PortBusyError):
                open_device(url, wait=0.0)
            assert device.evaluate("x") == 2
        events.clear()
        # Another process, later: it knows.
        with open_device(url, gives_way=True, on_event=events.append) as device:
            device.execute("x = 3")
            assert [event.kind for event in events] == ["held"]
            with pytest.raises(PortBusyError):
                open_device(url, wait=0.0)
            assert device.evaluate("x") == 3
    assert habit_of(UID) == Habit("")


@pytest.mark.slow
def test_a_reset_by_somebody_else_is_not_blamed_on_the_port(tmp_path: Path) -> None:
    events: list[PortEvent] = []
    with resetting_board(tmp_path / "flash") as board:
        url = f"rfc2217://127.0.0.1:{board.port}?dtr=on&rts=on"
        with open_device(url, gives_way=True, on_event=events.append) as device:
            device.execute("x = 1")
            with open_device(url, wait=0.0) as other:
                other.soft_reset()
            device.execute("x = 2")
            assert [event.kind for event in events] == ["reset"]
            device.release()
            assert device.evaluate("x") == 2
    assert not memory().exists()


@pytest.mark.slow
def test_what_is_remembered_is_used_by_the_first_opening_of_a_board_on_usb(tmp_path: Path) -> None:
    remember(UID, Habit("off", "ours"))
    link, events = tmp_path / "board", list[PortEvent]()
    with served_board(tmp_path / "flash", uid=UID, link=link):
        transports = [
            SharedTransport(
                parse_url(target),
                wrap=lambda pipe: pipe,
                attached=lambda: [candidate(link, "ours")],
            )
            for target in (str(link), f"serial://{link}?dtr=on&baudrate=9600")
        ]
        for transport, options in zip(
            transports, ["dtr=off&rts=off", "baudrate=9600&dtr=on"], strict=True
        ):
            with Device(transport, gives_way=True, on_event=events.append) as device:
                device.open()
                device.execute("x = 1")
                assert device.url == f"serial://{link}?{options}"
    assert [event.kind for event in events] == ["held"]  # where the user said something else


def test_what_is_remembered_is_found_by_uid_and_by_usb_serial_number() -> None:
    remember(UID, Habit("off", "e6614104035f8b2b"))
    remember("0badcafe", Habit(""))
    assert habit_of(UID) == habit_at("e6614104035f8b2b") == Habit("off", "e6614104035f8b2b")
    assert habit_of("0badcafe") == Habit("")
    assert habit_at("") is habit_at(None) is habit_of("") is habit_of("f00d") is None
    remember(UID, Habit("on"))
    assert (habit_of(UID), habit_at("e6614104035f8b2b")) == (Habit("on"), None)
    assert [path.name for path in memory().parent.iterdir()] == ["ports.json"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"00c0ffee": 1}', '{"00c0ffee": {"lines": "up", "usb": ""}}']
)
def test_a_memory_that_makes_no_sense_is_none(text: str) -> None:
    memory().parent.mkdir(parents=True)
    memory().write_text(text)
    assert habit_of(UID) is None
    remember(UID, Habit("on"))
    assert json.loads(memory().read_text())[UID] == {"lines": "on", "usb": ""}


def test_without_a_uid_nothing_is_remembered() -> None:
    remember("", Habit("on"))
    assert not memory().exists()
