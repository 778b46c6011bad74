"""Locks between processes: exclusive, honest about the holder, and gone with a crash."""

from __future__ import annotations

import os
import stat
import threading
import time
from typing import TYPE_CHECKING

import pytest

from iot_device.errors import PortBusyError, UnsafeError
from iot_device.sharing.board_lock import BoardLock
from iot_device.sharing.runtime_folder import runtime_folder
from sharing.holding import other_process

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from iot_device.sharing.board_lock import BoardLock
sys.argv[0] = "/usr/bin/other-tool"
lock = BoardLock(sys.argv[1], "url")
lock.acquire(20.0)
print("held", flush=True)
sys.stdin.readline()
lock.release()
print("free", flush=True)
sys.stdin.read()
"""

HOLD_TURN = """
import sys
from iot_device.sharing.lock_file import LockFile, this_process
from iot_device.sharing.runtime_folder import runtime_folder
turn = LockFile(runtime_folder() / (sys.argv[1] + ".turn"))
assert turn.acquire(this_process())
print("held", flush=True)
sys.stdin.read()
"""

COUNT = """
import sys
from pathlib import Path
from iot_device.sharing.lock_file import LockFile, this_process
from iot_device.sharing.runtime_folder import runtime_folder
lock, counter = LockFile(runtime_folder() / "count"), Path(sys.argv[1])
for _ in range(100):
    while not lock.acquire(this_process()):
        pass
    counter.write_text(str(int(counter.read_text()) + 1))
    lock.release()
print("done", flush=True)
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runtime").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))


def test_the_error_names_the_holder_its_process_and_since_when() -> None:
    before = time.time()
    with other_process(HOLD, "port") as other:
        assert other.line() == "held"
        with pytest.raises(PortBusyError) as caught:
            BoardLock("port", "serial:///dev/ttyACM0").acquire(0.0)
    error = caught.value
    assert (error.holder, error.pid) == ("other-tool", other.pid)
    assert error.since is not None
    assert before <= error.since <= time.time()
    since = time.strftime("%H:%M:%S", time.localtime(error.since))
    assert error.message == (
        f"serial:///dev/ttyACM0 is in use by other-tool (pid {other.pid}) since {since}"
    )
    assert error.hint == f"wait longer (--wait SECONDS), or end other-tool (process {other.pid})"


def test_the_lock_of_a_crashed_holder_is_free() -> None:
    with other_process(HOLD, "port") as other:
        assert other.line() == "held"
        other.kill()
        lock = BoardLock("port", "url")
        lock.acquire(0.0)
        lock.release()


def test_who_waits_gets_the_lock_when_it_is_free() -> None:
    with other_process(HOLD, "port") as other:
        assert other.line() == "held"
        lock = BoardLock("port", "url")
        waiting = threading.Thread(target=lock.acquire, args=(20.0,))
        waiting.start()
        other.tell("release")
        assert other.line() == "free"
        waiting.join(20.0)
        with pytest.raises(PortBusyError) as caught:
            BoardLock("port", "url").acquire(0.0)
        assert caught.value.pid == os.getpid()
        assert caught.value.hint is not None
        assert "this process" in caught.value.hint
        lock.release()


def test_nobody_comes_before_who_waits_even_if_the_port_is_free() -> None:
    with other_process(HOLD_TURN, "port") as other:
        assert other.line() == "held"
        with pytest.raises(PortBusyError):
            BoardLock("port", "url").acquire(0.0)
        other.end()
        lock = BoardLock("port", "url")
        lock.acquire(0.0)
        lock.release()


def test_other_boards_have_other_locks() -> None:
    with other_process(HOLD, "one") as other:
        assert other.line() == "held"
        lock = BoardLock("two", "url")
        lock.acquire(0.0)
        lock.release()


def test_waiting_ends_in_time() -> None:
    with other_process(HOLD, "port") as other:
        assert other.line() == "held"
        begin = time.monotonic()
        with pytest.raises(PortBusyError):
            BoardLock("port", "url").acquire(0.3)
        assert 0.3 <= time.monotonic() - begin < 20.0


def test_nobody_else_can_read_the_lock_files() -> None:
    lock = BoardLock("/dev/ttyACM0", "url")
    lock.acquire(0.0)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in runtime_folder().iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(runtime_folder().stat().st_mode) == 0o700
    lock.release()


def test_nothing_stays_behind_when_the_lock_is_free() -> None:
    lock = BoardLock("port", "url")
    lock.acquire(0.0)
    lock.release()
    assert list(runtime_folder().iterdir()) == []


@pytest.mark.slow
def test_a_lock_file_that_is_removed_all_the_time_lets_one_in_at_a_time(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    with (
        other_process(COUNT, str(counter)) as one,
        other_process(COUNT, str(counter)) as two,
        other_process(COUNT, str(counter)) as three,
    ):
        assert [other.line() for other in (one, two, three)] == ["done"] * 3
    assert counter.read_text() == "300"


def test_a_folder_that_others_can_write_to_is_not_trusted() -> None:
    runtime_folder().chmod(0o777)
    with pytest.raises(UnsafeError, match="others may write to"):
        BoardLock("port", "url").acquire(0.0)


def test_a_link_in_the_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "runtime" / "iot").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeError):
        BoardLock("port", "url").acquire(0.0)


@pytest.mark.parametrize("content", [b"", b" {", b" []", b' {"program": 1}', b"\xff" * 5000])
def test_a_lock_file_that_makes_no_sense_names_nobody(content: bytes) -> None:
    with other_process(HOLD, "port") as other:
        assert other.line() == "held"
        (runtime_folder() / "port.port").write_bytes(content)
        with pytest.raises(PortBusyError, match="in use by another process") as caught:
            BoardLock("port", "url").acquire(0.0)
        assert caught.value.pid is None


def test_the_folder_is_the_same_without_a_runtime_folder_of_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "absent"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("os.access", lambda *_: False)
    assert runtime_folder() == tmp_path / f"iot-{os.getuid()}"
