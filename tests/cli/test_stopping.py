"""Ctrl-C, SIGTERM, ``--timeout``, and a reader that goes away."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from cli.iot_process import TIMEOUT, end_of, interrupt, read_until

if TYPE_CHECKING:
    from pathlib import Path

    from cli.iot_process import Iot

pytestmark = [
    pytest.mark.slow,  # each test starts real processes
    pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals to processes"),
]

FOR_EVER = "print('running')\nwhile True: pass\n"
STUBBORN = """
while True:
    try:
        print('running')
        while True: pass
    except KeyboardInterrupt:
        print('ignored')
"""


def test_ctrl_c_stops_the_program_on_the_board(iot: Iot) -> None:
    process = iot.start("exec", FOR_EVER)
    read_until(process, b"running\n")
    interrupt(process)
    ended = end_of(process)
    assert ended.code == 130
    # Line 1 while print returns still; the space at the end is MicroPython's.
    assert re.fullmatch(
        r"Traceback \(most recent call last\):\n"
        r'  File "<stdin>", line [12], in <module>\n'
        r"KeyboardInterrupt: \n",
        ended.err,
    )


def test_ctrl_c_while_python_loads_the_command_is_one_line(iot: Iot, tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("print('loading', flush=True)\ninput()\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "iot_cli", "ls"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"IOT_DEVICE": iot.target, "PYTHONPATH": str(tmp_path)},
    )
    read_until(process, b"loading\n")
    interrupt(process)
    ended = end_of(process)
    assert (ended.code, ended.err) == (130, "iot: error[interrupted]: stopped by Ctrl-C\n")


def test_ctrl_c_that_the_program_handles_does_not_end_it(iot: Iot) -> None:
    process = iot.start(
        "exec",
        "try:\n print('running')\n while True: pass\nexcept KeyboardInterrupt:\n print('tidy')\n",
    )
    read_until(process, b"running\n")
    interrupt(process)
    ended = end_of(process)
    assert (ended.code, ended.out, ended.err) == (0, b"tidy\n", "")


def test_a_second_ctrl_c_ends_the_tool(iot: Iot) -> None:
    process = iot.start("exec", STUBBORN)
    read_until(process, b"running\n")
    interrupt(process)
    read_until(process, b"ignored\n")
    interrupt(process)
    ended = end_of(process)
    assert ended.code == 130
    assert ended.last_line == "iot: error[interrupted]: stopped by Ctrl-C"


def test_ctrl_c_in_a_terminal_reaches_the_whole_group_and_does_the_same(iot: Iot) -> None:
    process = iot.start("exec", FOR_EVER, start_new_session=True)
    read_until(process, b"running\n")
    os.killpg(process.pid, signal.SIGINT)
    ended = end_of(process)
    assert (ended.code, ended.last_line) == (130, "KeyboardInterrupt: ")


def test_ctrl_c_while_the_program_waits_for_input_ends_both(iot: Iot) -> None:
    process = iot.start("exec", "print('running')\ninput()")
    read_until(process, b"running\n")
    interrupt(process)
    assert end_of(process).code == 130


def test_sigterm_ends_the_tool_and_stops_the_program(iot: Iot) -> None:
    program = (
        "try:\n print('running')\n while True: pass\nfinally:\n f = open('tidy', 'w')\n f.close()"
    )
    process = iot.start("exec", program)
    read_until(process, b"running\n")
    process.terminate()
    ended = end_of(process)
    assert ended.code == 130
    assert ended.last_line == "iot: error[interrupted]: stopped by SIGTERM"
    assert (iot.flash / "tidy").exists()


def test_timeout_interrupts_the_program_and_says_what_it_waited_for(iot: Iot) -> None:
    program = FOR_EVER.replace("pass", "\n  try:\n   while True: pass\n  finally: print('tidy')")
    ended = iot("--timeout", "3", "exec", program)
    assert ended.code == 4
    assert ended.out == b"running\n"
    assert ended.last_line.startswith("iot: error[timeout]: ")
    assert ended.last_line.endswith("waiting for the program to end")


def test_timeout_bounds_a_board_that_is_silent(iot: Iot) -> None:
    # A child that never answers, behind a port of its own.
    program = (
        "import socket\ns = socket.create_server(('127.0.0.1', 0))\n"
        "print(s.getsockname()[1], flush=True)\nc = s.accept()\ns.accept()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as silent:
        try:
            port = int(read_until(silent, b"\n"))
            begin = time.monotonic()
            ended = iot.board(f"socket://127.0.0.1:{port}")("--timeout", "1", "ls")
            assert time.monotonic() - begin < TIMEOUT / 3
        finally:
            silent.kill()
    assert ended.code == 4
    assert ended.last_line == "iot: error[timeout]: the time is over: waiting for listing :"


def test_timeout_bounds_a_read_of_standard_input(iot: Iot) -> None:
    process = iot.start("--timeout", "3", "exec", "input()")
    process.wait(TIMEOUT)  # standard input stays open and silent
    ended = end_of(process)
    assert ended.code == 4
    assert ended.last_line.startswith("iot: error[timeout]: ")


def test_a_command_in_time_is_not_disturbed(iot: Iot) -> None:
    ended = iot("--timeout", "20", "exec", "print(1)")
    assert (ended.code, ended.out, ended.err) == (0, b"1\n", "")


@pytest.mark.parametrize("program", ["1 + 1", "1 / 0"])
def test_no_timeout_is_left_for_python_to_die_of_at_its_end(iot: Iot, program: str) -> None:
    words = ["iot", "-d", iot.target, "--timeout", "50", "eval", program]
    code = (
        "import signal, sys\n"
        "from iot_cli.__main__ import main\n"
        f"sys.argv = {words!r}\n"
        "try: main()\n"
        "except SystemExit: print('left', signal.getitimer(signal.ITIMER_REAL))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT, check=True
    )
    assert done.stdout.splitlines()[-1] == "left (0.0, 0.0)"


def test_a_reader_that_goes_away_ends_the_tool_quietly(iot: Iot) -> None:
    process = iot.start("exec", "while True: print('spam')")
    read_until(process, b"spam\n")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait(TIMEOUT) == 141
    assert process.stderr.read() == b""


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is of Linux")
@pytest.mark.parametrize(
    "command", [["eval", "1"], ["cat", "main.py"], ["sha256sum", "main.py"], ["ls"]]
)
def test_a_full_disk_is_told(iot: Iot, command: list[str]) -> None:
    (iot.flash / "main.py").write_text("1\n")
    with open("/dev/full", "wb") as full:  # noqa: PTH123  (a device)
        process = subprocess.Popen(
            [sys.executable, "-m", "iot_cli", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | {"IOT_DEVICE": iot.target},
        )
    ended = end_of(process)
    assert ended.code == 2
    assert ended.last_line == "iot: error[host-files]: standard output: No space left on device"


IN_A_CALLBACK = """
import signal, sys, threading, weakref
from iot_cli.signals import Signals, TerminatedError, TimeIsUpError
class Thing: pass
signals = Signals()
signals.install()
signals.start_timeout(3600)
thing = Thing()
number = getattr(signal, sys.argv[1])
ref = weakref.ref(thing, lambda _: signal.raise_signal(number))
try:
    del thing
    threading.Event().wait(20)
except (KeyboardInterrupt, TerminatedError, TimeIsUpError) as error:
    print(type(error).__name__)
thing = Thing()
ref = weakref.ref(thing, lambda _: 1 / 0)
del thing
"""


@pytest.mark.parametrize(
    ("number", "raised"),
    [
        ("SIGINT", "KeyboardInterrupt"),
        ("SIGTERM", "TerminatedError"),
        ("SIGALRM", "TimeIsUpError"),
    ],
)
def test_a_signal_that_strikes_where_python_drops_it_comes_again(number: str, raised: str) -> None:
    """As in the callbacks of weak references that imports have; other errors there are shown."""
    ended = subprocess.run(
        [sys.executable, "-c", IN_A_CALLBACK, number],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert ended.stdout == f"{raised}\n"
    assert "ZeroDivisionError" in ended.stderr
    assert raised not in ended.stderr
