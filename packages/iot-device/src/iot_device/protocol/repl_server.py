r"""The board's side of the REPL: a state machine without I/O and without a clock.

``receive_data`` takes the host's bytes; ``data_to_send`` hands out what goes to the host;
``next_event`` tells the driver of the virtual machine what to do; the driver answers through
``program_output`` and ``program_finished``. While a program runs, the host's bytes are its
standard input; what it leaves unread comes back and is typed at the prompt, as on a board, where
both read the same buffer.

Sources: ``shared/runtime/pyexec.c`` (the REPLs, raw paste), ``shared/readline/readline.c`` and
``ports/rp2/main.c`` (soft reset) of MicroPython; all of it is held against recorded transcripts.
"""

from __future__ import annotations

import re
from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING

from iot_device.errors import LocalProtocolError
from iot_device.protocol import control
from iot_device.protocol.control import CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E
from iot_device.protocol.events import InterruptProgram, ProgramInput, RunSource, SoftReset
from iot_device.protocol.line_editor import LineEditor
from iot_device.protocol.raw_paste_reader import RawPasteReader
from iot_device.protocol.repl_continue import needs_more
from iot_device.protocol.repl_profile import CURRENT
from iot_device.protocol.source_buffer import SourceBuffer

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from iot_device.protocol.events import ServerEvent
    from iot_device.protocol.repl_profile import ReplProfile

__all__ = ["MAX_LINE", "MAX_SOURCE", "ReplServer", "State"]

MAX_SOURCE = 1 << 20  # bytes of a program
MAX_LINE = 1 << 16  # bytes typed at the friendly prompt, all lines of a compound statement

_HELP_LINE = b'Type "help()" for more information.\r\n'
_RAW_CONTROL = re.compile(b"[\x01-\x04]")
_PASTE_CONTROL = re.compile(b"[\x03\x04\r]")


class State(Enum):
    """What the board does with the next byte from the host."""

    FIRST_LINE = auto()
    """Friendly REPL: it is typed at the first prompt."""
    NEXT_LINE = auto()
    """Friendly REPL: it belongs to a further line of a compound statement."""
    PASTE_MODE = auto()
    """Friendly REPL, paste mode: it belongs to a program."""
    RAW = auto()
    """Raw REPL: it belongs to a program, or to the request for raw paste."""
    RAW_PASTE = auto()
    """Raw paste: it belongs to a program."""
    RUNNING = auto()
    """A program runs: it is standard input."""
    BOOTING = auto()
    """``boot.py`` or ``main.py`` runs: it is standard input."""


class ReplServer:
    """Plays one board's REPL. It begins as a board that boots: ``start`` ends that.

    Args:
        banner: Name, version and machine, as in the first line of the friendly REPL.
        profile: The firmware to play.
        source_is_broken: Tells whether a program can never compile, given its first lines; it is
            asked in raw paste, at line ends, so that a broken program ends the paste early as the
            firmware's compiler does. It must be true for nothing that compiles: the lines so far
            are then run to get the traceback. ``None`` asks nobody.
        max_source: Bytes of the longest program.
        max_line: Bytes of the longest input at the friendly prompt.
    """

    def __init__(
        self,
        *,
        banner: str,
        profile: ReplProfile = CURRENT,
        source_is_broken: Callable[[bytes], bool] | None = None,
        max_source: int = MAX_SOURCE,
        max_line: int = MAX_LINE,
    ) -> None:
        self.profile = profile
        self.state: State = State.BOOTING
        self._banner = banner.encode() + b"\r\n" + _HELP_LINE
        self._is_raw = False
        self._outgoing = bytearray()
        self._events: deque[ServerEvent] = deque()
        self._interrupt_character = CTRL_C
        self._input_since_interrupt: int | None = None  # bytes; None before the first interrupt
        self._source = SourceBuffer(max_source)
        self._paste = RawPasteReader(
            profile.window or 1, self._source, source_is_broken, self._outgoing.extend
        )
        self._editor = LineEditor(
            self._outgoing.extend, limit=max_line, line_feed_is_enter=profile.line_feed_is_enter
        )
        self._max_line = max_line
        self._handlers: dict[State, Callable[[bytes, int], int]] = {
            State.FIRST_LINE: self._in_first_line,
            State.NEXT_LINE: self._in_next_line,
            State.PASTE_MODE: self._in_paste_mode,
            State.RAW: self._in_raw,
            State.RAW_PASTE: self._in_raw_paste,
            State.RUNNING: self._in_program,
            State.BOOTING: self._in_program,
        }

    # The wire.

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the host."""
        self._process(data)

    def data_to_send(self) -> bytes:
        """Return the bytes for the host since the last call."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        self._paste.credit_was_sent()
        return data

    def next_event(self) -> ServerEvent | None:
        """Return the next thing that the virtual machine shall do, ``None`` if there is none."""
        return self._events.popleft() if self._events else None

    @property
    def is_running(self) -> bool:
        """Whether a program runs, ``boot.py`` and ``main.py`` included."""
        return self.state in (State.RUNNING, State.BOOTING)

    @property
    def window_overruns(self) -> int:
        """Bytes that the host sent in raw paste beyond what the window allowed."""
        return self._paste.overruns

    # The driver of the virtual machine.

    def start(self, *, unread_input: bytes = b"") -> None:
        """Show the banner and the friendly prompt: the boot after power-on, or a hard reset, ended.

        Args:
            unread_input: What ``boot.py`` and ``main.py`` left of their input.
        """
        self._is_raw = False
        self._editor.forget()
        self.state = State.BOOTING
        self.program_finished(unread_input=unread_input)

    def program_output(self, data: bytes) -> None:
        """Send what a program wrote, as it is; between runs too (timers and threads write)."""
        self._outgoing += data

    def program_finished(
        self, traceback: bytes = b"", *, system_exit: bool = False, unread_input: bytes = b""
    ) -> None:
        """Go on after a program, or after the boot that a soft reset asked for.

        Args:
            traceback: The traceback as it goes on the wire; empty if nothing was raised.
            system_exit: Whether ``SystemExit`` ended the program.
            unread_input: What the program left of the input that it was given.

        Raises:
            LocalProtocolError: No program runs.
        """
        if not self.is_running:
            raise LocalProtocolError("no program runs that could end", state=self.state.name)
        left = self._input_left(unread_input)
        self._end_run(traceback, resets=system_exit and self.profile.system_exit_resets)
        self._process(left)

    def set_interrupt_character(self, value: int) -> None:
        """Change which byte interrupts, as ``micropython.kbd_intr`` does; 3 again at the next run.

        Args:
            value: The byte, or -1 for none.
        """
        self._interrupt_character = bytes([value]) if value >= 0 else b""

    # Input, by state. Each handler takes the bytes from ``position`` and returns how far it got.

    def _process(self, data: bytes) -> None:
        position = 0
        while position < len(data):
            position = self._handlers[self.state](data, position)

    def _in_first_line(self, data: bytes, position: int) -> int:
        match self._editor.process(data[position : position + 1]):
            case None:
                pass
            case control.CTRL_A:
                self._change_repl(raw=True)
            case control.CTRL_B:
                self._change_repl(raw=False)
            case control.CTRL_C:
                self._send(b"\r\n")
                self._show_prompt()
            case control.CTRL_D:
                self._send(b"\r\n")
                self._soft_reset()
            case control.CTRL_E:
                self._enter_paste_mode()
            case _:
                self._line_ended()
        return position + 1

    def _in_next_line(self, data: bytes, position: int) -> int:
        # Ctrl-A, B and E in an empty line do what Enter does, without its echo (pyexec.c).
        match self._editor.process(data[position : position + 1]):
            case None:
                pass
            case control.CTRL_C:
                self._send(b"\r\n")
                self._show_prompt()
            case control.CTRL_D:
                self._run(self._editor.text, "single")
            case _:
                self._line_ended()
        return position + 1

    def _line_ended(self) -> None:
        if self._editor.is_full:
            self._send(self._memory_error(self._max_line))
            self._show_prompt()
        elif not self._editor.text:
            self._show_prompt()
        elif needs_more(self._editor.text):
            self.state = State.NEXT_LINE
            self._editor.begin_next_line(control.SECOND_PROMPT)
        else:
            self._run(self._editor.text, "single")

    def _in_paste_mode(self, data: bytes, position: int) -> int:
        found = _PASTE_CONTROL.search(data, position)
        text = data[position : found.start() if found else len(data)]
        self._source.add(text)
        self._send(text)
        if found is None:
            return len(data)
        self._send(b"\r\n")
        if found[0] == CTRL_C:
            self._show_prompt()
        elif found[0] == CTRL_D:
            self._run_collected()
        else:
            self._source.add(b"\r")
            self._send(control.PASTE_MODE_PROMPT)
        return found.end()

    def _in_raw(self, data: bytes, position: int) -> int:
        found = _RAW_CONTROL.search(data, position)
        self._source.add(data[position : found.start() if found else len(data)])
        if found is None:
            return len(data)
        if found[0] == CTRL_A:
            self._raw_begin_again()
        elif found[0] == CTRL_B:
            self._change_repl(raw=False)
        elif found[0] == CTRL_C:
            self._source.clear()
        else:
            self._raw_submit()
        return found.end()

    def _in_raw_paste(self, data: bytes, position: int) -> int:
        position = self._paste.read(data, position)
        if self._paste.ended_by == CTRL_C:
            self._end_run(b"KeyboardInterrupt: " + self.profile.line_end)
        elif self._paste.ended_by:
            self._run_collected()
        return position

    def _in_program(self, data: bytes, position: int) -> int:
        listens = self.profile.listens_while_running and self._interrupt_character
        found = data.find(self._interrupt_character, position) if listens else -1
        end = len(data) if found < 0 else found
        if end > position:
            self._events.append(ProgramInput(data[position:end]))
        if self._input_since_interrupt is not None:
            self._input_since_interrupt += end - position
        if found < 0:
            return end
        self._interrupt()
        return end + 1

    def _interrupt(self) -> None:
        """Ask for a ``KeyboardInterrupt``; one that waits to be taken is enough, as on a board."""
        if self.profile.interrupt_clears_input:
            self._input_since_interrupt = 0
            self._take_input_events()
        if InterruptProgram() not in self._events:
            self._events.append(InterruptProgram())

    def _take_input_events(self) -> bytes:
        """Take back the input that the driver did not fetch."""
        waiting = [event.data for event in self._events if isinstance(event, ProgramInput)]
        others = [event for event in self._events if not isinstance(event, ProgramInput)]
        self._events = deque(others)
        return b"".join(waiting)

    def _input_left(self, unread: bytes) -> bytes:
        """Return what of the input is left when a program ends, and forget its events.

        What came before an interrupt is gone if the interrupt clears the input, whether the
        program was given it or not.
        """
        left = unread + self._take_input_events()
        self._events.clear()
        if self._input_since_interrupt is None:
            return left
        return left[max(0, len(left) - self._input_since_interrupt) :]

    # What the board does.

    def _send(self, data: bytes) -> None:
        self._outgoing += data

    def _show_banner(self) -> None:
        self._send(control.RAW_REPL_BANNER if self._is_raw else self._banner)
        self._show_prompt()

    def _show_prompt(self) -> None:
        if self._is_raw:
            self.state = State.RAW
            self._source.clear()
            self._send(control.RAW_PROMPT)
        else:
            self.state = State.FIRST_LINE
            self._editor.begin(control.PROMPT)

    def _change_repl(self, *, raw: bool) -> None:
        self._is_raw = raw
        self._send(b"\r\n")
        self._show_banner()

    def _enter_paste_mode(self) -> None:
        self.state = State.PASTE_MODE
        self._source.clear()
        self._send(control.PASTE_MODE_BANNER + control.PASTE_MODE_PROMPT)

    def _raw_begin_again(self) -> None:
        """Answer Ctrl-A in the raw REPL: the request for raw paste, or begin again."""
        request = bytes(self._source) + CTRL_A
        if self.profile.window is None or len(request) != 3 or not request.startswith(CTRL_E):
            self._show_banner()
        elif request == control.RAW_PASTE_REQUEST:
            self.state = State.RAW_PASTE
            self._paste.begin()
        else:
            self._send(control.RAW_PASTE_KNOWN)
            self._show_prompt()

    def _raw_submit(self) -> None:
        self._send(b"OK")
        if self._source.is_empty:
            self._send(b"\r\n")
            self._soft_reset()
        else:
            self._run_collected()

    def _run_collected(self) -> None:
        if self._source.is_too_long:
            self._end_run(self._memory_error(self._source.limit))
        else:
            self._run(bytes(self._source), "exec")

    def _run(self, source: bytes, kind: Literal["exec", "single"]) -> None:
        self._begin_run(State.RUNNING)
        self._events.append(RunSource(source, kind))

    def _soft_reset(self) -> None:
        self._send(self.profile.soft_reboot)
        self._editor.forget()
        self._begin_run(State.BOOTING)
        self._events.append(SoftReset(run_main=not self._is_raw))

    def _begin_run(self, state: State) -> None:
        self.state = state
        self._interrupt_character = CTRL_C
        self._input_since_interrupt = None

    def _end_run(self, traceback: bytes, *, resets: bool = False) -> None:
        is_boot = self.state is State.BOOTING
        marks_ends = self._is_raw and not is_boot
        self._send(CTRL_D + traceback + CTRL_D if marks_ends else traceback)
        if resets:
            self._soft_reset()
        elif is_boot:
            self._show_banner()
        else:
            self._show_prompt()

    def _memory_error(self, size: int) -> bytes:
        text = b"MemoryError: memory allocation failed, allocating %d bytes" % (size + 1)
        return text + self.profile.line_end
