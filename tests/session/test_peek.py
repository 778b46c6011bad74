"""Looking into a board for the completion of a path: a program never notices."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from iot_device import (
    BoardTimeoutError,
    UnsupportedError,
    list_idle_board,
    open_console,
    open_device,
)
from iot_device.prompt_marks import forget_prompt, is_left_at_prompt, note_prompt
from session.ports import served, silent_port

pytestmark = pytest.mark.slow  # real boards and ports

PRINTS = "import time\nwhile True:\n    print('running')\n    time.sleep(0.02)\n"
IS_QUIET = """
import time
input()
print('begins')
end = time.ticks_add(time.ticks_ms(), 1500)
while time.ticks_diff(end, time.ticks_ms()) > 0:
    pass
print('ends well')
"""


def leave_at_prompt(url: str) -> None:
    """Use the board as our tools do."""
    with open_device(url) as device:
        device.evaluate("1")
    note_prompt(url)


@pytest.fixture(params=["cpython", "micropython"])
def vm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_board_at_its_prompt_is_listed_and_left_there(tmp_path: Path, vm: str) -> None:
    (tmp_path / "flash" / "lib").mkdir(parents=True)
    (tmp_path / "flash" / "lib" / "one.py").write_text("1")
    with served(tmp_path, vm) as board:
        leave_at_prompt(board.url)
        for _ in range(2):
            assert [(entry.name, entry.type) for entry in list_idle_board(board.url)] == [
                ("lib", "dir")
            ]
            assert [entry.path for entry in list_idle_board(board.url, "lib")] == ["lib/one.py"]
        with open_console(board.url) as console:
            console.write(b"6 * 7\r", None)
            assert b"42" in b"".join(console.watch(until="42", timeout=20))


def test_a_board_of_which_nothing_is_known_gets_not_a_byte() -> None:
    with silent_port() as (port, other_side):
        with pytest.raises(BoardTimeoutError, match="not known to be at its prompt"):
            list_idle_board(port.url)
        os.set_blocking(other_side, False)
        with pytest.raises(BlockingIOError):
            os.read(other_side, 1)


def test_a_note_ends_when_it_is_forgotten_or_the_port_is_another_one(tmp_path: Path) -> None:
    link = tmp_path / "port"
    with silent_port() as (first, _), silent_port() as (second, _):
        link.symlink_to(first.port)
        note_prompt(str(link))
        assert is_left_at_prompt(first.url)
        assert not is_left_at_prompt(second.url)
        stale = Path(first.port).stat().st_mtime - 60
        os.utime(first.port, (stale, stale))  # as if somebody had written at another time
        assert not is_left_at_prompt(first.url)
        note_prompt(first.url)
        assert is_left_at_prompt(first.url)
        forget_prompt(str(link))
        assert not is_left_at_prompt(first.url)


def test_a_program_that_prints_runs_on_even_if_the_note_is_wrong(tmp_path: Path, vm: str) -> None:
    (tmp_path / "flash").mkdir()
    (tmp_path / "flash" / "main.py").write_text(PRINTS)
    with served(tmp_path, vm) as board:
        with open_console(board.url) as console:
            list(console.watch(until="running", timeout=20))
        note_prompt(board.url)
        with pytest.raises(BoardTimeoutError, match="a program may run there"):
            list_idle_board(board.url)
        assert not is_left_at_prompt(board.url)
        with open_console(board.url) as console:
            list(console.watch(until="running", timeout=20))


def test_a_quiet_program_runs_on_even_if_the_note_is_wrong(tmp_path: Path, vm: str) -> None:
    (tmp_path / "flash").mkdir()
    (tmp_path / "flash" / "main.py").write_text(IS_QUIET)
    with served(tmp_path, vm) as board:
        with open_console(board.url) as console:
            console.write(b"\r", None)
            list(console.watch(until="begins", timeout=20))
        note_prompt(board.url)
        with pytest.raises(BoardTimeoutError):
            list_idle_board(board.url)
        with open_console(board.url) as console:
            shown = b"".join(console.watch(until=">>> ", timeout=20))
            assert b"ends well" in shown
            assert b"KeyboardInterrupt" not in shown
            # It is at its friendly prompt, not in the raw REPL.
            console.write(b"6 * 7\r", None)
            list(console.watch(until="42", timeout=20))


def test_a_simulated_board_is_looked_at_without_a_boot(tmp_path: Path) -> None:
    (tmp_path / "boot.py").write_text("open('booted', 'w').close()")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "log.txt").write_bytes(b"12345")
    url = f"sim://{tmp_path}"
    assert [entry.name for entry in list_idle_board(url)] == ["boot.py", "data"]
    [entry] = list_idle_board(url, "/data")
    assert (entry.path, entry.type, entry.size) == ("/data/log.txt", "file", 5)
    with pytest.raises(FileNotFoundError):
        list_idle_board(url, "absent")


def test_a_silent_port_costs_less_than_a_second_and_sockets_are_not_asked() -> None:
    with silent_port() as (port, _):
        note_prompt(port.url)
        with pytest.raises(BoardTimeoutError):
            list_idle_board(port.url)
    with pytest.raises(UnsupportedError):
        list_idle_board("socket://127.0.0.1:1")
