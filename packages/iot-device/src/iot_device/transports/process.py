"""A child process as a board: the unix port of MicroPython, Node.js, an emulator."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from typing import IO, TYPE_CHECKING

from iot_device.errors import ConnectError, PortNotFoundError
from iot_device.transports.base import MAX_READ
from iot_device.transports.pipe_transport import PipeTransport
from iot_device.transports.select_pipe import Pipe, SelectPipe
from iot_device.transports.threaded_pipe import ThreadedPipe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

__all__ = ["ProcessTransport"]

_EXIT_TIMEOUT = 1.0  # seconds between asking a process to end and killing it

# The shell is the leader of a new session without a terminal, so the terminal that it opens
# becomes the controlling one (termios(3)); a fork in Python would not be safe with threads.
_ON_TERMINAL = 'exec "$@" <>"$0" >&0 2>&1'


class ProcessTransport(PipeTransport):
    """The standard input and output of a child process; errors go to the same output.

    Args:
        command: The program and its arguments; no shell looks at them.
        cwd: Folder to start it in.
        env: Its environment; ``None`` for ours.
        pty: Whether it gets a pseudo-terminal, which passes every byte as it is, as its
            controlling terminal. ``None`` for where there is one; else it gets pipes.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
        pty: bool | None = None,
    ) -> None:
        # Arguments may hold secrets: the URL shows the program alone.
        super().__init__(f"process:{command[0]}")
        self._command = list(command)
        self._cwd = cwd
        self._env = env
        self._pty = os.name == "posix" if pty is None else pty
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Id of the process; ``None`` before ``open``."""
        return None if self._process is None else self._process.pid

    def _connect(self) -> Pipe:
        path = self._env.get("PATH") if self._env is not None else None
        if shutil.which(self._command[0], path=path) is None:
            raise PortNotFoundError(
                f"there is no program {self._command[0]}",
                port=self.url,
                hint="install it, or give its full path",
            )
        try:
            return self._start_on_terminal() if self._pty else self._start_on_pipes()
        except OSError as error:
            raise ConnectError(
                f"cannot start {self._command[0]}: {error}", port=self.url
            ) from error

    def _start_on_terminal(self) -> Pipe:
        from iot_device.transports import posix_tty  # noqa: PLC0415  (POSIX only)

        ours, theirs = os.openpty()
        try:
            posix_tty.make_raw(theirs)
            shell = ["/bin/sh", "-c", _ON_TERMINAL, os.ttyname(theirs)]
            process = self._start([*shell, *self._command], stdin=theirs)
        except OSError:
            os.close(ours)
            raise
        finally:
            os.close(theirs)

        def release() -> None:
            os.close(ours)
            _end(process)

        return SelectPipe.over_descriptors(ours, ours, release=release)

    def _start_on_pipes(self) -> Pipe:
        process = self._start(self._command, stdin=subprocess.PIPE)
        make = _threaded_pipe if os.name == "nt" else _select_pipe
        return make(process, lambda: _end(process))

    def _start(self, command: list[str], *, stdin: int) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(  # noqa: S603  (the caller names the program)
            command,
            bufsize=0,
            stdin=stdin,
            stdout=subprocess.PIPE if stdin == subprocess.PIPE else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            cwd=self._cwd,
            env=self._env,
            start_new_session=True,  # Ctrl-C in our terminal is not for the board's process
        )
        return self._process

    def _reason(self, error: Exception) -> str:
        process = self._process
        if process is None:
            return super()._reason(error)
        try:
            status = process.wait(_EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:
            return "the process closed its output"
        if status < 0:
            return f"the process was ended by {signal.Signals(-status).name}"
        return f"the process ended with exit status {status}"


def _select_pipe(process: subprocess.Popen[bytes], end: Callable[[], None]) -> Pipe:
    source, sink = _files(process)

    def release() -> None:
        sink.close()
        source.close()
        end()

    return SelectPipe.over_descriptors(source.fileno(), sink.fileno(), release=release)


def _threaded_pipe(process: subprocess.Popen[bytes], end: Callable[[], None]) -> Pipe:
    source, sink = _files(process)

    def receive() -> bytes:
        data = os.read(source.fileno(), MAX_READ)
        if not data:
            raise EOFError("the other side closed it")
        return data

    def send(data: bytes) -> None:
        while data:
            data = data[os.write(sink.fileno(), data) :]

    def release() -> None:
        sink.close()
        source.close()

    # The end of the process makes both calls return.
    return ThreadedPipe(receive=receive, send=send, interrupt=end, release=release)


def _files(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdout is not None  # noqa: S101  (it was started with pipes)
    assert process.stdin is not None  # noqa: S101
    return process.stdout, process.stdin


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_EXIT_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
