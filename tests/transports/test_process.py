"""Child processes as boards: their terminal, their end, and what is left of them."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from iot_device.errors import ConnectError, ConnectionLostError, PortNotFoundError
from iot_device.transports.base import MAX_READ
from iot_device.transports.process import ProcessTransport

BOTH = pytest.mark.parametrize("pty", [True, False], ids=["pty", "pipes"])


def python(program: str, *, pty: bool | None = None) -> ProcessTransport:
    return ProcessTransport([sys.executable, "-I", "-S", "-c", program], pty=pty)


def read_until(transport: ProcessTransport, end: bytes, limit: float = 20) -> bytes:
    data = b""
    stop = time.monotonic() + limit
    while not data.endswith(end):
        data += transport.read(max(0, stop - time.monotonic()))
        assert time.monotonic() < stop, f"only {data!r} came"
    return data


def open_files() -> set[str]:
    return {link.name for link in Path("/proc/self/fd").iterdir()}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_child_has_a_controlling_terminal_of_its_own() -> None:
    transport = python(
        "import os, sys; print(os.isatty(0), os.isatty(1), os.isatty(2),"
        "os.ttyname(os.open('/dev/tty', os.O_RDWR)) == '/dev/tty' and os.getsid(0) != "
        f"{os.getsid(0)}, end='.')"
    )
    transport.open()
    assert read_until(transport, b".") == b"True True True True."
    transport.close()


def test_the_terminal_translates_nothing() -> None:
    transport = python(
        "import termios as t; i, o, c, l, *_ = t.tcgetattr(0);"
        "print(i & (t.ICRNL | t.IXON), o & t.OPOST, l & (t.ECHO | t.ICANON | t.ISIG), end='.')"
    )
    transport.open()
    assert read_until(transport, b".") == b"0 0 0."
    transport.close()


@BOTH
def test_errors_come_with_the_output(*, pty: bool) -> None:
    transport = python("import os; os.write(2, b'error'); os.write(1, b'.')", pty=pty)
    transport.open()
    assert read_until(transport, b".") == b"error."
    transport.close()


@BOTH
def test_the_exit_status_is_told(*, pty: bool) -> None:
    transport = python("import os; os.write(1, b'bye'); os._exit(3)", pty=pty)
    transport.open()
    assert read_until(transport, b"bye") == b"bye"
    with pytest.raises(ConnectionLostError, match="exit status 3"):
        transport.read(20)
    transport.close()


@BOTH
def test_the_signal_that_ended_it_is_told(*, pty: bool) -> None:
    transport = python("import os; os.kill(os.getpid(), 9)", pty=pty)
    transport.open()
    with pytest.raises(ConnectionLostError, match="SIGKILL"):
        transport.read(20)
    transport.close()


@pytest.mark.slow
def test_a_process_that_lives_on_without_output_is_told_apart() -> None:
    transport = python("import os, signal; os.close(1); os.close(2); signal.pause()", pty=False)
    transport.open()
    with pytest.raises(ConnectionLostError, match="closed its output"):
        transport.read(20)
    transport.close()


@BOTH
def test_close_ends_the_process(*, pty: bool) -> None:
    transport = python("import signal; print('.', end='', flush=True); signal.pause()", pty=pty)
    transport.open()
    read_until(transport, b".")
    pid = transport.pid
    assert pid is not None
    assert is_alive(pid)
    transport.close()
    assert not is_alive(pid)


@pytest.mark.slow
@BOTH
def test_close_kills_a_process_that_does_not_want_to_end(*, pty: bool) -> None:
    transport = python(
        "import signal\n"
        "for number in (signal.SIGTERM, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)\n"
        "print('.', end='', flush=True)\n"
        "while True: signal.pause()",
        pty=pty,
    )
    transport.open()
    read_until(transport, b".")
    pid = transport.pid
    assert pid is not None
    transport.close()
    assert not is_alive(pid)


def test_a_missing_program_is_not_found() -> None:
    with pytest.raises(PortNotFoundError, match="no program") as caught:
        ProcessTransport(["no-such-program", "--password", "secret"]).open()
    assert caught.value.port == "process:no-such-program"


@BOTH
def test_a_missing_folder_is_named(*, pty: bool, tmp_path: Path) -> None:
    transport = ProcessTransport([sys.executable], cwd=tmp_path / "none", pty=pty)
    with pytest.raises(ConnectError, match="none"):
        transport.open()


@BOTH
def test_folder_and_environment_are_given(*, pty: bool, tmp_path: Path) -> None:
    transport = ProcessTransport(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            "import os; print(os.getcwd(), os.environ['A'], end='.')",
        ],
        cwd=tmp_path,
        env={"A": "b c"},
        pty=pty,
    )
    transport.open()
    assert read_until(transport, b".") == f"{tmp_path.resolve()} b c.".encode()
    transport.close()


def test_no_shell_looks_at_the_arguments() -> None:
    words = ["$HOME", "a b", "*", "; exit 1", "'\"\\"]
    program = "import sys; print(sys.argv[1:], end='.')"
    transport = ProcessTransport([sys.executable, "-I", "-S", "-c", program, *words])
    transport.open()
    assert read_until(transport, b"].") == f"{words}.".encode()
    transport.close()


def test_ctrl_c_in_our_terminal_is_not_for_the_child() -> None:
    transport = python("import os; print(os.getpgid(0), end='.')", pty=False)
    transport.open()
    assert int(read_until(transport, b".")[:-1]) != os.getpgid(0)
    transport.close()


@pytest.mark.slow
@BOTH
def test_much_output_comes_whole(*, pty: bool) -> None:
    size = 20_000_000
    transport = python(f"import sys; sys.stdout.buffer.write(bytes({size}))", pty=pty)
    transport.open()
    got = 0
    while got < size:
        chunk = transport.read(20)
        assert 0 < len(chunk) <= MAX_READ
        got += len(chunk)
    assert got == size
    transport.close()


def test_a_process_can_be_started_again() -> None:
    transport = python("print('here', end='')")
    for _ in range(2):
        transport.open()
        assert read_until(transport, b"here") == b"here"
        transport.close()


def test_nothing_is_left_open() -> None:
    before = open_files()
    for pty in (True, False):
        transport = python("import signal; signal.pause()", pty=pty)
        transport.open()
        transport.close()
    assert open_files() <= before
    assert signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL
