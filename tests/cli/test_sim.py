"""``iot sim``: a second ``iot`` uses the board that the first one serves."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from cli.iot_process import Iot, end_of, interrupt, read_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

pytestmark = pytest.mark.slow  # each test starts real processes


@contextmanager
def serving(iot: Iot, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve a board; give the first line on standard output, and the process."""
    process = iot.start("sim", "--vm", "cpython", "--flash", str(iot.flash), *arguments)
    try:
        yield read_until(process, b"\n").decode().rstrip("\n"), process
    finally:
        process.terminate()
        end_of(process)


@pytest.fixture
def served(iot: Iot) -> Iterator[Iot]:
    with serving(iot, "--tcp", "0") as (url, _):
        yield iot.board(url)


def test_a_board_on_tcp_keeps_its_state_between_clients(served: Iot) -> None:
    assert served.target.startswith("socket://127.0.0.1:")
    assert served("exec", "kept = 42").code == 0
    assert served("eval", "kept").out == b"42\n"


def test_softreset_forgets_variables_and_does_not_run_main(served: Iot) -> None:
    assert served("exec", "kept = 42").code == 0  # it has booted, without a main.py
    (served.flash / "main.py").write_text("open('ran', 'w').close()\n")
    ended = served("--json", "softreset")
    assert (ended.code, ended.json) == (0, {"url": served.target, "reset": "soft"})
    assert served("eval", "'kept' in globals()").out == b"False\n"
    assert not (served.flash / "ran").exists()


def test_hardreset_forgets_variables_and_runs_main(served: Iot) -> None:
    (served.flash / "main.py").write_text("f = open('ran', 'w'); f.close()\n")
    assert served("exec", "kept = 42").code == 0
    assert served("hardreset").code == 0
    assert served("eval", "'kept' in globals()").out == b"False\n"
    assert (served.flash / "ran").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ptys")
def test_a_board_on_a_pty_is_reached_by_its_link_and_by_its_url(iot: Iot) -> None:
    link = iot.cwd / "board"
    with serving(iot, "--pty", str(link)) as (url, process):
        assert url == f"serial://{link}"
        assert stat.S_IMODE(link.stat().st_mode) == 0o600
        assert iot.board(url)("exec", "kept = 42").code == 0
        assert iot.board(str(link))("eval", "kept").out == b"42\n"
        process.terminate()
        assert end_of(process).code == 0
    assert not link.is_symlink()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(iot: Iot, number: signal.Signals) -> None:
    with serving(iot, "--tcp", "0") as (_, process):
        process.send_signal(number)
        ended = end_of(process)
    assert (ended.code, ended.out, ended.err) == (0, b"", "")


def test_the_first_line_is_json_on_request(iot: Iot) -> None:
    process = iot.start("--json", "sim", "--tcp", "0", "--vm", "cpython", "--flash", str(iot.flash))
    document = read_until(process, b"}\n")
    interrupt(process)
    assert end_of(process).out == b""
    assert json.loads(document)["url"].startswith("socket://127.0.0.1:")


def test_the_uid_is_the_given_one(iot: Iot) -> None:
    with serving(iot, "--tcp", "0", "--uid", "00c0ffee") as (url, _):
        assert iot.board(url)("--json", "info").json["uid"] == "00c0ffee"


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["--listen", "0.0.0.0", "--tcp", "0"], 9, "refused"),  # noqa: S104  (it is refused)
        (["--tcp", "0", "--pty", "x"], 2, "usage"),
        (["--uid", "odd"], 2, "usage"),
        (["--tcp", "65536"], 2, "usage"),
        (["--heap", "1"], 2, "invalid-target"),
        (["--flash-image", "ext4"], 2, "invalid-target"),
        (["--flash-image", "fat:1"], 2, "invalid-target"),
        (["--flash-image", "fat", "--vm", "cpython"], 2, "invalid-target"),
        (["--vm", "/absent/micropython"], 3, "connect"),
    ],
)
def test_what_cannot_be_served_is_refused(
    iot: Iot, arguments: list[str], code: int, error: str
) -> None:
    ended = iot("sim", *arguments)
    assert (ended.code, ended.out) == (code, b"")
    assert ended.last_line.startswith(f"iot: error[{error}]: ")


def test_help_says_that_it_is_no_sandbox(iot: Iot) -> None:
    assert b"no sandbox" in iot("sim", "--help").out


def test_a_busy_flash_folder_names_the_process(iot: Iot) -> None:
    with serving(iot, "--tcp", "0") as (_, process):
        ended = iot("exec", "pass")
        assert ended.code == 3
        assert ended.last_line.startswith("iot: error[busy]: ")
        assert str(process.pid) in ended.last_line


EVIL = """
import os
def lie(path='', names=NAMES):
    return iter([(name, 0x8000, 0, 1) for name in names])
os.ilistdir = lie
"""


def test_a_board_cannot_make_files_outside_of_the_destination(served: Iot) -> None:
    (served.flash / "good").write_text("g")
    names = ["../evil", "/evil", "a/../../evil", "good"]
    assert served("exec", EVIL.replace("NAMES", repr(names))).code == 0
    ended = served("cp", "-r", ":", "copied")
    found = sorted(os.listdir(served.cwd))  # noqa: PTH208  (names, not paths)
    assert found == ["copied"]
    assert not (served.cwd.parent / "evil").exists()
    assert set(os.listdir(served.cwd / "copied")) <= {"good", "evil"}  # noqa: PTH208
    assert ended.code in (0, 7, 8)
