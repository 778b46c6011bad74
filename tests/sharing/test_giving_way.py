"""A device that gives way: to those who ask, after idle seconds, never in the middle of work."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from iot_device import Device, PortBusyError, PortEvent, open_device
from iot_device.sharing import shared_transport
from iot_device.sharing.board_lock import BoardLock, wait_until
from iot_device.sharing.door import Door, knock
from iot_device.sharing.lock_file import LockFile, this_process
from iot_device.sharing.runtime_folder import runtime_folder
from iot_device.sharing.shared_transport import _lock_name
from iot_device.transports import parse_url
from sharing.holding import other_process
from sharing.served import served_board

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

PATIENCE = 20.0  # seconds

EVALUATE = """
import sys
from iot_device import IotError, open_device
try:
    with open_device(sys.argv[1], wait=float(sys.argv[2])) as device:
        print(device.evaluate(sys.argv[3]), flush=True)
except IotError as error:
    print(error.name, flush=True)
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with served_board(tmp_path / "flash", tcp=0) as (url, _):
        yield url


@pytest.fixture
def events() -> list[PortEvent]:
    return []


@pytest.fixture
def device(url: str, events: list[PortEvent]) -> Iterator[Device]:
    with open_device(url, wait=PATIENCE, gives_way=True, on_event=events.append) as device:
        device.execute("x = 42")
        yield device


def in_another_process(url: str, wait: float, expression: str) -> str:
    with other_process(EVALUATE, url, str(wait), expression) as other:
        return other.line()


def test_an_idle_device_gives_way_to_another_process_that_asks(
    device: Device, events: list[PortEvent]
) -> None:
    assert in_another_process(device.url, 0.0, "x") == "42"
    assert not device.holds_port
    assert device.evaluate("x + 1") == 43
    assert events == []


def test_a_device_of_a_script_keeps_its_board(url: str) -> None:
    with open_device(url) as device:
        device.execute("x = 42")
        assert in_another_process(url, 0.0, "x") == "busy"
        assert device.evaluate("x") == 42


def test_work_is_not_disturbed_and_the_one_who_waits_is_next(device: Device) -> None:
    begun, go_on = threading.Event(), threading.Event()
    results: list[bytes] = []

    def work() -> None:
        def answer(_: str) -> str:
            begun.set()
            assert go_on.wait(PATIENCE)
            return "done"

        results.append(device.execute("print(input())\nx = 43", stdin=answer).output)

    worker = threading.Thread(target=work)
    worker.start()
    assert begun.wait(PATIENCE)
    assert in_another_process(device.url, 0.0, "x") == "busy"
    with other_process(EVALUATE, device.url, str(PATIENCE), "x") as other:
        go_on.set()
        worker.join(PATIENCE)
        assert other.line() == "43"
    assert b"done" in results[0]


def test_a_loop_of_short_calls_lets_the_one_who_waits_in(device: Device) -> None:
    with other_process(EVALUATE, device.url, str(PATIENCE), "y") as other:
        device.execute("y = 0")
        answer: list[str] = []
        reading = threading.Thread(target=lambda: answer.append(other.line()))
        reading.start()
        while not answer:
            device.execute("y += 1")
        reading.join(PATIENCE)
    assert int(answer[0]) >= 0


def test_nobody_gets_in_between_calls_that_are_one_piece_of_work(device: Device) -> None:
    with device.holding():
        device.execute("x = 1")
        assert in_another_process(device.url, 0.0, "x") == "busy"
        device.execute("x = 2")
    assert in_another_process(device.url, PATIENCE, "x") == "2"


def test_a_file_is_written_as_one_piece_of_work(device: Device) -> None:
    asked: list[str] = []

    def ask(_done: int, _size: int) -> None:
        if not asked:
            asked.append(in_another_process(device.url, 0.0, "x"))

    device.files.write("data", b"a" * 20_000, on_progress=ask)
    assert asked == ["busy"]
    assert device.files.read("data") == b"a" * 20_000


def test_an_idle_device_gives_the_port_up_unasked(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_transport, "IDLE_TIME", 0.2)
    file = LockFile(runtime_folder() / f"{_file_name(url)}.port")  # nobody asks
    with open_device(url, gives_way=True) as device:
        device.execute("x = 42")
        assert wait_until(lambda: file.acquire(this_process()), time.monotonic() + PATIENCE)
        file.release()
        assert not device.holds_port
        assert device.evaluate("x") == 42


def test_a_released_port_is_free_at_once_and_is_opened_again_by_the_next_call(
    device: Device,
) -> None:
    device.release()
    assert not device.holds_port
    lock = BoardLock(_lock_name(parse_url(device.url)), device.url)
    lock.acquire(0.0)
    with pytest.raises(PortBusyError):
        BoardLock(lock.name, device.url).acquire(0.0)
    lock.release()
    assert device.evaluate("x") == 42
    device.release()
    device.release()


def test_a_closed_device_leaves_nothing_behind(url: str) -> None:
    before = threading.active_count()
    with open_device(url, gives_way=True) as device:
        device.execute("pass")
    assert wait_until(lambda: threading.active_count() == before, time.monotonic() + PATIENCE)


@pytest.mark.parametrize("said", [b"", b"x", b"0" * 32, b"\xff" * 5000])
def test_a_stranger_at_the_door_gets_nothing(device: Device, said: bytes) -> None:
    holder = LockFile(runtime_folder() / f"{_file_name(device.url)}.port").holder()
    assert holder is not None
    with socket.create_connection(("127.0.0.1", holder.door)) as stranger:
        stranger.settimeout(PATIENCE)
        stranger.sendall(said)
        with suppress(ConnectionResetError):  # what it said was not read to the end
            assert stranger.recv(100) == b""
    assert device.holds_port
    assert in_another_process(device.url, 0.0, "x") == "42"


def test_a_holder_that_keeps_its_port_although_it_is_idle_is_not_asked_all_the_time() -> None:
    asked: list[None] = []

    def refuse() -> bool:
        asked.append(None)
        return False

    door = Door(refuse, lambda: 0.0)
    holder = this_process(door.port, door.key)
    knocks = 20
    assert sum(knock(holder) for _ in range(knocks)) == 0
    assert len(asked) <= knocks + 2
    door.close()


def _file_name(url: str) -> str:
    return quote(_lock_name(parse_url(url)), safe="")
