"""A board that was away is found again by who it is; another one in its place is left alone."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from iot_device import (
    BoardCandidate,
    ConnectionLostError,
    Device,
    PortBusyError,
    PortEvent,
    PortNotFoundError,
    open_device,
)
from iot_device.sharing import SharedTransport
from iot_device.transports import parse_url
from sharing.served import served_board, two_addresses

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow

PATIENCE = 20.0  # seconds
OURS, OTHER = "00c0ffee", "0badcafe"


def candidate(port: Path, serial_number: str) -> BoardCandidate:
    name = "MicroPython on Raspberry Pi Pico"
    return BoardCandidate(
        str(port), 0x2E8A, 5, serial_number, None, name, None, None, None, known=True
    )


def opened(
    port: Path,
    attached: Callable[[], list[BoardCandidate]],
    events: list[PortEvent],
    wait: float = PATIENCE,
) -> Device:
    url = parse_url(str(port))
    transport = SharedTransport(url, wait=wait, wrap=lambda pipe: pipe, attached=attached)
    device = Device(transport, on_event=events.append)
    device.open()
    return device


def lose(device: Device) -> None:
    with pytest.raises(ConnectionLostError):
        device.execute("while True: pass", timeout=PATIENCE)


def test_the_same_device_goes_on_after_its_board_was_away(tmp_path: Path) -> None:
    link, events = tmp_path / "board", list[PortEvent]()
    with served_board(tmp_path / "flash", uid=OURS, link=link) as (url, server):
        device = open_device(url, wait=PATIENCE, on_event=events.append)
        device.execute("x = 42")
        server.end()
    lose(device)
    assert not device.holds_port
    with served_board(tmp_path / "flash", uid=OURS, link=link), device:
        assert device.evaluate("'x' in globals()") is False
        assert [event.kind for event in events] == ["reset"]
        assert events[0].message == (
            f"{url} was reset while its link was lost: its variables are gone"
        )


def test_a_board_that_stays_away_is_an_error_after_the_wait(tmp_path: Path) -> None:
    link = tmp_path / "board"
    with served_board(tmp_path / "flash", uid=OURS, link=link) as (url, server):
        device = open_device(url, wait=0.3)
        device.execute("x = 42")
        server.end()
    lose(device)
    begin = time.monotonic()
    with pytest.raises(PortNotFoundError), device:
        device.execute("pass")
    assert 0.3 <= time.monotonic() - begin < PATIENCE


def test_another_board_at_the_same_port_is_refused_until_ours_is_back(tmp_path: Path) -> None:
    link, events = tmp_path / "board", list[PortEvent]()
    with served_board(tmp_path / "flash", uid=OURS, link=link) as (url, server):
        device = open_device(url, wait=PATIENCE, on_event=events.append)
        device.execute("x = 42")
        server.end()
    lose(device)
    with served_board(tmp_path / "other", uid=OTHER, link=link) as (_, server):
        with pytest.raises(PortNotFoundError) as caught:
            device.files.write("main.py", "print('ours')")
        assert caught.value.message == (
            f"at {url} is another board now: the board with the uid {OTHER}, "
            f"where the board with the uid {OURS} was"
        )
        assert not device.holds_port
        assert list((tmp_path / "other").iterdir()) == []
        with open_device(url) as other:
            assert other.info.uid == OTHER
        server.end()
    with served_board(tmp_path / "flash", uid=OURS, link=link), device:
        device.files.write("main.py", "print('ours')")


def test_a_board_that_has_another_port_now_is_found_and_the_old_port_is_not_opened(
    tmp_path: Path,
) -> None:
    first, second, events = tmp_path / "ttyACM0", tmp_path / "ttyACM1", list[PortEvent]()
    attached = [candidate(first, "ours")]
    with served_board(tmp_path / "flash", uid=OURS, link=first) as (_, server):
        device = opened(first, lambda: attached, events)
        device.execute("x = 42")
        server.end()
    lose(device)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "main.py").write_text("while True: pass")
    with (
        served_board(tmp_path / "other", uid=OTHER, link=first),
        served_board(tmp_path / "flash", uid=OURS, link=second),
    ):
        attached[:] = [candidate(first, "other"), candidate(second, "ours")]
        with device:
            device.execute("x = 43")
            assert device.url == f"serial://{second}"
        # Nobody wrote to the other board: its program still runs.
        with open_device(str(first)) as other:
            other.execute("pass")
            assert other.stopped_program


def test_a_reset_that_was_asked_for_is_no_event(tmp_path: Path) -> None:
    events: list[PortEvent] = []
    with (
        served_board(tmp_path / "flash", tcp=0) as (url, _),
        open_device(url, gives_way=True, on_event=events.append) as device,
    ):
        for reset in (device.hard_reset, device.soft_reset):
            device.execute("x = 42")
            reset()
            device.release()
            assert device.evaluate("'x' in globals()") is False
        device.execute("__import__('machine').soft_reset()", check=False)
        device.release()
        assert device.evaluate("1 + 1") == 2
    assert events == []


def test_a_reset_by_another_process_is_an_event(tmp_path: Path) -> None:
    events: list[PortEvent] = []
    with (
        served_board(tmp_path / "flash", tcp=0) as (url, _),
        open_device(url, gives_way=True, on_event=events.append) as device,
    ):
        device.execute("x = 42")
        with open_device(url) as other:
            other.soft_reset()
        assert device.evaluate("'x' in globals()") is False
    assert [event.message for event in events] == [
        f"{url} was reset while its port was free: its variables are gone"
    ]


def test_a_cell_that_only_reads_variables_leaves_no_name_of_ours(tmp_path: Path) -> None:
    with (
        served_board(tmp_path / "flash", tcp=0) as (url, _),
        open_device(url, gives_way=True) as device,
    ):
        before = device.evaluate("sorted(globals())")
        device.release()
        assert device.evaluate("sorted(globals())") == before
        assert not [name for name in before if "iot" in name]


def test_a_board_with_two_addresses_is_used_by_one_at_a_time(tmp_path: Path) -> None:
    with (
        served_board(tmp_path / "flash", tcp=0) as (url, _),
        two_addresses(url) as (first, second),
        open_device(first) as device,
    ):
        device.execute("x = 42")
        with open_device(second, wait=0.0) as other, pytest.raises(PortBusyError) as caught:
            other.execute("x = 43")
        assert caught.value.port == second
        assert caught.value.pid == os.getpid()


def test_two_boards_with_one_uid_are_two(tmp_path: Path) -> None:
    with (
        served_board(tmp_path / "one", uid=OURS, tcp=0) as (first, _),
        served_board(tmp_path / "two", uid=OURS, tcp=0) as (second, _),
        open_device(first) as one,
        open_device(second, wait=0.0) as two,
    ):
        one.execute("x = 1")
        two.execute("x = 2")
        assert (one.evaluate("x"), two.evaluate("x")) == (1, 2)
