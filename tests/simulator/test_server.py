"""A served board: pty and TCP, one client at a time, never for other computers."""

from __future__ import annotations

import os
import select
import socket
import stat
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from iot_device.errors import ConnectError, PortBusyError, UnsafeError
from iot_device.simulator import ServerOptions, SimulatorOptions, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")
_LONG = 20.0  # seconds; a correct server never needs them


@contextmanager
def served(options: ServerOptions) -> Iterator[str]:
    """Serve a board in a thread; give its URL."""
    stop, ready = threading.Event(), threading.Event()
    urls: list[str] = []

    def on_ready(url: str) -> None:
        urls.append(url)
        ready.set()

    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(serve, options, on_ready, stop)
        result.add_done_callback(lambda _: ready.set())
        try:
            assert ready.wait(_LONG)
            if not urls:
                result.result()
            yield urls[0]
        finally:
            stop.set()
        result.result(_LONG)


@pytest.fixture
def board(flash: Path) -> SimulatorOptions:
    return SimulatorOptions(flash=flash, vm="cpython")


def _until(read: Callable[[], bytes], end: bytes) -> bytes:
    received = b""
    while end not in received:
        data = read()
        assert data, f"{end!r} does not come, but {received!r}"
        received += data
    return received


def _connect(url: str) -> socket.socket:
    host, _, port = url.removeprefix("socket://").rpartition(":")
    return socket.create_connection((host, int(port)), _LONG)


def test_tcp_serves_one_client_after_another_and_state_stays(board: SimulatorOptions) -> None:
    with served(ServerOptions(board, tcp=0)) as url:
        assert url.startswith("socket://127.0.0.1:")
        with _connect(url) as first:
            first.sendall(b"kept = 41\r")
            _until(lambda: first.recv(1000), b"kept = 41\r\n>>> ")
        # The server may learn of the first one's end a little later.
        answer = b"busy"
        while answer == b"busy":
            with _connect(url) as second:
                second.sendall(b"print(kept + 1)\r")
                answer = second.recv(4)
                if answer != b"busy":
                    _until(lambda: second.recv(1000), b"42\r\n>>> ")


def test_a_second_tcp_client_is_told_that_the_board_is_busy(board: SimulatorOptions) -> None:
    with served(ServerOptions(board, tcp=0)) as url, _connect(url) as first:
        first.sendall(b"1 + 1\r")
        _until(lambda: first.recv(1000), b"2\r\n>>> ")
        with _connect(url) as second:
            assert second.recv(1000).startswith(b"busy")
            assert second.recv(1000) == b""
        first.sendall(b"2 + 2\r")
        _until(lambda: first.recv(1000), b"4\r\n>>> ")


def test_the_end_of_the_service_ends_the_client(board: SimulatorOptions) -> None:
    with served(ServerOptions(board, tcp=0)) as url:
        client = _connect(url)
        client.sendall(b"while True: pass\r\r")
        _until(lambda: client.recv(1000), b"pass")
    with client:
        while client.recv(1000):
            pass


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104  (refused)
def test_other_computers_are_refused(board: SimulatorOptions, address: str) -> None:
    with pytest.raises(UnsafeError) as caught:
        serve(ServerOptions(board, tcp=0, listen=address), print, threading.Event())
    assert caught.value.exit_code == 9


def test_a_tcp_port_that_is_taken_is_an_error(board: SimulatorOptions) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = ServerOptions(board, tcp=taken.getsockname()[1])
        with pytest.raises(ConnectError, match="cannot be opened"):
            serve(options, print, threading.Event())


@posix_only
def test_a_pty_is_for_its_user_only_and_its_link_goes_with_it(
    board: SimulatorOptions, tmp_path: Path
) -> None:
    link = tmp_path / "board"
    with served(ServerOptions(board, pty=link)) as url:
        assert url == f"serial://{link}"
        assert link.is_symlink()
        assert stat.S_IMODE(link.stat().st_mode) == 0o600
        for expected in (b"2", b"3"):  # one client after another
            descriptor = os.open(link, os.O_RDWR | os.O_NOCTTY)
            try:
                os.write(descriptor, b"kept = globals().get('kept', 1) + 1; kept\r")
                # The friendly REPL shows no value of an assignment's line but the last part.
                _until(lambda: os.read(descriptor, 1000), b"\r\n" + expected + b"\r\n>>> ")  # noqa: B023
            finally:
                os.close(descriptor)
    assert not link.is_symlink()


@posix_only
def test_a_pty_that_nobody_reads_does_not_stop_the_program(
    board: SimulatorOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iot_device.simulator.pty_server._PATIENCE", 0.2)
    flash = board.flash
    flash.joinpath("main.py").write_text(
        "for i in range(20): print('x' * 50000)\nopen('done', 'w').close()\n"
    )
    with served(ServerOptions(board)):
        deadline = time.monotonic() + _LONG
        while not flash.joinpath("done").exists():
            assert time.monotonic() < deadline
            select.select([], [], [], 0.05)


@posix_only
def test_a_pty_link_replaces_only_what_leads_nowhere(
    board: SimulatorOptions, tmp_path: Path
) -> None:
    link = tmp_path / "board"
    link.symlink_to("/dev/no-such-pty")
    with served(ServerOptions(board, pty=link)):
        assert link.exists()
    link.write_text("a file")
    with pytest.raises(PortBusyError):
        serve(ServerOptions(board, pty=link), print, threading.Event())
    assert link.read_text() == "a file"
