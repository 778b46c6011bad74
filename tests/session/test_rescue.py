"""Rescue: a program that cannot be stopped is stopped in the moment after its start."""

from __future__ import annotations

import queue
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from iot_device import (
    BoardTimeoutError,
    PortBusyError,
    PortNotFoundError,
    UnsupportedError,
    open_console,
    open_device,
    rescue,
)
from iot_device.rescuing import pulse_reset
from session.ports import served, silent_port
from transports.test_rfc2217 import lines, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from iot_device import Device

pytestmark = pytest.mark.slow  # real boards and ports

# After a moment nothing stops it.
STUBBORN = """
import time
time.sleep({window})
while True:
    try:
        print('stubborn')
        time.sleep(0.02)
    except KeyboardInterrupt:
        pass
"""
WITHOUT_CTRL_C = """
import micropython, time
time.sleep({window})
micropython.kbd_intr(-1)
while True:
    print('stubborn')
    time.sleep(0.02)
"""


@pytest.fixture(params=["cpython", "micropython"])
def vm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


def write_main(folder: Path, program: str) -> None:
    (folder / "flash").mkdir(exist_ok=True)
    (folder / "flash" / "main.py").write_text(program)


def check_is_rescued(rescued: Future[Device], folder: Path) -> None:
    with rescued.result(30) as device:
        assert device.evaluate("6 * 7") == 42
        device.files.rename("main.py", "main.py.off")
    assert (folder / "flash" / "main.py.off").exists()


@pytest.mark.parametrize("program", [STUBBORN, WITHOUT_CTRL_C])
def test_a_board_that_is_plugged_in_later_is_caught_in_its_first_moment(
    tmp_path: Path, vm: str, pool: ThreadPoolExecutor, program: str
) -> None:
    write_main(tmp_path, program.format(window=2))
    states: queue.SimpleQueue[str] = queue.SimpleQueue()
    rescued = pool.submit(rescue, str(tmp_path / "port"), timeout=30, on_state=states.put)
    assert states.get(timeout=20) == "no port"
    with served(tmp_path, vm):
        check_is_rescued(rescued, tmp_path)
    assert states.get(timeout=20) == "no prompt"


def test_a_board_that_cannot_be_stopped_is_caught_when_it_is_plugged_in_again(
    tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    write_main(tmp_path, WITHOUT_CTRL_C.format(window=2))
    states: queue.SimpleQueue[str] = queue.SimpleQueue()
    with served(tmp_path) as board:
        with open_console(board.url) as console:
            list(console.watch(until="stubborn", timeout=20))
        rescued = pool.submit(rescue, board.url, timeout=40, on_state=states.put)
        assert states.get(timeout=20) == "no prompt"
    assert states.get(timeout=20) == "no port"
    with served(tmp_path):
        check_is_rescued(rescued, tmp_path)


def test_where_ctrl_c_never_helps_it_says_that_only_flashing_does(tmp_path: Path, vm: str) -> None:
    write_main(tmp_path, WITHOUT_CTRL_C.format(window=0))
    with served(tmp_path, vm) as board:
        with open_console(board.url) as console:
            list(console.watch(until="stubborn", timeout=20))
        with pytest.raises(BoardTimeoutError, match="could not be stopped") as raised:
            rescue(board.url, timeout=1.5)
        assert "only flashing helps" in (raised.value.hint or "")
        with open_console(board.url) as console:
            list(console.watch(until="stubborn", timeout=20))


def test_a_program_that_can_be_stopped_is_stopped_at_once(tmp_path: Path) -> None:
    write_main(tmp_path, "while True: pass\n")
    with served(tmp_path) as board, rescue(board.url, timeout=20) as device:
        assert device.stopped_program


def test_a_port_that_does_not_come_is_told_in_time(tmp_path: Path) -> None:
    with pytest.raises(PortNotFoundError):
        rescue(str(tmp_path / "absent"), timeout=0.5)


def test_a_port_that_another_program_holds_is_not_waited_for(tmp_path: Path) -> None:
    with served(tmp_path) as board, open_device(board.url), pytest.raises(PortBusyError):
        rescue(board.url, timeout=60)


def test_reset_pulls_rts_without_dtr_and_then_lets_both_go() -> None:
    with running_server() as server:
        pulse_reset(f"rfc2217://127.0.0.1:{server.port_number}")
        # What opening does next brings both up, which lets the board run.
        assert lines(server) == [("dtr", False), ("rts", True)]


def test_reset_is_refused_where_there_are_no_lines() -> None:
    with pytest.raises(UnsupportedError, match="no DTR and RTS"):
        rescue("socket://127.0.0.1:1", reset=True, timeout=5)


def test_a_pty_has_no_lines_and_the_rest_goes_on() -> None:
    with silent_port() as (port, _):
        pulse_reset(port.url)
