"""Asking many boards at once who they are: what they answer, and what is left alone."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from iot_device import (
    BoardCandidate,
    open_console,
    open_device,
)
from iot_device.probe import probe_boards
from session.ports import candidate, served, silent_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iot_device import BoardCandidate

pytestmark = pytest.mark.slow  # real boards and ports

RUNS_ON = "import time\nwhile True:\n    print('running')\n    time.sleep(0.05)\n"


@pytest.fixture
def board(tmp_path: Path) -> Iterator[BoardCandidate]:
    (tmp_path / "flash").mkdir()
    (tmp_path / "flash" / "main.py").write_text(RUNS_ON)
    with served(tmp_path) as found:
        yield found


def test_each_board_tells_who_it_is(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with served(tmp_path / "one") as one, served(tmp_path / "two", "micropython") as two:
        results = probe_boards([one, two])
    assert [result.info and result.info.uid for result in results] == [b"one".hex(), b"two".hex()]
    assert [result.stopped_program for result in results] == [False, False]


def test_a_program_that_was_stopped_is_told_and_stays_stopped(board: BoardCandidate) -> None:
    [result] = probe_boards([board])
    assert (result.stopped_program, result.restarted_program) == (True, False)
    with open_device(board.url) as device:
        assert device.evaluate("1") == 1
        assert not device.stopped_program


def test_a_program_that_was_stopped_starts_again_if_that_is_wanted(board: BoardCandidate) -> None:
    [result] = probe_boards([board], resume=True)
    assert (result.stopped_program, result.restarted_program) == (True, True)
    with open_console(board.url) as console:
        assert list(console.watch(until="running", timeout=20))


def test_boards_that_do_not_answer_share_one_deadline_and_spoil_nothing(tmp_path: Path) -> None:
    with silent_port() as (first, _), silent_port() as (second, _), served(tmp_path) as good:
        start = time.monotonic()
        results = probe_boards([first, good, second, candidate("/dev/absent")], timeout=5.0)
        took = time.monotonic() - start
    assert [result.error and result.error.name for result in results] == [
        "timeout",
        None,
        "timeout",
        "not-found",
    ]
    assert 5.0 <= took < 10.0  # one after the other they would take 10


def test_unknown_devices_and_ports_of_data_get_no_byte() -> None:
    with silent_port() as (modem, other_side):
        assert probe_boards([candidate(modem.port, known=False)]) == []
        data_port = candidate(modem.port, interface="CircuitPython CDC2 data")
        assert probe_boards([data_port]) == []
        os.set_blocking(other_side, False)
        with pytest.raises(BlockingIOError):
            os.read(other_side, 1)
