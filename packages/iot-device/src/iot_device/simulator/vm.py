"""A virtual machine: a child process whose Python runs the board's programs.

Both kinds, MicroPython and CPython, speak one protocol over the pipes of their standard input
and output. To the child go frames: one byte for the kind (``c`` settings, ``x`` program, ``s``
line of the friendly REPL, ``b`` file of the flash), four bytes for the length, the payload. After
a program come the bytes of its standard input, as they are, until the program ended; then a
marker, so that the driver knows which input was left unread. What comes from the child is told in
``messages``. A run goes like this::

    host    program -> input ... -------------------------> marker
    child             started -> output ... -> ended -------------> finished (with unread input)

A Ctrl-C is SIGINT for MicroPython, sent only between "started" and "ended". It may strike just
after the program and cost the driver the byte that it reads then. So after a SIGINT the host first
sends a ping, which may be damaged; the driver tells "ended" once more when it has the ping or the
SIGINT, and the marker that follows is safe. CPython gets a mark within its input instead of a
signal, which works on Windows too.
"""

from __future__ import annotations

import atexit
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from enum import Enum, auto
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from iot_device.errors import ConnectError
from iot_device.simulator.messages import (
    TOKEN_SIZE,
    DriverMessage,
    MessageReader,
    VmDied,
    VmOutput,
)
from iot_device.transports.base import MAX_READ

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.simulator.flash_image import PowerCut
    from iot_device.simulator.messages import VmMessage

__all__ = ["MAX_WAITING_INPUT", "VirtualMachine", "VmImage", "VmSettings"]

MAX_WAITING_INPUT = 256 * 1024  # bytes that wait for the child to read them
_JOIN_TIMEOUT = 2.0  # seconds; a program that the board's program started may keep the pipe
_LONGEST_COMPILE = 5.0  # seconds; the driver's own work takes a hundredth
_LONGEST_LOCK = 0.4  # seconds; the session's interrupts are half a second apart
_DRIVER_MEMORY = 192  # KB, more than the driver takes; what it does not need, it keeps occupied
_SIGINT_INTERVAL = 0.1  # seconds; nearer ones are one interrupt, as on a board


@dataclass(frozen=True)
class VmImage:
    """A flash image as the virtual machine uses it.

    Attributes:
        name: Name of the file in the folder where the machine starts.
        kind: ``lfs2`` or ``fat``.
        block_size: Bytes of one block.
        power_cut: When the power fails; ``None``: never.
    """

    name: str
    kind: str
    block_size: int
    power_cut: PowerCut | None


@dataclass(frozen=True)
class VmSettings:
    """How a virtual machine is started.

    Attributes:
        flash: Folder in which it starts; without an image it is the board's ``/``.
        micropython: Path of the program; ``None`` for CPython.
        heap: KB of memory for programs in MicroPython; ``None`` for its default.
        uid: What ``machine.unique_id()`` returns.
        image: What is the board's ``/`` instead of the folder.
    """

    flash: Path
    micropython: str | None
    heap: int | None
    uid: bytes
    image: VmImage | None = None


class _State(Enum):
    IDLE = auto()
    SUBMITTED = auto()
    RUNNING = auto()
    ENDING = auto()
    CLOSED = auto()


class VirtualMachine:
    """One life of a board's Python, from a reset to the next.

    Args:
        settings: How it is started.
        clock_offset: Seconds by which the board's clock is ahead of the host's.
        deliver: Takes the messages, in a thread of its own; it may wait, then the child waits.
    """

    def __init__(
        self, settings: VmSettings, clock_offset: int, deliver: Callable[[VmMessage], None]
    ) -> None:
        self._settings = settings
        self._clock_offset = clock_offset
        self._deliver = deliver
        self._token = secrets.token_bytes(TOKEN_SIZE)
        self._state = _State.IDLE
        self._state_since = time.monotonic()
        self._interrupt_waits = False
        self._last_sigint: float | None = None  # in this run
        self._ping_is_out = False
        self._changed = threading.Condition()
        self._outgoing: list[bytes] = []
        self._resources = ExitStack()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the child; its first message tells that it is ready.

        Raises:
            ConnectError: It cannot be started.
        """
        folder = resources.files("iot_device.simulator") / "_vm_code"
        drivers = self._resources.enter_context(resources.as_file(folder))
        try:
            self._process = subprocess.Popen(  # noqa: S603  (the user names the program)
                self._command(drivers),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,  # boards have one place to write to
                bufsize=0,
                cwd=self._settings.flash,
                # The terminal's Ctrl-C is for the host's programs only.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        except OSError as error:
            self._resources.close()
            raise ConnectError(
                f"the virtual machine cannot be started: {error}", port=str(self._settings.flash)
            ) from error
        atexit.register(self.close)
        self._send_settings()
        for work in (self._write_loop, self._read_loop):
            thread = threading.Thread(target=work, daemon=True, name=f"simulator-{work.__name__}")
            self._threads.append(thread)
            thread.start()

    def _command(self, drivers: Path) -> list[str]:
        if self._settings.micropython is None:
            # Without the user's site and environment: nothing of the host's reaches the board.
            return [sys.executable, "-I", "-S", "-u", str(drivers / "cpython_driver.py")]
        heap = self._settings.heap
        limit = [] if heap is None else ["-X", f"heapsize={2 * heap + _DRIVER_MEMORY}k"]
        return [self._settings.micropython, *limit, str(drivers / "micropython_driver.py")]

    def _send_settings(self) -> None:
        settings = {
            "token": self._token.hex(),
            "uid": self._settings.uid.hex(),
            "clock_offset": self._clock_offset,
            "heap": self._settings.heap,
            "leash": self._leash(),
            "image": None if self._settings.image is None else asdict(self._settings.image),
        }
        self._send_frame(b"c", json.dumps(settings).encode())

    def _leash(self) -> str | None:
        """Return a terminal for MicroPython to take, which ends it when this process is killed.

        A program that computes reads no pipe and would compute for ever. The first process of a
        session gets SIGHUP from Linux when its terminal closes.
        """
        if self._settings.micropython is None or sys.platform == "win32":
            return None
        master, slave = os.openpty()
        for descriptor in (master, slave):
            self._resources.callback(os.close, descriptor)
        return os.ttyname(slave)

    # What the board asks for.

    def run(self, kind: bytes, payload: bytes) -> None:
        """Run a program: ``x`` a source, ``s`` a line whose values are shown, ``b`` a file."""
        with self._changed:
            self._change_state(_State.SUBMITTED)
            self._interrupt_waits = False
            self._last_sigint = None
            self._send_frame(kind, payload)

    def send_input(self, data: bytes) -> None:
        """Add to the standard input of the running program."""
        with self._changed:
            if self._state in (_State.SUBMITTED, _State.RUNNING):
                self._send(data)

    @property
    def is_busy(self) -> bool:
        """Whether a program was given and has not finished."""
        with self._changed:
            return self._state in (_State.SUBMITTED, _State.RUNNING, _State.ENDING)

    @property
    def has_room(self) -> bool:
        """Whether more input can be taken now; the memory for it is bounded."""
        with self._changed:
            return sum(map(len, self._outgoing)) < MAX_WAITING_INPUT

    def interrupt(self) -> bool:
        """Raise ``KeyboardInterrupt`` in the running program; return whether there is one."""
        with self._changed:
            self._end_if_stuck()
            if self._state not in (_State.SUBMITTED, _State.RUNNING):
                return False
            if self._settings.micropython is None:
                self._send(self._token + b"i")
            elif self._state is _State.SUBMITTED:
                self._interrupt_waits = True
            else:
                self._send_sigint()
            return True

    def _end_if_stuck(self) -> None:
        """End a MicroPython that cannot go on: an earlier SIGINT struck while it held a lock.

        It takes them to allocate and to compile (``py/gc.c``, ``py/qstr.c``), and never returns
        them then. Linux shows what a process waits for.
        """
        now = time.monotonic()
        is_at_work = self._state in (_State.SUBMITTED, _State.ENDING)
        if is_at_work and now - self._state_since > _LONGEST_COMPILE:
            self._process.kill()
        quiet_since = max(self._state_since, self._last_sigint or 0.0)
        is_busy = is_at_work or self._last_sigint is not None
        if is_busy and now - quiet_since > _LONGEST_LOCK and self._waits_for_lock():
            self._process.kill()

    def _waits_for_lock(self) -> bool:
        if self._settings.micropython is not None:
            with suppress(OSError):
                return "futex" in Path(f"/proc/{self._process.pid}/wchan").read_text()
        return False

    def _send_sigint(self) -> None:
        now = time.monotonic()
        if self._last_sigint is None or now - self._last_sigint >= _SIGINT_INTERVAL:
            self._last_sigint = now
            self._process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """End it at once, like a power cut; a second call does nothing."""
        with self._changed:
            if self._state is _State.CLOSED:
                return
            self._state = _State.CLOSED
            self._changed.notify_all()
        atexit.unregister(self.close)
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join(_JOIN_TIMEOUT)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._resources.close()

    # To the child.

    def _send_frame(self, kind: bytes, payload: bytes) -> None:
        self._send(kind + len(payload).to_bytes(4, "big") + payload)

    def _send(self, data: bytes) -> None:
        with self._changed:
            self._outgoing.append(data)
            self._changed.notify_all()

    def _write_loop(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101  (it is a pipe, see start)
        with suppress(OSError):
            while (data := self._next_outgoing()) is not None:
                view = memoryview(data)
                while view:
                    view = view[stdin.write(view) :]
                with self._changed:
                    self._outgoing.pop(0)

    def _next_outgoing(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._outgoing or self._state is _State.CLOSED)
            return None if self._state is _State.CLOSED else self._outgoing[0]

    # From the child.

    def _read_loop(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101  (it is a pipe, see start)
        reader = MessageReader(self._token)
        with suppress(OSError, ValueError):
            while data := stdout.read(MAX_READ):
                for item in reader.feed(data, more_waits=len(data) == MAX_READ):
                    self._take(item)
        if self._state is not _State.CLOSED:
            self._process.kill()
            self._deliver(VmDied(self._process.wait()))

    def _take(self, item: bytes | DriverMessage) -> None:
        if isinstance(item, bytes):
            self._deliver(VmOutput(item))
        elif item.kind == b"s":
            self._program_started()
        elif item.kind == b"e":
            self._program_ended()
        else:
            if item.kind == b"f":
                self._change_state(_State.IDLE)
            self._deliver(item.decode())

    def _program_started(self) -> None:
        self._change_state(_State.RUNNING)
        with self._changed:
            if self._interrupt_waits:
                self._send_sigint()

    def _program_ended(self) -> None:
        """Answer with the marker, after a SIGINT with a ping first; see above."""
        with self._changed:
            if self._state in (_State.SUBMITTED, _State.RUNNING):
                self._change_state(_State.ENDING)
                self._ping_is_out = self._last_sigint is not None
                self._send(self._token + (b"p" if self._ping_is_out else b"m"))
            elif self._state is _State.ENDING and self._ping_is_out:
                self._ping_is_out = False
                self._send(self._token + b"m")

    def _change_state(self, state: _State) -> None:
        with self._changed:
            if self._state is not _State.CLOSED:
                self._state = state
                self._state_since = time.monotonic()
