"""``iot rescue``: what it says, what it asks, and what it renames."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from cli.iot_process import Iot, end_of
from cli.terminal_process import Terminal
from cli.test_sim import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow  # starts real processes

STUBBORN = """
import micropython, time
time.sleep(2)
micropython.kbd_intr(-1)
while True:
    print('stubborn')
    time.sleep(0.02)
"""


@pytest.fixture
def port(iot: Iot, tmp_path: Path) -> Iot:
    """``iot`` with a port that is not there yet, and a stubborn program on its board."""
    (iot.flash / "main.py").write_text(STUBBORN)
    return iot.board(str(tmp_path / "port"))


@contextmanager
def plugged_in(port: Iot) -> Iterator[None]:
    with serving(port, "--pty", port.target):
        yield


def names(port: Iot) -> list[str]:
    return sorted(path.name for path in port.flash.iterdir())


def test_it_begins_first_and_renames_the_program_with_yes(port: Iot) -> None:
    (port.flash / "main.py.off").write_text("of an earlier rescue")
    process = port.start("--json", "rescue", "--yes")
    assert process.stderr is not None
    assert process.stderr.readline() == b"iot: waiting for the port: plug the board in\n"
    with plugged_in(port):
        ended = end_of(process)
    url = f"serial://{port.target}"
    renamed = {"source": "main.py", "destination": "main.py.off1"}
    assert (ended.code, ended.json) == (0, {"url": url, "renamed": renamed})
    assert ended.err.splitlines() == [
        "iot: stopping the program: reset the board, or plug it in again",
        f"iot: {url} is at its prompt",
        "iot: main.py is now main.py.off1",
    ]
    assert names(port) == ["main.py.off", "main.py.off1"]


def test_without_a_terminal_it_renames_nothing_and_says_how(port: Iot) -> None:
    (port.flash / "main.py").write_text("while True: pass\n")
    with plugged_in(port):
        ended = port("rescue")
    assert (ended.code, ended.last_line) == (
        0,
        "iot: main.py will start again; 'iot mv main.py main.py.off' prevents that",
    )
    assert names(port) == ["main.py"]


@pytest.mark.parametrize(("answer", "left"), [(b"y\n", "main.py.off"), (b"\n", "main.py")])
def test_in_a_terminal_it_asks(port: Iot, answer: bytes, left: str) -> None:
    (port.flash / "main.py").write_text("while True: pass\n")
    with plugged_in(port):
        iot = [sys.executable, "-m", "iot_cli", "rescue"]
        terminal = Terminal(port, program=iot)
        try:
            terminal.read_until(b"main.py would start again. Rename it to main.py.off? [y/N]")
            terminal.type(answer)
            assert terminal.end() == 0
        finally:
            terminal.close()
    assert names(port) == [left]


def test_a_board_without_main_py_needs_nothing_more(port: Iot) -> None:
    (port.flash / "main.py").unlink()
    with plugged_in(port):
        ended = port("rescue")
    assert (ended.code, ended.last_line) == (0, "iot: there is no main.py")


def test_a_board_that_cannot_be_stopped_is_told_with_the_advice(port: Iot) -> None:
    (port.flash / "main.py").write_text(STUBBORN.replace("time.sleep(2)", ""))
    with plugged_in(port):
        assert port("monitor", "--until", "stubborn", "--timeout", "20").code == 0
        ended = port("rescue", "-t", "1")
    assert ended.code == 4
    hint, error = ended.err.splitlines()[-2:]
    assert hint == (
        "iot: hint: reset it some more times while rescue runs; if that never helps, its program "
        "switches Ctrl-C off too early: then only flashing helps, with the file system erased"
    )
    assert error.startswith("iot: error[timeout]: the board could not be stopped: no prompt from ")
    assert names(port) == ["main.py"]


def test_a_port_that_does_not_come_and_a_board_without_lines_are_told(iot: Iot) -> None:
    ended = iot("-d", "/dev/absent", "rescue", "-t", "1")
    assert (ended.code, ended.last_line) == (
        3,
        "iot: error[not-found]: there is no port /dev/absent",
    )
    ended = iot("-d", "socket://127.0.0.1:1", "rescue", "--reset")
    assert (ended.code, ended.last_line) == (
        7,
        "iot: error[unsupported]: socket://127.0.0.1:1 has no DTR and RTS",
    )
