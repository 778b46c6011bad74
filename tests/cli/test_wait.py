"""Two commands at one board: the second waits, or says who has it."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from cli.iot_process import end_of, interrupt, read_until
from cli.test_sim import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # each test starts real processes

WORK = "print('begun')\ninput()"


@pytest.fixture
def served(iot: Iot) -> Iterator[Iot]:
    with serving(iot, "--tcp", "0") as (url, _):
        yield iot.board(url)


def test_a_busy_board_is_an_error_that_names_who_has_it(served: Iot) -> None:
    (served.cwd / "work.py").write_text(WORK)
    worker = served.start("run", "work.py")
    read_until(worker, b"begun")
    ended = served("--wait", "0", "exec", "pass")
    assert ended.code == 3
    assert re.fullmatch(
        rf"iot: error\[busy\]: {re.escape(served.target)} is in use by iot_cli "
        rf"\(pid {worker.pid}\) since \d\d:\d\d:\d\d",
        ended.last_line,
    )
    assert f"or end iot_cli (process {worker.pid})" in ended.err
    assert end_of(worker, b"\n").code == 0


def test_a_command_waits_until_the_one_before_is_done(served: Iot) -> None:
    (served.cwd / "work.py").write_text(f"{WORK}\nx = 42")
    worker = served.start("run", "work.py")
    read_until(worker, b"begun")
    waiter = served.start("--wait", "30", "eval", "x")
    assert end_of(worker, b"\n").code == 0
    ended = end_of(waiter)
    assert (ended.code, ended.out) == (0, b"42\n")


def test_waiting_is_over_after_the_seconds_that_were_asked_for(served: Iot) -> None:
    monitor = served.start("-v", "monitor")
    assert monitor.stderr is not None
    assert b"connected" in monitor.stderr.readline()
    begin = time.monotonic()
    assert served("--wait", "0.5", "exec", "pass").code == 3
    assert time.monotonic() - begin >= 0.5


def test_the_timeout_of_the_command_ends_a_longer_wait(served: Iot) -> None:
    monitor = served.start("-v", "monitor")
    assert monitor.stderr is not None
    monitor.stderr.readline()
    ended = served("--timeout", "1", "--wait", "30", "exec", "pass")
    assert ended.code == 4
    assert ended.last_line.startswith("iot: error[timeout]: ")


def test_boards_in_a_list_wait_too(served: Iot) -> None:
    monitor = served.start("-v", "monitor")
    assert monitor.stderr is not None
    monitor.stderr.readline()
    target = f"{served.target},sim://{served.flash}2?vm=cpython"
    ended = served("-d", target, "--wait", "0", "eval", "1")
    assert ended.code == 8
    assert f"{served.target}: error[busy]: " in ended.err
    assert ended.out == f"sim://{served.flash}2?vm=cpython: 1\n".encode()


def test_ctrl_c_ends_a_wait_for_one_of_several_boards(served: Iot) -> None:
    monitor = served.start("-v", "monitor")
    assert monitor.stderr is not None
    monitor.stderr.readline()
    other = f"sim://{served.flash}2?vm=cpython"
    waiter = served.start("-d", f"{served.target},{other}", "--wait", "60", "exec", "print('b')")
    read_until(waiter, b": b\n")  # the free board is done
    interrupt(waiter)
    assert end_of(waiter).code == 130
