"""A board that falls silent in the middle of a cell, and is back later: on TCP, so it lives on."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from kernel.kernel_client import KernelClient, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.xdist_group("kernel-mute"),
]

BUTTON = "reset button"


class Relay:
    """Passes a board on TCP on; while it is mute, what is sent is lost, both ways."""

    def __init__(self, board: tuple[str, int]) -> None:
        self.mute = threading.Event()
        self.connections = 0
        self._board = board
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._board) as board:
            back = threading.Thread(target=self._pass_on, args=(board, client), daemon=True)
            back.start()
            self._pass_on(client, board)
            back.join()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not self.mute.is_set():
                    target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # ends the accept that waits
        self._thread.join()
        self._listener.close()


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    command = [sys.executable, "-m", "iot_cli", "sim", "--tcp", "0", "--flash", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as board:
        assert board.stdout is not None
        host, port = board.stdout.readline().strip().removeprefix("socket://").split(":")
        relay = Relay((host, int(port)))
        yield relay
        relay.close()
        board.terminate()


@pytest.fixture
def notebook(relay: Relay, cwd: Path, environment: dict[str, str]) -> Iterator[KernelClient]:
    kernel = KernelClient(cwd, environment | {"IOT_DEVICE": relay.url})
    yield kernel
    kernel.close()


def run_until_given_up(notebook: KernelClient, relay: Relay, words: str) -> Shown:
    """Run a program that says some words; then the board falls silent, and Stop is pressed."""
    request = notebook.start(f"import time\nprint({words!r})\nwhile True: time.sleep(0.1)")
    notebook.wait_for_output(request, words)
    relay.mute.set()
    notebook.interrupt()
    notebook.wait_for_output(request, "Stop once more")
    notebook.interrupt()
    return notebook.finish(request)


def test_a_cell_on_a_silent_board_is_given_up_and_the_board_is_used_when_it_is_back(
    notebook: KernelClient, relay: Relay
) -> None:
    assert notebook("kept = 7").status == "ok"
    given_up = run_until_given_up(notebook, relay, "runs")
    assert given_up.error["ename"] == "BoardTimeoutError"
    assert BUTTON in given_up.traceback

    # Whoever says so gets a new connection, but no false hope.
    before = relay.connections
    assert notebook("%disconnect").status == "ok"
    mute = notebook("%hardreset -q")
    assert mute.error["ename"] == "BoardTimeoutError"
    assert BUTTON in mute.traceback
    assert relay.connections == before + 1
    assert notebook(f"%connect {relay.url}").status == "ok"
    assert relay.connections == before + 2

    relay.mute.clear()
    assert notebook("kept").result == "7"
    assert relay.connections == before + 2
    assert notebook("%hardreset -q -t 0").status == "ok"
    assert notebook("kept").error["ename"] == "NameError"


def test_a_silent_board_is_told_with_what_its_program_said_last(
    notebook: KernelClient, relay: Relay
) -> None:
    notebook("print('the last words')")
    assert run_until_given_up(notebook, relay, "the very last words").status == "error"
    mute = notebook("1 + 1")
    assert "the link is dead; it said last 'the very last words'" in mute.error["evalue"]
    assert BUTTON in mute.traceback
