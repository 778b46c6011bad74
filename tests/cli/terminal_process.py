"""``iot`` in a terminal of its own, and a TCP port at which a test plays the board."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import termios
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cli.iot_process import TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cli.iot_process import Iot

# The leader of a new session without a terminal gets the one that it opens (termios(3)), so that
# Ctrl-C would be a signal if the terminal were not raw.
ON_TERMINAL = 'exec "$@" <>"$0" >&0'


class Terminal:
    """A terminal in which a command of ``iot`` runs; standard error is apart from it.

    Args:
        iot: The command line.
        arguments: The command, without the word ``iot``.
        program: Another program to run, a shell for instance; standard error is the terminal then.
        environment: What differs from ours.

    Attributes:
        process: The command.
        before: The settings of the terminal before it.
    """

    def __init__(
        self,
        iot: Iot,
        *arguments: str,
        program: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._master, self._slave = os.openpty()
        self.before = self.settings()
        self._read = b""
        on_terminal = ON_TERMINAL + (" 2>&0" if program else "")
        shell = ["/bin/sh", "-c", on_terminal, os.ttyname(self._slave)]
        command = [*program] or [sys.executable, "-m", "iot_cli", *arguments]
        self.process = subprocess.Popen(
            [*shell, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=iot.cwd,
            env=os.environ | {"IOT_DEVICE": iot.target, "COLUMNS": "80"} | dict(environment or {}),
            start_new_session=True,
        )
        assert self.process.stderr is not None
        self._errors = self.process.stderr

    def settings(self) -> list[object]:
        """The settings of the terminal, as termios has them."""
        return termios.tcgetattr(self._slave)

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def read_until(self, word: bytes) -> bytes:
        """Read what the terminal shows up to a word; return all that was shown so far."""
        start, end = len(self._read), time.monotonic() + TIMEOUT
        while word not in self._read[start:]:
            assert select.select([self._master], [], [], end - time.monotonic())[0], self._read
            self._read += os.read(self._master, 65536)
        return self._read

    def error_line(self) -> str:
        """Read a line of standard error."""
        line = self._errors.readline()
        assert line.endswith(b"\n"), "ended"
        return line.decode().rstrip("\n")

    def end(self) -> int:
        """Wait for the end of the command; return its exit code."""
        return self.process.wait(TIMEOUT)

    def shown(self) -> bytes:
        """Return all that was shown until the command ended."""
        while select.select([self._master], [], [], 0)[0]:
            self._read += os.read(self._master, 65536)
        return self._read

    def rest_of_errors(self) -> str:
        """Return what standard error has up to its end."""
        return self._errors.read().decode()

    def close(self) -> None:
        """End the command and the terminal."""
        self.process.kill()
        self.process.wait()
        self._errors.close()
        os.close(self._slave)
        os.close(self._master)


@contextmanager
def in_terminal(iot: Iot, *arguments: str) -> Iterator[Terminal]:
    """Run a command of ``iot`` in a terminal of its own."""
    terminal = Terminal(iot, *arguments)
    try:
        yield terminal
    finally:
        terminal.close()


class TcpBoard:
    """A TCP port; the test itself is the board behind it."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(TIMEOUT)
        self.port: int = self._listener.getsockname()[1]
        self.url: str = f"socket://127.0.0.1:{self.port}"
        self._connection: socket.socket | None = None

    def accept(self) -> None:
        """Wait for a client; the one before is gone."""
        self.hang_up()
        self._connection, _ = self._listener.accept()
        self._connection.settimeout(TIMEOUT)

    def send(self, data: bytes) -> None:
        """Send to the client."""
        assert self._connection is not None
        self._connection.sendall(data)

    def receive(self, size: int) -> bytes:
        """Return so many bytes of the client; fewer if it is gone."""
        assert self._connection is not None
        received = b""
        while len(received) < size:
            data = self._connection.recv(size - len(received))
            if not data:
                break
            received += data
        return received

    def hang_up(self) -> None:
        """End the connection, as a reset does."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """Close the port too."""
        self.hang_up()
        self._listener.close()


@contextmanager
def tcp_board() -> Iterator[TcpBoard]:
    """Give a board that the test plays."""
    board = TcpBoard()
    try:
        yield board
    finally:
        board.close()
