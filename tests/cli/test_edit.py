"""``edit``: with real editors that need no person."""

from __future__ import annotations

import errno
import os
import shlex
import signal
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from cli.iot_process import end_of, interrupt, read_until
from cli.test_sim import serving

if TYPE_CHECKING:
    from pathlib import Path

    from cli.iot_process import Ended, Iot

pytestmark = [
    pytest.mark.slow,  # each test starts real processes
    pytest.mark.skipif(sys.platform == "win32", reason="the editors are quoted for POSIX"),
]

NO_FILE = os.strerror(errno.ENOENT)
TEXT = "x = 1\r\ny = 'é'\n"
APPEND = "f.write_bytes(f.read_bytes() + b'more\\n')"


@pytest.fixture
def edited(iot: Iot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iot:
    """A board with a program, and a host whose temporary folder is empty."""
    (iot.flash / "prog.py").write_bytes(TEXT.encode())
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    return iot


def editor(monkeypatch: pytest.MonkeyPatch, action: str, *, end: int = 0) -> None:
    """Make a Python program the editor; ``f`` is the path of the file."""
    program = f"import os, pathlib, sys\nf = pathlib.Path(sys.argv[-1])\n{action}\nsys.exit({end})"
    monkeypatch.setenv("EDITOR", shlex.join([sys.executable, "-c", program, "an option"]))


def left_over(iot: Iot) -> list[Path]:
    """Return the files in the temporary folder."""
    return [path for path in (iot.cwd.parent / "tmp").rglob("*") if path.is_file()]


def check_nothing_was_sent(iot: Iot, ended: Ended) -> None:
    assert (iot.flash / "prog.py").read_bytes() == TEXT.encode()
    assert [path.name for path in iot.flash.iterdir()] == ["prog.py"]
    assert ended.out == b""


def test_what_the_editor_saves_is_on_the_board(
    edited: Iot, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(monkeypatch, APPEND)
    ended = edited("edit", ":prog.py")
    assert (ended.code, ended.out, ended.err) == (0, b"", "")
    assert (edited.flash / "prog.py").read_bytes() == TEXT.encode() + b"more\n"
    assert left_over(edited) == []


def test_json_tells_whether_the_file_was_changed(
    edited: Iot, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(monkeypatch, APPEND)
    size = len(TEXT.encode()) + 5
    expected = {"path": "prog.py", "changed": True, "size": size}
    assert edited("--json", "edit", "prog.py").json == expected
    monkeypatch.setenv("EDITOR", "true")
    assert edited("--json", "edit", "prog.py").json == expected | {"changed": False}


def test_the_file_is_private_and_bears_the_name_of_the_boards(
    edited: Iot, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(monkeypatch, "print(f.name, oct(f.stat().st_mode), oct(f.parent.stat().st_mode))")
    old = os.umask(0)
    try:
        ended = edited("edit", "/prog.py")
    finally:
        os.umask(old)
    modes = oct(stat.S_IFREG | 0o600), oct(stat.S_IFDIR | 0o700)
    assert ended.out.decode().split() == ["prog.py", *modes]


def test_nothing_is_sent_if_nothing_changed(edited: Iot, monkeypatch: pytest.MonkeyPatch) -> None:
    inode = (edited.flash / "prog.py").stat().st_ino
    editor(monkeypatch, "f.write_bytes(f.read_bytes())")
    ended = edited("edit", "prog.py")
    check_nothing_was_sent(edited, ended)
    assert (ended.code, ended.err) == (0, "iot: :prog.py is unchanged, nothing was sent\n")
    assert (edited.flash / "prog.py").stat().st_ino == inode


def test_nothing_is_sent_if_the_editor_fails(edited: Iot, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(monkeypatch, APPEND, end=3)
    ended = edited("edit", "prog.py")
    check_nothing_was_sent(edited, ended)
    assert ended.code == 2
    assert ended.err == (
        "iot: error[host-files]: the editor ended with status 3; nothing was sent\n"
    )
    assert left_over(edited) == []


def test_nothing_is_sent_if_the_editor_leaves_no_file(
    edited: Iot, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(monkeypatch, "f.unlink()")
    ended = edited("edit", "prog.py")
    check_nothing_was_sent(edited, ended)
    assert ended.last_line == "iot: error[host-files]: the editor left no file; nothing was sent"


def test_an_editor_that_replaces_the_file_is_understood(
    edited: Iot, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(monkeypatch, "n = f.with_suffix('.new'); n.write_bytes(b'new'); n.replace(f)")
    assert edited("edit", "prog.py").code == 0
    assert (edited.flash / "prog.py").read_bytes() == b"new"


def test_a_file_that_is_not_there_is_made_if_something_is_typed(
    edited: Iot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    check_nothing_was_sent(edited, edited("edit", "new.py"))
    editor(monkeypatch, APPEND)
    assert edited("edit", "new.py").code == 0
    assert (edited.flash / "new.py").read_bytes() == b"more\n"


@pytest.mark.parametrize(
    ("path", "name"), [("absent/new.py", "file-not-found"), ("lib", "is-a-directory")]
)
def test_a_path_that_cannot_be_written_is_told_before_anything_is_typed(
    edited: Iot, monkeypatch: pytest.MonkeyPatch, path: str, name: str
) -> None:
    (edited.flash / "lib").mkdir()
    editor(monkeypatch, "print('started')")
    ended = edited("edit", path)
    assert (ended.code, ended.out) == (7, b"")
    assert ended.last_line.startswith(f"iot: error[{name}]: ")


def test_text_that_cannot_be_sent_is_kept(edited: Iot, monkeypatch: pytest.MonkeyPatch) -> None:
    board = edited.flash / "prog.py"
    editor(monkeypatch, f"{APPEND}\npathlib.Path({str(board)!r}).write_bytes(b'other')")
    ended = edited("edit", "prog.py")
    (kept,) = left_over(edited)
    assert ended.code == 9
    assert ended.err.splitlines() == [
        f"iot: your text is in {kept}",
        "iot: error[refused]: :prog.py was changed on the board meanwhile; nothing was sent",
    ]
    assert board.read_bytes() == b"other"
    assert kept.read_bytes() == TEXT.encode() + b"more\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_the_board_is_free_while_the_editor_runs(
    edited: Iot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(edited, "--tcp", "0") as (url, _):
        ask = [sys.executable, "-m", "iot_cli", "-d", url, "eval", "6 * 7"]
        editor(monkeypatch, f"import subprocess; subprocess.run({ask!r}, check=True)")
        ended = edited.board(url)("edit", "prog.py")
    assert (ended.code, ended.out) == (0, b"42\n")


def test_ctrl_c_is_for_the_editor(edited: Iot, monkeypatch: pytest.MonkeyPatch) -> None:
    # In a terminal it reaches both; this editor takes it for an order to save.
    editor(
        monkeypatch,
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n"
        f"print('ready', flush=True)\nsignal.sigwait([signal.SIGINT])\n{APPEND}",
    )
    process = edited.start("edit", "prog.py", start_new_session=True)
    read_until(process, b"ready\n")
    interrupt(process)
    os.killpg(process.pid, signal.SIGINT)
    assert end_of(process).code == 0
    assert (edited.flash / "prog.py").read_bytes().startswith(TEXT.encode() + b"more\n")


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("vi 'x", 'iot: error[usage]: EDITOR makes no sense: "vi \'x": No closing quotation.'),
        (
            "/no/editor -x",
            f"iot: error[host-files]: the editor /no/editor cannot be started: {NO_FILE}",
        ),
    ],
)
def test_an_editor_that_does_not_start_is_an_error(
    edited: Iot, monkeypatch: pytest.MonkeyPatch, value: str, line: str
) -> None:
    monkeypatch.setenv("EDITOR", value)
    ended = edited("edit", "prog.py")
    check_nothing_was_sent(edited, ended)
    assert (ended.code, ended.last_line) == (2, line)


@pytest.mark.parametrize("value", [None, " "])
def test_without_any_editor_the_variable_is_named(
    edited: Iot, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    if value is not None:
        monkeypatch.setenv("EDITOR", value)
    monkeypatch.setenv("PATH", "/absent")
    ended = edited("edit", "prog.py")
    assert ended.code == 2
    assert ended.last_line == (
        "iot: error[usage]: There is no editor; the variable EDITOR names the editor, "
        "for instance: export EDITOR=nano."
    )
