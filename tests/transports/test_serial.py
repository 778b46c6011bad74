"""Serial ports on pseudo-terminals: who may open them, and what is said when it fails."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
import sys
import termios
import tty
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iot_device.errors import (
    ConnectError,
    ConnectionLostError,
    PortBusyError,
    PortNotFoundError,
    PortPermissionError,
)
from iot_device.transports import posix_tty
from iot_device.transports.port_errors import find_holder, open_error
from iot_device.transports.select_pipe import SelectPipe
from iot_device.transports.serial import SerialTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device.transports.serial import LineLevel

# Holds a port until its standard input ends: by flock, by TIOCEXCL, or just open.
HOLDER = """
import fcntl, os, sys, termios
# Its name, as ps shows it: started through a dynamic loader, Python has that one's.
open("/proc/self/comm", "w").write(sys.argv[3])
port = os.open(sys.argv[2], os.O_RDWR | os.O_NOCTTY)
if sys.argv[1] == "flock":
    fcntl.flock(port, fcntl.LOCK_EX | fcntl.LOCK_NB)
if sys.argv[1] == "tiocexcl":
    fcntl.ioctl(port, termios.TIOCEXCL)
print("held", flush=True)
sys.stdin.read()
"""

# Opens a port as the user "nobody" and shows the error. The standard library and the library
# itself are imported before, since nobody may be unable to read them.
AS_NOBODY = """
import getpass, grp, os, pwd, sys
from serial.tools import list_ports
from iot_device.errors import ConnectError
from iot_device.transports import posix_tty
from iot_device.transports.serial import SerialTransport
import serial
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
try:
    SerialTransport(sys.argv[1]).open()
except ConnectError as error:
    print(error.name, getattr(error, "pid", None), getattr(error, "group", None), error.hint)
else:
    print("open")
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@contextmanager
def pseudo_terminal() -> Iterator[tuple[int, str]]:
    """A port: the master, and the name of the slave, which stays open meanwhile."""
    master, slave = os.openpty()
    tty.setraw(slave)
    name = os.ttyname(slave)
    os.close(slave)
    try:
        yield master, name
    finally:
        os.close(master)


@contextmanager
def held(port: str, how: str, name: str = "minicom") -> Iterator[int]:
    """Another process that holds the port; gives its id."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", HOLDER, how, port, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process.pid
        process.communicate("")


def open_files() -> set[str]:
    return {link.name for link in Path("/proc/self/fd").iterdir()}


def open_as_nobody(port: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, port], capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def test_a_missing_port_is_not_found() -> None:
    with pytest.raises(PortNotFoundError) as caught:
        SerialTransport("/dev/ttyNONE7").open()
    assert caught.value.port == "/dev/ttyNONE7"
    assert caught.value.hint
    assert isinstance(caught.value.available, tuple)


def test_a_file_is_no_port(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ConnectError, match="cannot open"):
        SerialTransport(str(file)).open()


@pytest.mark.parametrize("how", ["flock", "tiocexcl"])
def test_a_port_held_by_another_program_names_it(how: str) -> None:
    with pseudo_terminal() as (_, port), held(port, how) as pid:
        with pytest.raises(PortBusyError, match=f"pid {pid}") as caught:
            SerialTransport(port).open()
        assert caught.value.pid == pid
        assert caught.value.holder == "minicom"


@needs_root
def test_a_port_held_by_tiocexcl_is_busy_for_other_users() -> None:
    with pseudo_terminal() as (_, port), held(port, "tiocexcl") as pid:
        Path(port).chmod(0o666)
        # The holder belongs to root: its files are not to be seen, so no name.
        assert open_as_nobody(port).startswith("busy None None")
        assert find_holder(port) == (pid, find_holder(port)[1])  # type: ignore[index]


def test_a_port_that_is_merely_open_elsewhere_can_be_opened() -> None:
    # A server keeps its own pseudo-terminal open, so that clients may come and go.
    with pseudo_terminal() as (_, port), held(port, "open"):
        transport = SerialTransport(port)
        transport.open()
        transport.close()


def test_an_open_port_keeps_others_out() -> None:
    with pseudo_terminal() as (_, port):
        transport = SerialTransport(port)
        transport.open()
        second = SerialTransport(port)
        with pytest.raises(PortBusyError) as caught:
            second.open()
        assert caught.value.pid == os.getpid()
        if os.geteuid() == 0:
            Path(port).chmod(0o666)
            assert open_as_nobody(port).startswith("busy")
        transport.close()
        second.open()
        second.close()


def test_a_shared_port_can_be_opened_twice() -> None:
    with pseudo_terminal() as (_, port):
        first, second = (SerialTransport(port, exclusive=False) for _ in range(2))
        first.open()
        second.open()
        first.close()
        second.close()


def test_a_failed_open_leaves_nothing_open() -> None:
    with pseudo_terminal() as (_, port), held(port, "tiocexcl"):
        before = open_files()
        with pytest.raises(PortBusyError):
            SerialTransport(port).open()
        assert open_files() <= before


@needs_root
def test_no_permission_names_the_group_of_the_port() -> None:
    with pseudo_terminal() as (_, port):
        os.chown(port, 0, 20)  # dialout in Debian
        Path(port).chmod(0o660)
        group = subprocess.run(
            ["stat", "-c", "%G", port], capture_output=True, text=True, check=True
        ).stdout.strip()
        answer = open_as_nobody(port)
        assert answer.startswith(f"permission None {group} sudo usermod -a -G {group} ")
        assert answer.endswith("then log out and in again")


@needs_root
def test_no_permission_without_a_group_asks_for_a_udev_rule() -> None:
    with pseudo_terminal() as (_, port):
        os.chown(port, 0, 0)
        Path(port).chmod(0o600)
        answer = open_as_nobody(port)
        assert answer.startswith("permission None None ")
        assert "udev" in answer


def test_a_service_that_probes_new_ports_gets_its_own_advice() -> None:
    with (
        pseudo_terminal() as (_, port),
        held(port, "flock", "ModemManager"),
        pytest.raises(PortBusyError) as caught,
    ):
        SerialTransport(port).open()
    assert caught.value.holder == "ModemManager"
    assert "30 s" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOENT, PortNotFoundError),
        (errno.ENODEV, PortNotFoundError),
        (errno.ENXIO, PortNotFoundError),
        (errno.EBUSY, PortBusyError),
        (errno.EAGAIN, PortBusyError),
        (errno.EACCES, PortPermissionError),
        (errno.EPERM, PortPermissionError),
        (errno.EIO, ConnectError),
    ],
)
def test_each_refusal_of_the_system_has_its_error(number: int, kind: type[ConnectError]) -> None:
    error = open_error("/dev/ttyNONE7", OSError(number, "reason"))
    assert type(error) is kind
    assert error.port == "/dev/ttyNONE7"


def test_the_port_passes_bytes_without_translation_and_echo() -> None:
    with pseudo_terminal() as (_, port):
        settings = _settings_while_open(port)
        assert not settings[0] & (termios.ICRNL | termios.IXON)
        assert not settings[1] & termios.OPOST
        assert not settings[3] & (termios.ECHO | termios.ICANON | termios.ISIG)


@pytest.mark.parametrize(
    ("dtr", "rts", "hangs_up"),
    [
        (None, None, True),
        (False, None, False),
        (None, True, False),
        ("keep", "keep", True),
        ("keep", False, False),
    ],
)
def test_the_kernel_leaves_given_lines_alone(
    *, dtr: LineLevel, rts: LineLevel, hangs_up: bool
) -> None:
    with pseudo_terminal() as (_, port):
        slave = os.open(port, os.O_RDWR | os.O_NOCTTY)
        settings = termios.tcgetattr(slave)
        settings[2] |= termios.HUPCL
        termios.tcsetattr(slave, termios.TCSANOW, settings)
        os.close(slave)
        after = _settings_while_open(port, dtr=dtr, rts=rts)
        assert bool(after[2] & termios.HUPCL) is hangs_up


def test_an_idle_port_is_not_taken_for_a_vanished_one() -> None:
    # A wait may end without cause; then the read finds nothing, which must not look like the end.
    with pseudo_terminal() as (_, port):
        transport = SerialTransport(port)
        transport.open()
        pipe = transport._pipe
        assert isinstance(pipe, SelectPipe)
        assert pipe._try_to_receive() is None
        transport.close()


def test_a_closed_port_is_free_for_others() -> None:
    with pseudo_terminal() as (_, port):
        transport = SerialTransport(port)
        transport.open()
        transport.close()
        slave = os.open(port, os.O_RDWR | os.O_NOCTTY)
        assert not posix_tty.take_exclusive(slave)
        assert posix_tty.take_exclusive(slave)
        os.close(slave)


def test_an_unplugged_port_closes_without_a_word() -> None:
    master, slave = os.openpty()
    transport = SerialTransport(os.ttyname(slave))
    transport.open()
    os.close(slave)
    os.close(master)
    with pytest.raises(ConnectionLostError) as caught:
        transport.read(10)
    assert caught.value.port == transport.url
    transport.close()


def test_a_vanished_port_can_be_opened_again_when_it_is_back(tmp_path: Path) -> None:
    link = tmp_path / "board"
    transport = SerialTransport(str(link))
    for text in (b"first", b"second"):
        with pseudo_terminal() as (master, port):
            link.symlink_to(port)
            transport.open()
            os.write(master, text)
            assert transport.read(10) == text
            transport.close()
            link.unlink()


def test_making_a_transport_opens_nothing() -> None:
    transport = SerialTransport("/dev/ttyNONE7", baudrate=9600, dtr=False)
    assert transport.url == "serial:///dev/ttyNONE7?baudrate=9600&dtr=off"
    with pytest.raises(ConnectionLostError, match="closed"):
        transport.read(0)


def test_the_port_is_not_handed_down_to_child_processes() -> None:
    with pseudo_terminal() as (_, port):
        transport = SerialTransport(port)
        transport.open()
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
            links = [str(link.readlink()) for link in Path(f"/proc/{child.pid}/fd").iterdir()]
            assert port not in links
            child.communicate(b"")
        transport.close()


def _settings_while_open(port: str, *, dtr: LineLevel = None, rts: LineLevel = None) -> list[int]:
    transport = SerialTransport(port, dtr=dtr, rts=rts)
    watcher = os.open(port, os.O_RDWR | os.O_NOCTTY)
    try:
        transport.open()
        settings = termios.tcgetattr(watcher)
        transport.close()
    finally:
        fcntl.ioctl(watcher, termios.TIOCNXCL)
        os.close(watcher)
    assert stat.S_ISCHR(Path(port).stat().st_mode)
    return [value for value in settings if isinstance(value, int)]
