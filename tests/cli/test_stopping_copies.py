"""Ctrl-C, SIGTERM and SIGKILL in the middle of a copy: a usable board, no corrupt file."""

from __future__ import annotations

import random
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from cli.iot_process import TIMEOUT, Iot, end_of, read_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,  # each test starts real processes
    pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals to processes"),
]

OLD = b"the old file"


@contextmanager
def board_of(iot: Iot) -> Iterator[Iot]:
    """A board that stays on from one command to the next."""
    process = iot.start("sim", "--tcp", "0", "--vm", "cpython", "--flash", str(iot.flash))
    try:
        yield iot.board(read_until(process, b"\n").decode().rstrip("\n"))
    finally:
        process.terminate()
        end_of(process)


def copy_in_progress(iot: Iot, *words: str, growing: Path) -> subprocess.Popen[bytes]:
    """Start a copy; return when some of it is in a new file of the folder where it grows."""
    before = set(growing.iterdir())
    process = iot.start("cp", *words)
    clock = threading.Event()
    for _ in range(int(TIMEOUT / 0.005)):
        if any(path.stat().st_size > 16384 for path in set(growing.iterdir()) - before):
            return process
        assert process.poll() is None, end_of(process)
        clock.wait(0.005)
    raise AssertionError("the copy never began")


def stop_copy(iot: Iot, name: str, *words: str, growing: Path) -> None:
    """Send a signal to a copy in progress; it ends as it should."""
    process = copy_in_progress(iot, *words, growing=growing)
    process.send_signal(getattr(signal, name))
    ended = end_of(process)
    assert ended.code == (-9 if name == "SIGKILL" else 130)
    assert "Traceback" not in ended.err


def large_file(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(16_000_000))


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_an_upload_that_is_stopped_leaves_the_old_file_and_the_board_usable(
    iot: Iot, name: str
) -> None:
    large_file(iot.cwd / "large")
    (iot.flash / "f").write_bytes(OLD)
    with board_of(iot) as board:
        stop_copy(board, name, "large", ":/f", growing=iot.flash)
        assert (iot.flash / "f").read_bytes() == OLD
        assert (iot.flash / "f.~iot").exists() == (name == "SIGKILL")
        assert ("whose write was interrupted" in board("exec", "1").err) == (name == "SIGKILL")
        assert "interrupted" not in board("exec", "1").err
        (iot.cwd / "small").write_bytes(b"new")
        assert board("cp", "small", ":/f").code == 0
        assert (iot.flash / "f").read_bytes() == b"new"
        assert not (iot.flash / "f.~iot").exists()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_download_that_is_stopped_leaves_the_old_file_and_the_board_usable(
    iot: Iot, name: str
) -> None:
    large_file(iot.flash / "large")
    (iot.cwd / "f").write_bytes(OLD)
    with board_of(iot) as board:
        stop_copy(board, name, ":/large", "f", growing=iot.cwd)
        assert (iot.cwd / "f").read_bytes() == OLD
        left = [path.name for path in iot.cwd.iterdir() if path.name != "f"]
        assert len(left) == (1 if name == "SIGKILL" else 0)
        assert board("exec", "print(1)").out == b"1\n"
