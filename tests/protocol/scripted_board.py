"""A board for replaying transcripts: the REPL server, and a virtual machine that plays scripts.

A script is a generator. It yields bytes to write them, ``INTERRUPT`` to wait for one, ``LINE`` to
read a line of input; it ends by returning, or by raising ``Raised`` or ``Exited``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from iot_device.protocol.events import InterruptProgram, ProgramInput, RunSource, SoftReset

if TYPE_CHECKING:
    from iot_device.protocol.events import ServerEvent
    from iot_device.protocol.repl_server import ReplServer

INTERRUPT = object()
LINE = object()

Script: TypeAlias = Generator[object, bytes, None]
Scripts: TypeAlias = Callable[[RunSource | SoftReset], Script]
"""Finds the script of a program or of a boot."""


class Raised(Exception):  # noqa: N818  (it is the program's exception, not ours)
    """The program raised; the argument is its traceback."""


class Exited(Exception):  # noqa: N818  (it is the program's exit)
    """The program raised ``SystemExit``."""


@dataclass
class ScriptedBoard:
    """Joins server and scripts. The virtual machine acts when ``act`` is called, not before."""

    server: ReplServer
    scripts: Scripts
    _events: deque[ServerEvent] = field(default_factory=deque)
    _script: Script | None = None
    _waits_for: object = None
    _input: bytearray = field(default_factory=bytearray)
    _line: bytearray = field(default_factory=bytearray)

    def receive(self, data: bytes) -> None:
        """Pass bytes to the server and take its events."""
        self.server.receive_data(data)
        self._take_events()

    def _take_events(self) -> None:
        while (event := self.server.next_event()) is not None:
            self._events.append(event)

    def act(self) -> bytes:
        """Let the virtual machine act on all that happened; return what the host gets."""
        while self._events:
            self._handle(self._events.popleft())
            self._take_events()
        return self.server.data_to_send()

    def _handle(self, event: ServerEvent) -> None:
        match event:
            case RunSource() | SoftReset():
                assert self._script is None, "a program starts while another runs"
                self._script = self.scripts(event)
                self._input.clear()
                self._step(b"")
            case InterruptProgram():
                if self._waits_for is INTERRUPT:
                    self._step(b"")
            case ProgramInput(data):
                self._input += data
        if self._waits_for is LINE:
            self._read_line()

    def _step(self, value: bytes) -> None:
        """Run the script until it waits or ends."""
        assert self._script is not None
        self._waits_for = None
        try:
            wish = next(self._script) if not value else self._script.send(value)
            while isinstance(wish, bytes):
                self.server.program_output(wish)
                wish = next(self._script)
            self._waits_for = wish
        except StopIteration:
            self._finish()
        except Raised as error:
            self._finish(error.args[0])
        except Exited:
            self._finish(system_exit=True)

    def _finish(self, traceback: bytes = b"", *, system_exit: bool = False) -> None:
        self._script = None
        # What happened meanwhile happened to this program: nobody waits for it any more.
        waiting = [event.data for event in self._events if isinstance(event, ProgramInput)]
        self._events.clear()
        self.server.program_finished(
            traceback, system_exit=system_exit, unread_input=bytes(self._input) + b"".join(waiting)
        )

    def _read_line(self) -> None:
        """Play ``input()``: echo, the end of the line by the rules of the firmware, Ctrl-D."""
        enters = b"\r\n" if self.server.profile.line_feed_is_enter else b"\r"
        while self._input and self._waits_for is LINE:
            byte = bytes([self._input.pop(0)])
            if byte in enters or byte == b"\x04":
                self.server.program_output(b"\r\n" if byte in enters else b"")
                line = bytes(self._line)
                self._line.clear()
                self._step(line or byte)
            elif byte >= b" ":
                self._line += byte
                self.server.program_output(byte)
