"""One command on several boards at once: whose line it is, how each ended, and what stops them."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
import pytest

from cli.iot_process import TIMEOUT, end_of, interrupt
from iot_cli import board_output
from iot_cli.board_output import BoardOutput, Screen
from iot_cli.context import FOR_EACH
from iot_cli.main import cli

if TYPE_CHECKING:
    from pathlib import Path

    from cli.iot_process import Ended, Iot

slow = pytest.mark.slow  # starts real processes
signals = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows sends no signals to processes"
)
FOR_EVER = "print('running')\nwhile True: pass"
STUBBORN = f"""
while True:
    try:
        {FOR_EVER.replace(chr(10), chr(10) + "        ")}
    except KeyboardInterrupt:
        print('ignored')
"""
GONE = "/dev/nothing-is-here"


@dataclass(frozen=True)
class Two:
    """Two boards in one list."""

    a: str
    b: str
    folder_a: Path
    folder_b: Path
    iot: Iot

    def run(self, *arguments: str, stdin: bytes = b"") -> Ended:
        """Run a command on both."""
        return self.iot("-d", f"{self.a},{self.b}", *arguments, stdin=stdin)

    def with_gone(self, *arguments: str) -> Ended:
        """Run a command on the first one and on one that is not there."""
        return self.iot("-d", f"{self.a},{GONE}", *arguments)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command on both."""
        return self.iot.start("-d", f"{self.a},{self.b}", *arguments)

    def lines(self, text: str) -> dict[str, list[str]]:
        """Return the lines of each board, and those of none below an empty name."""
        found: dict[str, list[str]] = {self.a: [], self.b: [], "": []}
        for line in text.splitlines():
            name = next((name for name in (self.a, self.b) if line.startswith(f"{name}: ")), "")
            found[name].append(line.removeprefix(f"{name}: "))
        return found

    def both(self, *lines: str) -> dict[str, list[str]]:
        """Return what ``lines`` returns if both boards have these lines and nobody else has."""
        return {self.a: list(lines), self.b: list(lines), "": []}


@pytest.fixture
def two(iot: Iot, tmp_path: Path) -> Two:
    folders = tmp_path / "a", tmp_path / "b"
    for folder in folders:
        folder.mkdir()
    a, b = (f"sim://{folder}?vm=cpython" for folder in folders)
    return Two(a, b, *folders, iot)


# What goes where.


@slow
def test_each_line_bears_the_name_of_its_board_and_each_board_has_a_result(two: Two) -> None:
    ended = two.run("exec", "print('one'); print(); print('two', end='')")
    assert ended.code == 0
    assert two.lines(ended.out.decode()) == two.both("one", "", "two")
    assert ended.err.splitlines() == [f"{two.a}: ok", f"{two.b}: ok"]


@slow
def test_the_boards_work_at_the_same_time(two: Two) -> None:
    # Programs that never end: one after the other, the second would never begin.
    process = two.start("exec", FOR_EVER)
    assert process.stdout is not None
    begun = {process.stdout.readline(), process.stdout.readline()}
    assert begun == {f"{name}: running\n".encode() for name in (two.a, two.b)}


@slow
def test_lines_of_boards_that_print_at_once_are_never_mixed(two: Two) -> None:
    program = "for i in range(2000): print(i, end=''); print(' of', 2000)"
    ended = two.run("exec", program)
    expected = [f"{i} of 2000" for i in range(2000)]
    assert two.lines(ended.out.decode()) == two.both(*expected)


@slow
def test_files_are_copied_listed_and_removed_on_all_boards(two: Two) -> None:
    (two.iot.cwd / "x.txt").write_text("hello\n")
    assert two.run("cp", "x.txt", ":").code == 0
    assert [(folder / "x.txt").read_text() for folder in (two.folder_a, two.folder_b)] == [
        "hello\n",
        "hello\n",
    ]
    assert two.lines(two.run("ls", "-l").out.decode()) == two.both("6  x.txt")
    assert two.lines(two.run("cat", "x.txt").out.decode()) == two.both("hello")
    assert two.run("rm", "x.txt").code == 0
    assert list(two.folder_a.iterdir()) + list(two.folder_b.iterdir()) == []


@slow
@pytest.mark.parametrize(
    "arguments",
    [["info"], ["eval", "1"], ["softreset"], ["hardreset"], ["mkdir", "d"], ["touch", "t"]],
)
def test_other_commands_work_on_all_boards(two: Two, arguments: list[str]) -> None:
    ended = two.run(*arguments)
    assert ended.code == 0
    assert ended.err.splitlines()[-2:] == [f"{two.a}: ok", f"{two.b}: ok"]


@slow
def test_quiet_leaves_only_the_results_that_are_not_good(two: Two) -> None:
    ended = two.with_gone("-q", "eval", "1")
    assert f"{two.a}: ok" not in ended.err
    assert f"{GONE}: error[" in ended.err


@slow
def test_what_is_said_with_verbose_bears_the_name_too(two: Two) -> None:
    ended = two.run("-v", "mkdir", "d")
    told = two.lines(ended.err)
    assert told[two.a] == [f"iot: connected to {two.a}", "iot: made :d", "ok"]
    assert told[""] == []


@slow
def test_the_variable_may_name_several_boards(two: Two) -> None:
    ended = two.iot.board(f"{two.a},{two.b}")("eval", "6 * 7")
    assert two.lines(ended.out.decode()) == two.both("42")


@slow
def test_a_list_with_a_mistake_is_refused_as_a_whole(two: Two) -> None:
    ended = two.iot("-d", f"{two.a},all", "mkdir", "d")
    assert (ended.code, ended.out) == (2, b"")
    assert ended.last_line.startswith("iot: error[invalid-target]: all stands in a list: ")
    assert list(two.folder_a.iterdir()) == []


@slow
def test_a_program_from_standard_input_is_for_all_boards(two: Two) -> None:
    ended = two.run("exec", "-", stdin=b"print(1)\n")
    assert two.lines(ended.out.decode()) == two.both("1")


@slow
def test_input_on_one_of_several_boards_finds_the_end_of_the_file(two: Two) -> None:
    ended = two.run("exec", "input()", stdin=b"for whom?\n")
    assert ended.code == 1
    assert two.lines(ended.err)[two.a][-2:] == ["EOFError: ", "exit code 1"]


# --json.


@slow
def test_json_is_one_document_keyed_by_name(two: Two) -> None:
    ended = two.run("--json", "exec", "print(2)")
    assert list(ended.json) == [two.a, two.b]
    assert [ended.json[name]["output"] for name in (two.a, two.b)] == ["2\n", "2\n"]


@slow
def test_json_holds_the_error_of_a_board_without_a_document(two: Two) -> None:
    ended = two.with_gone("--json", "eval", "6 * 7")
    assert ended.code == 8
    assert ended.json[two.a] == 42
    assert ended.json[GONE]["error"] == "not-found"
    assert GONE in ended.json[GONE]["message"]


@slow
def test_json_holds_text_where_the_command_has_no_document(two: Two) -> None:
    for folder, text in ((two.folder_a, b"a\n"), (two.folder_b, b"\xff")):
        (folder / "x").write_bytes(text)
    ended = two.run("--json", "cat", "x")
    assert ended.json == {two.a: "a\n", two.b: "\\xff"}
    assert two.run("--json", "eval", "None").json == {two.a: None, two.b: None}


# How it ends.


@slow
def test_some_that_fail_give_8(two: Two) -> None:
    ended = two.with_gone("eval", "6 * 7")
    assert ended.code == 8
    assert ended.out == f"{two.a}: 42\n".encode()
    lines = [line for line in ended.err.splitlines() if ": hint: " not in line]
    assert lines[0] == f"{two.a}: ok"
    assert lines[1].startswith(f"{GONE}: error[not-found]: ")
    assert lines[2:] == ["iot: error[partly-done]: 1 of 2 boards failed"]


@slow
def test_all_that_fail_alike_give_the_code_of_one(two: Two) -> None:
    ended = two.run("cat", "nothing")
    assert ended.code == 7
    assert ended.err.splitlines() == [
        f"{two.a}: error[file-not-found]: nothing: No such file or directory",
        f"{two.b}: error[file-not-found]: nothing: No such file or directory",
        "iot: error[file-not-found]: all 2 boards failed",
    ]


@slow
def test_all_that_fail_in_different_ways_give_8(two: Two) -> None:
    ended = two.with_gone("cat", "nothing")
    assert ended.code == 8
    assert ended.last_line == "iot: error[partly-done]: 2 of 2 boards failed"


@slow
def test_each_line_of_a_script_tells_what_it_did(two: Two) -> None:
    (two.iot.cwd / "x.txt").write_text("hello\n")
    ended = two.run("script", "-", stdin=b"cp x.txt :a\ncp x.txt :b\n")
    sent = "iot: 1 file, 6 bytes sent, verified by sha256"
    assert two.lines(ended.err) == two.both(sent, sent, "ok")


@slow
def test_programs_that_raise_give_1_with_their_tracebacks(two: Two) -> None:
    ended = two.run("exec", "1/0")
    assert ended.code == 1
    assert two.lines(ended.err) == two.both(
        "Traceback (most recent call last):",
        '  File "<stdin>", line 1, in <module>',
        "ZeroDivisionError: division by zero",
        "exit code 1",
    )


@slow
def test_programs_that_exit_give_their_code_and_another_than_0_is_a_failure(two: Two) -> None:
    assert two.run("exec", "import sys; sys.exit(3)").code == 3
    (two.folder_b / "bad").write_text("")
    ended = two.run("exec", "import os, sys; sys.exit(3 if 'bad' in os.listdir() else 0)")
    assert ended.code == 8
    assert ended.err.splitlines()[:2] == [f"{two.a}: ok", f"{two.b}: exit code 3"]


# What several boards cannot do.


@slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["exec", "--binary", "1"], "--binary works with one board."),
        (["cp", ":x.txt", "."], "Several boards would write the same files on this computer."),
        (["cp", "a", "b"], "Source and destination are both on this computer"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error_told_once(
    two: Two, arguments: list[str], message: str
) -> None:
    ended = two.run(*arguments)
    assert (ended.code, ended.out) == (2, b"")
    assert ended.err.startswith("Usage: iot ")
    assert ended.err.count(message) == 1
    assert two.a not in ended.err
    assert ended.last_line.startswith("iot: error[usage]: ")


@slow
def test_a_command_for_one_board_refuses_several(two: Two) -> None:
    ended = two.run("edit", "main.py")
    assert (ended.code, ended.out) == (2, b"")
    assert ended.last_line.startswith("iot: error[invalid-target]: ")
    assert ended.last_line.endswith(" names several boards")


@slow
def test_a_command_without_a_board_does_not_care(two: Two) -> None:
    assert two.run("--json", "discover").code == 0


def test_the_commands_for_several_boards_are_there() -> None:
    assert set(cli.list_commands(click.Context(cli))) >= FOR_EACH


# What stops them.


def read_lines(process: subprocess.Popen[bytes], count: int) -> Counter[str]:
    """Read lines of standard output; count what stands behind the names."""
    assert process.stdout is not None
    lines = [process.stdout.readline().decode() for _ in range(count)]
    return Counter(line.rpartition(": ")[2] for line in lines)


@slow
@signals
def test_ctrl_c_stops_the_programs_of_all_boards(two: Two) -> None:
    process = two.start("exec", FOR_EVER)
    assert read_lines(process, 2) == {"running\n": 2}
    interrupt(process)
    ended = end_of(process)
    assert ended.code == 130
    told = two.lines(ended.err)
    for name in (two.a, two.b):
        assert told[name][-2:] == ["KeyboardInterrupt: ", "exit code 130"]
    assert ended.last_line == "iot: error[interrupted]: stopped by Ctrl-C"


@slow
@signals
def test_programs_that_handle_ctrl_c_go_on_to_a_good_end(two: Two) -> None:
    program = "try:\n print('running')\n while True: pass\nexcept KeyboardInterrupt:\n print('ok')"
    process = two.start("exec", program)
    assert read_lines(process, 2) == {"running\n": 2}
    interrupt(process)
    ended = end_of(process)
    assert ended.code == 0
    assert two.lines(ended.out.decode()) == two.both("ok")


@slow
@signals
def test_a_second_ctrl_c_ends_the_tool(two: Two) -> None:
    process = two.start("exec", STUBBORN)
    assert read_lines(process, 2) == {"running\n": 2}
    interrupt(process)
    assert read_lines(process, 4) == {"ignored\n": 2, "running\n": 2}
    interrupt(process)
    ended = end_of(process)
    assert ended.code == 130
    assert two.lines(ended.err)[two.a] == ["error[interrupted]: stopped by Ctrl-C"]
    assert ended.last_line == "iot: error[interrupted]: stopped by Ctrl-C"


@slow
@signals
def test_sigterm_ends_the_tool_and_stops_the_programs(two: Two) -> None:
    program = (
        "try:\n print('running')\n while True: pass\nfinally:\n f = open('tidy', 'w')\n f.close()"
    )
    process = two.start("exec", program)
    assert read_lines(process, 2) == {"running\n": 2}
    process.send_signal(signal.SIGTERM)
    ended = end_of(process)
    assert ended.code == 130
    assert ended.last_line == "iot: error[interrupted]: stopped by SIGTERM"
    assert (two.folder_a / "tidy").exists()
    assert (two.folder_b / "tidy").exists()


@slow
def test_timeout_bounds_all_boards(two: Two) -> None:
    ended = two.run("--timeout", "3", "exec", FOR_EVER)
    assert ended.code == 4
    assert two.lines(ended.out.decode()) == two.both("running")
    for name in (two.a, two.b):
        result = two.lines(ended.err)[name][-1]
        assert result.startswith("error[timeout]: ")
        assert result.endswith("waiting for the program to end")
    assert ended.last_line == "iot: error[timeout]: all 2 boards failed"


@slow
@signals
def test_a_board_that_is_silent_does_not_keep_the_others_and_ctrl_c_leaves_it(two: Two) -> None:
    # A child that never answers, behind a port of its own.
    program = (
        "import socket\ns = socket.create_server(('127.0.0.1', 0))\n"
        "print(s.getsockname()[1], flush=True)\nc = s.accept()\ns.accept()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as silent:
        try:
            assert silent.stdout is not None
            url = f"socket://127.0.0.1:{int(silent.stdout.readline())}"
            process = two.iot.start("-d", f"{two.a},{url}", "eval", "6 * 7")
            assert process.stdout is not None
            assert process.stdout.readline() == f"{two.a}: 42\n".encode()
            begin = time.monotonic()
            interrupt(process)
            ended = end_of(process)
            assert time.monotonic() - begin < TIMEOUT / 3
        finally:
            silent.kill()
    assert ended.code == 130
    assert ended.err.splitlines()[:2] == [
        f"{two.a}: ok",
        f"{url}: error[interrupted]: stopped by Ctrl-C",
    ]
    assert ended.last_line == "iot: error[interrupted]: stopped by Ctrl-C"


@slow
def test_a_reader_that_goes_away_ends_the_tool_quietly(two: Two) -> None:
    process = two.start("exec", "while True: print('spam')")
    assert read_lines(process, 1) == {"spam\n": 1}
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait(TIMEOUT) == 141
    assert process.stderr.read() == b""


@slow
@signals
def test_boards_that_wait_for_a_reader_who_does_not_read_are_left_in_the_end(two: Two) -> None:
    process = two.start("exec", "while True: print('spam' * 1000)")
    assert process.stdout is not None
    process.stdout.readline()
    interrupt(process)
    interrupt(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(TIMEOUT) == 130


# Lines.


class Shown(Screen):
    """Keeps what would be shown."""

    def __init__(self) -> None:
        super().__init__()
        self.out: list[bytes] = []
        self.err: list[str] = []

    def show(self, lines: bytes) -> None:
        self.out.append(lines)

    def note(self, lines: str) -> None:
        self.err.append(lines)


def test_a_line_is_shown_when_it_is_whole() -> None:
    screen = Shown()
    output = BoardOutput("a", screen, collects=False)
    output.write(b"x")
    assert screen.out == []
    output.write(b"y\nz")
    assert screen.out == [b"a: xy\n"]
    output.finish()
    assert screen.out == [b"a: xy\n", b"a: z\n"]


def test_a_line_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_output, "LONGEST_LINE", 3)
    screen = Shown()
    output = BoardOutput("a", screen, collects=False)
    output.write(b"12345678")
    assert screen.out == [b"a: 123\na: 456\n"]


def test_a_name_cannot_move_the_cursor() -> None:
    screen = Shown()
    BoardOutput("a\x1b[2J", screen, collects=False).note("x\ny")
    assert screen.err == ["a\\x1b[2J: x\na\\x1b[2J: y"]


def test_a_screen_that_is_closed_takes_nothing(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    screen = Screen()
    screen.close()
    thread = threading.Thread(target=screen.show, args=(b"x\n",))
    thread.start()
    thread.join()
    screen.note("y")
    assert capfdbinary.readouterr() == (b"", b"")
