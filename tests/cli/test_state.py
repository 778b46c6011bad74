"""Resets, ``--fresh`` and ``--resume``: on a board that lives on between commands."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from cli.iot_process import TIMEOUT, end_of
from cli.test_sim import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # each test starts real processes

TICKING = "import time\nwhile True:\n    print('tick')\n    time.sleep(0.02)\n"
STOPPED = "iot: main.py was stopped; iot softreset --main starts it\n"
RESUMED = "iot: main.py was stopped and is started again\n"


@pytest.fixture
def served(iot: Iot) -> Iterator[Iot]:
    with serving(iot, "--tcp", "0") as (url, _):
        yield iot.board(url)


@pytest.fixture
def ticking(served: Iot) -> Iot:
    """A board on which ``main.py`` runs."""
    (served.flash / "main.py").write_text(TICKING)
    assert served("softreset", "--main").code == 0
    return served


def heard(served: Iot, word: bytes, *, send: bytes = b"") -> bool:
    """Listen to the board until it said a word."""
    address = urlsplit(served.target)
    with socket.create_connection((address.hostname, address.port), timeout=TIMEOUT) as link:
        link.sendall(send)
        read = b""
        while word not in read:
            data = link.recv(4096)
            if not data:
                return False
            read += data
    return True


def is_at_prompt(served: Iot) -> bool:
    return heard(served, b"\r\n42\r\n", send=b"\rprint(6*7)\r")


def test_softreset_main_starts_main_which_runs_on(served: Iot) -> None:
    (served.flash / "main.py").write_text(TICKING)
    assert served("exec", "kept = 42").code == 0
    ended = served("--json", "softreset", "--main")
    assert (ended.code, ended.err) == (0, "")
    assert ended.json == {"url": served.target, "reset": "soft"}
    assert heard(served, b"tick\r\n")


def test_a_stopped_program_is_mentioned_once_and_stays_stopped(ticking: Iot) -> None:
    ended = ticking("exec", "print(1)")
    assert (ended.code, ended.out, ended.err) == (0, b"1\n", STOPPED)
    assert is_at_prompt(ticking)
    assert ticking("exec", "print(1)").err == ""


def test_a_failing_verb_mentions_it_too(ticking: Iot) -> None:
    ended = ticking("cat", "absent")
    assert ended.code == 7
    assert ended.err.splitlines(keepends=True)[0] == STOPPED


@pytest.mark.parametrize("options", [["hardreset"], ["softreset", "--main"]])
def test_a_reset_that_starts_main_again_mentions_nothing(ticking: Iot, options: list[str]) -> None:
    ended = ticking(*options)
    assert (ended.code, ended.err) == (0, "")
    assert heard(ticking, b"tick\r\n")


def test_a_reset_that_does_not_start_main_mentions_it(ticking: Iot) -> None:
    assert ticking("softreset").err == STOPPED


@pytest.mark.parametrize(
    ("command", "code"), [(["exec", "1"], 0), (["exec", "1/0"], 1), (["cat", "absent"], 7)]
)
def test_resume_starts_main_again_however_the_verb_ends(
    ticking: Iot, command: list[str], code: int
) -> None:
    ended = ticking("--resume", *command)
    assert (ended.code, ended.err.count(RESUMED)) == (code, 1)
    assert heard(ticking, b"tick\r\n")


def test_resume_can_be_quiet(ticking: Iot) -> None:
    ended = ticking("-q", "--resume", "exec", "print(1)")
    assert (ended.code, ended.out, ended.err) == (0, b"1\n", "")
    assert heard(ticking, b"tick\r\n")


def test_of_two_boards_the_one_whose_program_was_stopped_is_named(ticking: Iot) -> None:
    source = ticking.cwd / "source"
    source.mkdir()
    (source / "a.py").write_text("1")
    to = ticking.target
    ended = ticking("-d", f"sim://{source}?vm=cpython", "cp", "--to", to, ":a.py", ":")
    assert ended.code == 0
    assert f"iot: main.py was stopped; iot -d {to} softreset --main starts it" in ended.err


def test_resume_starts_nothing_where_nothing_ran(served: Iot) -> None:
    (served.flash / "main.py").write_text(TICKING)
    assert served("softreset").code == 0
    ended = served("--resume", "exec", "print(1)")
    assert (ended.code, ended.out, ended.err) == (0, b"1\n", "")
    assert is_at_prompt(served)


def test_resume_has_no_time_when_the_timeout_is_over(ticking: Iot) -> None:
    ended = ticking("--timeout", "3", "--resume", "exec", "while True: pass")
    assert ended.code == 4
    assert ended.err.count(STOPPED) == 1


@pytest.mark.parametrize("command", [["exec", "--fresh", "print('kept' in globals())"], ["run"]])
def test_fresh_programs_find_no_variables_of_others(served: Iot, command: list[str]) -> None:
    (served.cwd / "ask.py").write_text("import sys\nprint('kept' in globals(), sys.argv[1:])\n")
    assert served("exec", "kept = 42").code == 0
    # Not before the first answer: a board that still boots would run it.
    (served.flash / "main.py").write_text("f = open('ran', 'w'); f.close()\n")
    assert served("exec", "print(kept)").out == b"42\n"
    if command == ["run"]:
        ended = served("run", "--fresh", "ask.py", "--fresh")
        assert (ended.code, ended.out) == (0, b"False ['--fresh']\n")
    else:
        assert served(*command).out == b"False\n"
    assert not (served.flash / "ran").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ptys")
def test_hardreset_waits_no_longer_than_told_for_the_port(iot: Iot) -> None:
    # A reset that takes the port away for good: it ends the server of the board. The name of the
    # port goes first: a number of TCP, or of a pty, might be given to another test's board.
    link = iot.cwd / "board"
    with serving(iot, "--pty", str(link)) as (url, process):
        served = iot.board(url)
        code = (
            "import machine\nhost = machine.reset.__globals__['threading']._os\n"
            f"machine.reset = lambda: (host.unlink({str(link)!r}), host.kill({process.pid}, 9))\n"
        )
        assert served("exec", code).code == 0
        ended = served("hardreset", "-t", "3")
        assert ended.code == 3
        assert ended.last_line.startswith("iot: error[not-found]: ")
        end_of(process)


def test_hardreset_needs_a_second_at_least(iot: Iot) -> None:
    ended = iot("hardreset", "-t", "0.5")
    assert ended.code == 2
    assert "'-t'" in ended.last_line


def test_bootloader_ends_the_boards_python(served: Iot) -> None:
    ended = served("--json", "bootloader")
    assert (ended.code, ended.err) == (0, "")
    assert ended.json == {"url": served.target, "reset": "bootloader"}
    ended = served("--timeout", "3", "exec", "1")
    assert ended.code == 4


def test_firmware_without_a_bootloader_says_so(ticking: Iot) -> None:
    assert ticking("-q", "exec", "import machine; del machine.bootloader").code == 0
    ended = ticking("bootloader")
    assert ended.code == 1
    assert "bootloader" in ended.last_line
    assert ended.last_line.startswith("iot: error[execution]: ")
