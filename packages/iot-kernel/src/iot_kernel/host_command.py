"""Programs of this computer: ``!`` lines and ``%%bash``, streamed, stopped by Stop."""

from __future__ import annotations

import codecs
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final

from iot_kernel.errors import HostCommandError, UsageError
from iot_kernel.settings import host_magics_allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import IO

    from iot_kernel.cell_run import CellRun

__all__ = ["run_command", "run_shell_line", "shell_command"]

_KILL_AFTER: Final = 2.0  # seconds that a program may take to end after Ctrl-C


def run_shell_line(cell: CellRun, command: str) -> None:
    """Run what follows ``!``; a failure shows its exit status, and the cell goes on.

    Raises:
        UsageError: Such lines are switched off.
        CellInterrupted: It was stopped.
    """
    if not host_magics_allowed():
        raise UsageError("! is switched off here", ("IOT_ALLOW_HOST_MAGICS is 0",))
    status = run_command(cell, shell_command(command))
    if status != 0:
        cell.write(f"[exit status {status}]", style="red")


def shell_command(script: str) -> list[str]:
    """Return the words that run a script in a shell: bash, or where there is none the system's."""
    bash = shutil.which("bash")
    if bash is not None:
        return [bash, "-c", script]
    if sys.platform == "win32":
        return [os.environ.get("COMSPEC", "cmd.exe"), "/d", "/c", script]
    return ["/bin/sh", "-c", script]


def run_command(
    cell: CellRun,
    command: Sequence[str],
    *,
    stdin: str = "",
    on_output: Mapping[str, Callable[[str], object]] | None = None,
    environment: Mapping[str, str] | None = None,
) -> int:
    """Run a program; its streams appear as they come.

    Args:
        cell: The cell that it is part of.
        command: The program and its arguments.
        stdin: What it reads.
        on_output: Who gets a stream (``stdout``, ``stderr``) instead of the notebook.
        environment: Its environment; ``None``: that of the kernel.

    Returns:
        Its exit status; negative if a signal ended it.

    Raises:
        CellInterrupted: It was stopped.
        HostCommandError: It cannot be started.
    """
    cell.notebook.connection.release()
    try:
        process = subprocess.Popen(  # noqa: S603  (the person's own command, on their own computer)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Stop is for this program, its children, and nobody else
        )
    except OSError as error:
        raise HostCommandError(f"{command[0]} cannot be started: {error.strerror}") from error
    with process, cell.stoppable(lambda: _interrupt(process)):
        readers = _start_readers(cell, process, on_output or {})
        _feed(process, stdin)
        process.wait()
        for reader in readers:
            reader.join()
    cell.check_stopped()
    return process.returncode


def _start_readers(
    cell: CellRun,
    process: subprocess.Popen[bytes],
    on_output: Mapping[str, Callable[[str], object]],
) -> list[threading.Thread]:
    readers = []
    for name, pipe in (("stdout", process.stdout), ("stderr", process.stderr)):
        write = on_output.get(name) or _writer(cell, name)
        readers.append(threading.Thread(target=_read, args=(pipe, write), daemon=True))
        readers[-1].start()
    return readers


def _writer(cell: CellRun, stream: str) -> Callable[[str], object]:
    return lambda text: cell.output.write(text, stream)


def _read(pipe: IO[bytes], write: Callable[[str], object]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    while data := os.read(pipe.fileno(), 65536):
        write(decoder.decode(data))
    write(decoder.decode(b"", final=True))


def _feed(process: subprocess.Popen[bytes], text: str) -> None:
    assert process.stdin is not None  # noqa: S101  (it was asked for)
    try:
        process.stdin.write(text.encode())
        process.stdin.close()
    except BrokenPipeError:
        pass  # it ended without reading all of it: its exit status tells


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """Do what Ctrl-C does; what has not ended soon after is killed."""
    if sys.platform == "win32":
        process.kill()
        return
    _signal(process, signal.SIGINT)
    killer = threading.Timer(_KILL_AFTER, _signal, (process, signal.SIGKILL))
    killer.daemon = True
    killer.start()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended
        os.killpg(process.pid, number)
