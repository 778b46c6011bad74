"""``iot monitor``: with simulated boards, and with a board that the test plays."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import tty
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from cli.iot_process import end_of, interrupt, read_until
from cli.terminal_process import TcpBoard, in_terminal, tcp_board
from transports.peers import Rfc2217Server

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from cli.iot_process import Iot

pytestmark = [
    pytest.mark.slow,  # each test starts real processes
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ptys"),
]


@pytest.fixture
def board() -> Iterator[TcpBoard]:
    with tcp_board() as board:
        yield board


def error_line(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None
    return process.stderr.readline().decode().rstrip("\n")


def test_it_ends_when_a_line_matches(iot: Iot) -> None:
    (iot.flash / "main.py").write_text("print('booting')\nprint('temp: 21')\n")
    ended = iot("monitor", "--until", r"^temp: \d+$", "--timeout", "30")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(b"booting\ntemp: 21\n")


def test_it_ends_when_the_prompt_comes_which_ends_no_line(iot: Iot, board: TcpBoard) -> None:
    process = iot.board(board.url).start("monitor", "--until", "^>>> $")
    board.accept()
    board.send(b"MicroPython\r\n>>> ")
    ended = end_of(process)
    assert (ended.code, ended.out) == (0, b"MicroPython\n>>> ")


def test_without_a_match_the_exit_code_is_4(iot: Iot, board: TcpBoard) -> None:
    process = iot.board(board.url).start("monitor", "--until", "ready", "--timeout", "3")
    board.accept()
    board.send(b"read\ny\n")
    ended = end_of(process)
    assert (ended.code, ended.out) == (4, b"read\ny\n")
    assert ended.last_line == f"iot: error[timeout]: no line from {board.url} matched in time"


def test_the_timeout_also_ends_a_wait_for_a_lost_port(iot: Iot, board: TcpBoard) -> None:
    process = iot.board(board.url).start("monitor", "--until", "ready", "--timeout", "1")
    board.accept()
    board.close()
    ended = end_of(process)
    assert (ended.code, ended.out) == (4, b"")
    assert ended.last_line.startswith("iot: error[timeout]: ")


def test_without_until_the_end_of_the_time_is_no_error(iot: Iot, board: TcpBoard) -> None:
    process = iot.board(board.url).start("monitor", "--timeout", "3")
    board.accept()
    board.send(b"something\r")
    ended = end_of(process)
    assert (ended.code, ended.out, ended.err) == (0, b"something\r", "")


def test_nothing_is_sent_from_beginning_to_end(iot: Iot, board: TcpBoard) -> None:
    process = iot.board(board.url).start("monitor", "--until", "two")
    for word in (b"one\n", b"two\n"):
        board.accept()
        board.send(word)
        if word == b"one\n":
            read_until(process, word)
            board.hang_up()
    assert board.receive(1000) == b""
    assert process.wait(30) == 0


def test_it_survives_a_lost_connection_and_says_so(iot: Iot, board: TcpBoard) -> None:
    process = iot.board(board.url).start("monitor", "--until", "two", "--capture", "log")
    board.accept()
    board.send(b"one\n")
    read_until(process, b"one\n")
    board.hang_up()
    assert error_line(process).endswith("; waiting for it")
    board.accept()
    assert error_line(process) == f"iot: {board.url} is back"
    board.send(b"two\n")
    ended = end_of(process)
    assert (ended.code, ended.out) == (0, b"two\n")
    assert (iot.cwd / "log").read_bytes() == b"one\ntwo\n"


def test_a_port_that_vanishes_and_comes_back_is_read_on(iot: Iot, tmp_path: Path) -> None:
    link = tmp_path / "ttyBOARD"
    masters = []
    for _ in range(2):
        master, slave = os.openpty()
        tty.setraw(slave)
        masters.append((master, os.ttyname(slave)))
        os.close(slave)
    link.symlink_to(masters[0][1])
    process = iot.board(str(link)).start("-v", "monitor", "--until", "new")
    assert error_line(process).startswith("iot: connected to ")
    os.write(masters[0][0], b"old\n")
    read_until(process, b"old\n")
    link.unlink()
    os.close(masters[0][0])
    assert error_line(process).endswith("; waiting for it")
    link.symlink_to(masters[1][1])
    assert error_line(process).endswith(" is back")
    os.write(masters[1][0], b"new\n")
    assert end_of(process).code == 0
    os.set_blocking(masters[1][0], False)
    with pytest.raises(OSError, match="Input/output"):  # nothing was sent, and nobody is there
        os.read(masters[1][0], 1)
    os.close(masters[1][0])


def test_dtr_and_rts_are_left_alone_unless_the_url_gives_them(iot: Iot) -> None:
    for options, expected in [("", []), ("?dtr=off", [("dtr", False)])]:
        server = Rfc2217Server()
        try:
            url = f"rfc2217://127.0.0.1:{server.port_number}{options}"
            process = iot.board(url).start("-v", "monitor", "--until", "ready")
            assert error_line(process).startswith("iot: connected to ")
            server.write_data(b"ready\n")
            assert end_of(process).code == 0
            assert [event for event in server.port.events if event[0] in ("dtr", "rts")] == expected
        finally:
            server.close(socket.SHUT_RDWR)
            server.stop()


def test_a_running_program_runs_on(iot: Iot) -> None:
    (iot.flash / "main.py").write_text("import time\nwhile True:\n print('tick')\n time.sleep(0.1)")
    process = iot.start("sim", "--vm", "cpython", "--flash", str(iot.flash), "--tcp", "0")
    other = iot.board(read_until(process, b"\n").decode().strip())
    for _ in range(2):
        ended = other("monitor", "--until", "tick", "--timeout", "30")
        assert ended.code == 0
        assert set(ended.out.split()) == {b"tick"}


def test_in_a_pipe_lines_end_in_newline_and_the_file_has_the_exact_bytes(
    iot: Iot, board: TcpBoard
) -> None:
    sent = bytes(range(256)) + b"\r\n\x1b[31mred\r\nend\r\n"
    process = iot.board(board.url).start("monitor", "--until", "end", "--capture", "log")
    board.accept()
    board.send(sent)
    ended = end_of(process)
    assert (ended.code, ended.out) == (0, sent.replace(b"\r\n", b"\n"))
    assert (iot.cwd / "log").read_bytes() == sent


def test_on_a_terminal_control_characters_are_escaped(iot: Iot, board: TcpBoard) -> None:
    with in_terminal(iot.board(board.url), "monitor", "--until", "end") as terminal:
        board.accept()
        board.send(b"\x1b[31mred\x07\xff\r\ntab\t\xc3")
        terminal.read_until(b"tab")
        board.send(b"\xa9\r\nend")
        assert terminal.end() == 0
        # The terminal itself makes \r\n of \n; our last line is ended for the shell.
        assert terminal.shown() == "\\x1b[31mred\\x07\\xff\r\ntab\té\r\nend\r\n".encode()
        assert terminal.settings() == terminal.before


def test_on_a_terminal_pictures_are_lines(iot: Iot, board: TcpBoard) -> None:
    with in_terminal(iot.board(board.url), "monitor", "--until", "end") as terminal:
        board.accept()
        board.send(b"a\x1b_image/png;base64,AA")
        terminal.read_until(b"a")
        board.send(b"AA\x1b\\end\x1b")
        assert terminal.end() == 0
        assert terminal.shown() == b"a\r\n[image/png, 3 bytes]\r\nend\\x1b\r\n"


def test_timestamps_begin_each_line_once(iot: Iot, board: TcpBoard) -> None:
    process = iot.board(board.url).start("monitor", "--timestamps", "--until", "end")
    board.accept()
    board.send(b"one")
    read_until(process, b"one")
    board.send(b" more\r\ntwo\r\nend\r\n")
    lines = end_of(process).out.decode().splitlines()
    assert [re.sub(r"^\S+ ", "", line) for line in lines] == [" more", "two", "end"]
    for line in lines[1:]:
        assert datetime.fromisoformat(line.split(" ")[0]).tzinfo is not None


@pytest.mark.parametrize(
    ("number", "word"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")]
)
def test_ctrl_c_ends_it_with_130(
    iot: Iot, board: TcpBoard, number: signal.Signals, word: str
) -> None:
    process = iot.board(board.url).start("monitor")
    board.accept()
    board.send(b"one\n")
    read_until(process, b"one\n")
    process.send_signal(number)
    ended = end_of(process)
    assert (ended.code, ended.last_line) == (130, f"iot: error[interrupted]: stopped by {word}")
    assert board.receive(1) == b""


def test_ctrl_c_ends_it_also_while_the_connection_is_lost(iot: Iot, board: TcpBoard) -> None:
    process = iot.board(board.url).start("monitor")
    board.accept()
    board.close()
    assert error_line(process).endswith("; waiting for it")
    interrupt(process)
    assert end_of(process).code == 130


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["monitor", "--until", "("], "'(' is no regular expression"),
        (["--json", "monitor"], "--json does not go with monitor"),
        (["monitor", "--timeout", "0"], "--timeout"),
    ],
)
def test_what_makes_no_sense_is_refused(iot: Iot, arguments: list[str], words: str) -> None:
    ended = iot.board("/dev/absent")(*arguments)
    assert (ended.code, ended.out) == (2, b"")
    assert ended.last_line.startswith("iot: error[usage]: ")
    assert words in ended.last_line


def test_a_board_that_is_not_there_at_the_beginning_is_an_error(iot: Iot) -> None:
    ended = iot.board("/dev/absent")("monitor")
    assert ended.code == 3
    assert ended.last_line == "iot: error[not-found]: there is no port /dev/absent"
