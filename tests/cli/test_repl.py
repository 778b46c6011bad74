"""``iot repl`` in real terminals: with served boards, and with a board that the test plays."""

from __future__ import annotations

import os
import signal
import sys
import tty
from typing import TYPE_CHECKING

import pytest

from cli.iot_process import end_of, read_until
from cli.terminal_process import TcpBoard, in_terminal, tcp_board

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from cli.iot_process import Iot
    from cli.terminal_process import Terminal

pytestmark = [
    pytest.mark.slow,  # each test starts real processes
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ptys"),
]

LEAVE = b"\x1d"


@pytest.fixture
def board() -> Iterator[TcpBoard]:
    with tcp_board() as board:
        yield board


def served(iot: Iot, *arguments: str) -> tuple[Iot, subprocess.Popen[bytes]]:
    process = iot.start("sim", "--vm", "cpython", "--flash", str(iot.flash), *arguments)
    return iot.board(read_until(process, b"\n").decode().strip()), process


def connected(terminal: Terminal) -> None:
    line = terminal.error_line()
    assert line.startswith("iot: connected to ")
    assert line.endswith("; Ctrl-] leaves")


def leave(terminal: Terminal) -> None:
    terminal.type(LEAVE)
    assert terminal.end() == 0
    assert terminal.settings() == terminal.before


@pytest.mark.parametrize("place", [["--tcp", "0"], ["--pty", "board"]])
def test_a_person_works_in_the_repl(iot: Iot, place: list[str]) -> None:
    other, _ = served(iot, *place)
    with in_terminal(other, "repl") as terminal:
        connected(terminal)
        terminal.type(b"\r")
        terminal.read_until(b">>> ")
        terminal.type(b"6 * 7\r")
        terminal.read_until(b"42\r\n>>> ")
        terminal.type(b"while True: pass\r\r")
        terminal.read_until(b"... \r\n")
        terminal.type(b"\x03")
        terminal.read_until(b"KeyboardInterrupt")
        terminal.type(b"\x04")
        terminal.read_until(b"soft reboot")
        terminal.read_until(b">>> ")
        terminal.type(b"import machine; machine.reset()\r")
        terminal.read_until(b"MicroPython v")
        leave(terminal)
        assert terminal.rest_of_errors() == "iot: left the REPL\n"


def test_it_works_on_a_simulated_board_of_its_own(iot: Iot) -> None:
    with in_terminal(iot, "repl") as terminal:
        terminal.read_until(b">>> ")
        terminal.type(b"6 * 7\r")
        terminal.read_until(b"6 * 7\r\n42\r\n>>> ")
        leave(terminal)


def test_only_what_is_typed_is_sent_and_ctrl_right_bracket_is_not(
    iot: Iot, board: TcpBoard
) -> None:
    with in_terminal(iot.board(board.url), "repl") as terminal:
        board.accept()
        connected(terminal)
        keys = b"ab\r\x03\x04\x01\x1a\x1c\x11\x13\x7f\t\x1b[A\xc3\xa9"
        board.send(b"?")  # the terminal is raw when this is shown
        terminal.read_until(b"?")
        terminal.type(keys)
        assert board.receive(len(keys)) == keys
        terminal.type(b"z" + LEAVE + b"not this")
        assert board.receive(1000) == b"z"
        assert terminal.end() == 0


def test_the_terminal_shows_and_the_file_keeps_the_exact_bytes(iot: Iot, board: TcpBoard) -> None:
    capture = iot.cwd / "session.log"
    capture.write_bytes(b"before\n")
    sent = bytes(range(11, 256)) + b"\r\n\x1b[31mred\xe2\x82"
    with in_terminal(iot.board(board.url), "repl", "--capture", "session.log") as terminal:
        board.accept()
        board.send(sent)
        terminal.read_until(sent[-4:])
        assert capture.read_bytes() == b"before\n" + sent  # while it runs
        board.send(b"\xac")
        terminal.read_until(b"\xac")
        leave(terminal)
        assert terminal.shown() == sent + b"\xac"
    assert capture.read_bytes() == b"before\n" + sent + b"\xac"


def test_lines_that_end_in_a_bare_newline_begin_at_the_left(iot: Iot, board: TcpBoard) -> None:
    with in_terminal(iot.board(board.url), "repl", "--capture", "log") as terminal:
        board.accept()
        board.send(b"one\ntwo\r\nthree\r")
        terminal.read_until(b"three\r")
        board.send(b"\n\nend")
        assert terminal.read_until(b"end") == b"one\r\ntwo\r\nthree\r\n\r\nend"
        leave(terminal)
    assert (iot.cwd / "log").read_bytes() == b"one\ntwo\r\nthree\r\n\nend"


def test_a_lost_connection_is_told_and_made_again(iot: Iot, board: TcpBoard) -> None:
    with in_terminal(iot.board(board.url), "repl", "--capture", "log") as terminal:
        board.accept()
        connected(terminal)
        board.send(b"one")
        terminal.read_until(b"one")
        board.hang_up()
        lost = terminal.error_line()
        assert lost.startswith(f"iot: lost the connection to {board.url}: ")
        assert lost.endswith("; waiting for it")
        terminal.type(b"into the void")
        board.accept()
        assert terminal.error_line() == f"iot: {board.url} is back"
        board.send(b"two")
        terminal.read_until(b"two")
        terminal.type(b"x\r")
        assert board.receive(2) == b"x\r"
        leave(terminal)
    assert (iot.cwd / "log").read_bytes() == b"onetwo"


def test_it_can_be_left_while_the_connection_is_lost(iot: Iot, board: TcpBoard) -> None:
    with in_terminal(iot.board(board.url), "repl") as terminal:
        board.accept()
        connected(terminal)
        board.close()
        assert "; waiting for it" in terminal.error_line()
        leave(terminal)


def test_a_port_that_vanishes_and_comes_back_with_another_number_is_found_by_its_link(
    iot: Iot, tmp_path: Path
) -> None:
    link = tmp_path / "ttyBOARD"
    masters, slaves = zip(*(os.openpty() for _ in range(2)), strict=True)
    for slave in slaves:
        tty.setraw(slave)
    names = [os.ttyname(slave) for slave in slaves]
    for slave in slaves:
        os.close(slave)
    link.symlink_to(names[0])
    with in_terminal(iot.board(str(link)), "repl") as terminal:
        connected(terminal)
        os.write(masters[0], b"old")
        terminal.read_until(b"old")
        link.unlink()
        os.close(masters[0])
        assert "; waiting for it" in terminal.error_line()
        link.symlink_to(names[1])
        assert terminal.error_line() == f"iot: serial://{link} is back"
        os.write(masters[1], b"new")
        terminal.read_until(b"new")
        terminal.type(b"k\r")
        assert os.read(masters[1], 2) == b"k\r"
        leave(terminal)
    os.close(masters[1])


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 130), (signal.SIGINT, 130), (signal.SIGHUP, -1), (signal.SIGQUIT, -3)],
)
def test_the_terminal_is_restored_when_a_signal_ends_it(
    iot: Iot, board: TcpBoard, number: signal.Signals, code: int
) -> None:
    with in_terminal(iot.board(board.url), "repl") as terminal:
        board.accept()
        board.send(b"?")
        terminal.read_until(b"?")
        assert terminal.settings() != terminal.before
        terminal.process.send_signal(number)
        assert terminal.end() == code
        assert terminal.settings() == terminal.before


def test_the_terminal_is_restored_when_the_file_cannot_be_written(
    iot: Iot, board: TcpBoard
) -> None:
    with in_terminal(iot.board(board.url), "repl", "--capture", "/dev/full") as terminal:
        board.accept()
        board.send(b"?")
        assert terminal.end() == 2
        assert terminal.settings() == terminal.before
        errors = terminal.rest_of_errors().splitlines()
        assert errors[-1] == "iot: error[host-files]: /dev/full: No space left on device"


def test_a_running_program_runs_on(iot: Iot) -> None:
    (iot.flash / "main.py").write_text("import time\nwhile True:\n print('tick')\n time.sleep(0.1)")
    other, _ = served(iot, "--tcp", "0")
    for _ in range(2):
        with in_terminal(other, "repl") as terminal:
            for _ in range(3):
                terminal.read_until(b"tick\r\n")
            leave(terminal)
            assert b"KeyboardInterrupt" not in terminal.shown()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["repl"], "iot: error[usage]: repl needs a terminal as standard input"),
        (["--json", "repl"], "iot: error[usage]: --json does not go with repl."),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_board_is_opened(
    iot: Iot, arguments: list[str], message: str
) -> None:
    ended = iot.board("/dev/absent")(*arguments)
    assert (ended.code, ended.out, ended.last_line) == (2, b"", message)
    assert "iot monitor" in ended.err or "--json" in arguments


def test_a_file_that_cannot_be_opened_is_told_before_the_board_is_opened(iot: Iot) -> None:
    with in_terminal(iot.board("/dev/absent"), "repl", "--capture", "no/such/file") as terminal:
        assert terminal.end() == 2
        errors = terminal.rest_of_errors()
        assert errors == "iot: error[host-files]: no/such/file: No such file or directory\n"


def test_a_board_that_is_not_there_ends_it(iot: Iot) -> None:
    with in_terminal(iot.board("/dev/absent"), "repl") as terminal:
        assert terminal.end() == 3
        assert terminal.settings() == terminal.before


def test_quiet_says_nothing(iot: Iot) -> None:
    process = iot.start("sim", "--vm", "cpython", "--flash", str(iot.flash), "--tcp", "0")
    other = iot.board(read_until(process, b"\n").decode().strip())
    with in_terminal(other, "-q", "repl") as terminal:
        terminal.type(b"\r")
        terminal.read_until(b">>> ")
        leave(terminal)
        assert terminal.rest_of_errors() == ""
    process.terminate()
    assert end_of(process).code == 0
