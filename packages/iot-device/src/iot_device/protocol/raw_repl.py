r"""The raw REPL, as the host sees it: a state machine without I/O and without a clock.

Commands (``enter``, ``execute``, ...) change the state and queue bytes; ``data_to_send`` hands
them out; ``receive_data`` takes what the board sent; ``next_event`` tells what it meant. Nothing
else comes in and nothing else goes out, so a transcript is a test.

Sources of the protocol: ``shared/runtime/pyexec.c`` of MicroPython and
``docs/reference/repl.rst``, "raw REPL" and "raw paste mode".
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING

from iot_device.errors import LocalProtocolError, RemoteProtocolError
from iot_device.protocol import control
from iot_device.protocol.events import Accepted, Entered, Finished, Left, Noise, Rebooted
from iot_device.protocol.run_end import MAX_HELD, Phase, RunEnd

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.protocol.events import ClientEvent

__all__ = ["MAX_NOISE", "RawRepl", "State"]

MAX_NOISE = 262144  # bytes before a marker that must follow

_IDLE = control.RAW_REPL_BANNER + control.RAW_PROMPT
_STOPPED = b"KeyboardInterrupt: \r\n"  # as the board words it


class State(Enum):
    """What the machine knows of the board."""

    UNKNOWN = auto()
    """Nothing is known yet, or the friendly REPL is there."""
    ENTERING = auto()
    """Ctrl-A was sent; the raw REPL's banner must follow."""
    READY = auto()
    """The raw REPL waits for a program."""
    SUBMITTED = auto()
    """A plain program goes out; ``OK`` must follow."""
    NEGOTIATING = auto()
    """Raw paste was asked for."""
    WINDOW = auto()
    """Raw paste was accepted; two bytes with the size of the window follow."""
    PASTING = auto()
    """A program goes out in raw paste."""
    PASTED = auto()
    """The whole program is sent; the board must confirm."""
    RUNNING = auto()
    """The program runs."""
    LEAVING = auto()
    """Ctrl-B was sent; the friendly prompt must follow."""
    RESTARTING = auto()
    """Ctrl-D was sent at the friendly prompt; the line ``soft reboot`` must follow."""
    FAILED = auto()
    """The board broke the rules; this machine is of no more use."""


class RawRepl:
    """Drives one board's raw REPL. A new machine knows nothing of the board."""

    def __init__(self) -> None:
        self.state: State = State.UNKNOWN
        self.raw_paste_refused: bool = False
        self._buffer = bytearray()
        self._outgoing = bytearray()
        self._events: deque[ClientEvent] = deque()
        self._source = b""
        self._plain_unsent = 0
        self._window = 0
        self._credit = 0
        self._noise = 0
        self._stopping = False
        self._run_end = RunEnd(b"")
        self._handlers: dict[State, Callable[[], bool]] = {
            State.UNKNOWN: self._handle_noise,
            State.ENTERING: self._handle_entering,
            State.READY: self._handle_noise,
            State.SUBMITTED: self._handle_submitted,
            State.NEGOTIATING: self._handle_negotiating,
            State.WINDOW: self._handle_window,
            State.PASTING: self._handle_pasting,
            State.PASTED: self._handle_pasted,
            State.RUNNING: self._handle_running,
            State.LEAVING: self._handle_leaving,
            State.RESTARTING: self._handle_restarting,
            State.FAILED: self._handle_failed,
        }

    def __repr__(self) -> str:
        return f"<RawRepl {self.state.name}>"

    # Commands.

    def enter(self, *, interrupts: bool = False, clears_line: bool = True) -> None:
        """Go to the raw REPL, from wherever the board is.

        Args:
            interrupts: Whether Ctrl-C goes first, which stops what runs.
            clears_line: Whether a carriage return goes first: it ends a line that somebody began
                at the friendly prompt, or that a program reads.
        """
        self._require(State.UNKNOWN, State.ENTERING, State.READY, State.LEAVING)
        self._go(State.ENTERING)
        stop = b"\r" + control.CTRL_C if interrupts else b""
        self._outgoing += stop + b"\r" * clears_line + control.CTRL_A

    def give_up_entering(self) -> None:
        """Take ``enter`` back: when the board reads both, it stays at its friendly prompt."""
        self._require(State.ENTERING)
        self._go(State.UNKNOWN)
        self._outgoing += control.CTRL_B

    def execute(
        self,
        source: bytes,
        *,
        token: bytes = b"",
        raw_paste: bool = False,
        max_trailer: int = MAX_HELD,
    ) -> None:
        """Send a program and run it.

        Args:
            source: The program, free of control bytes (``iot_device.source.check_source``).
            token: What the program writes at its very end; empty if it does not.
            raw_paste: Ask for raw paste, with flow control. Where the board refuses, the program
                goes out plainly and ``raw_paste_refused`` is set. One firmware hangs for ever
                when it is asked (WebAssembly 1.27), so find out first, by a plain program, what
                the board is.
            max_trailer: Bytes of the trailer that are kept; see ``RunEnd``.
        """
        self._require(State.READY)
        self._source, self._stopping = source, False
        self._run_end = RunEnd(token, max_trailer)
        if raw_paste:
            self._go(State.NEGOTIATING)
            self._outgoing += control.RAW_PASTE_REQUEST
        else:
            self._submit_plainly()

    def interrupt(self) -> None:
        """Stop the program, in whatever state it is; nothing more of it is sent.

        If no byte of the program's end was sent yet, it never runs: ``Finished`` follows.
        """
        self._stopping = True
        if self.state in (State.NEGOTIATING, State.WINDOW):
            return  # Ctrl-C would be taken as part of the answer; it follows the window
        if self.state is State.SUBMITTED and self._plain_unsent:
            self._withdraw()
        elif self.state is State.PASTING or (self.state is State.PASTED and self._outgoing):
            self._stop_pasting()
        else:
            # Of what was not sent yet only other Ctrl-C remain: nobody will read the input.
            stops = self._outgoing.count(control.CTRL_C) + 1
            self._outgoing[:] = control.CTRL_C * stops

    def probe(self) -> None:
        """Ask whether the raw REPL is idle: only then it answers Ctrl-A, by its banner."""
        self._require(State.RUNNING)
        self._run_end.probed()
        self._outgoing += control.CTRL_A

    def send_input(self, data: bytes) -> None:
        """Give the running program input."""
        self._require(State.RUNNING)
        self._outgoing += data

    @property
    def looks_ended(self) -> bool:
        """Whether the run seems to have ended, without proof; a ``probe`` finds out."""
        return self.state is State.RUNNING and self._run_end.looks_ended

    def settle(self) -> None:
        """Accept the end that ``looks_ended`` reported."""
        self._require(State.RUNNING)
        self._run_end.settle()
        self._after_run()

    def refute(self) -> None:
        """The probe was not answered: the program still runs."""
        self._require(State.RUNNING)
        self._run_end.refute()
        self._after_run()

    def soft_reset(self) -> None:
        """Start the board's Python anew; ``boot.py`` runs, ``main.py`` does not."""
        self._require(State.READY)
        self._go(State.ENTERING)
        self._outgoing += control.CTRL_D

    def leave(self) -> None:
        """Go to the friendly REPL."""
        self._require(State.READY)
        self._go(State.LEAVING)
        self._outgoing += control.CTRL_B

    def restart(self) -> None:
        """At the friendly prompt: start the board's Python anew; ``boot.py``, ``main.py`` run."""
        self._require(State.UNKNOWN)
        self._go(State.RESTARTING)
        self._outgoing += control.CTRL_D

    # Bytes and events.

    def data_to_send(self, limit: int | None = None) -> bytes:
        """Return the next bytes for the board, at most ``limit``, and forget them."""
        data = bytes(self._outgoing[:limit])
        del self._outgoing[: len(data)]
        if self.state is State.SUBMITTED:
            self._plain_unsent = len(self._outgoing)
        return data

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the board.

        Raises:
            RemoteProtocolError: They break the protocol; the machine is of no more use.
        """
        self._buffer += data
        while self._buffer and self._handlers[self.state]():
            pass

    def next_event(self) -> ClientEvent | None:
        """Return the next thing that the board did, or ``None``."""
        return self._events.popleft() if self._events else None

    # What each state does with the buffer; true if there may be more to do.

    def _handle_noise(self) -> bool:
        self._drop_noise(len(self._buffer))
        return False

    def _handle_entering(self) -> bool:
        if not self._find(_IDLE, bounded=False):
            return False
        self._go(State.READY)
        self._events.append(Entered())
        return True

    def _handle_submitted(self) -> bool:
        if self._plain_unsent:
            return self._handle_noise()
        if not self._find(b"OK", bounded=True):
            return False
        self._accepted()
        return True

    def _handle_negotiating(self) -> bool:
        answers = (control.RAW_PASTE_ACCEPTED, control.RAW_PASTE_KNOWN + control.RAW_PROMPT, _IDLE)
        answer = self._find_first(answers)
        if answer is None:
            return False
        if answer == control.RAW_PASTE_ACCEPTED:
            self._go(State.WINDOW)
        else:
            self.raw_paste_refused = True
            self._paste_refused()
        return True

    def _handle_window(self) -> bool:
        if len(self._buffer) < 2:
            return False
        self._window = int.from_bytes(self._buffer[:2], "little")
        del self._buffer[:2]
        if not self._window:
            self._fail("a raw paste window of more than 0 bytes")
        self._credit = self._window
        self._go(State.PASTING)
        if self._stopping:
            self._stop_pasting()
        else:
            self._paste()
        return True

    def _handle_pasting(self) -> bool:
        byte = self._next_control_byte()
        if byte == control.CTRL_A:
            self._credit += self._window
            self._paste()
        elif byte == control.CTRL_D:
            # The board has seen enough, of a broken program for instance; it waits for our Ctrl-D.
            self._source = b""
            self._outgoing += control.CTRL_D
            self._accepted()
        return byte != b""

    def _handle_pasted(self) -> bool:
        byte = self._next_control_byte()
        if byte == control.CTRL_D:
            self._accepted()
        return byte != b""  # a late window is of no more use

    def _handle_running(self) -> bool:
        data = bytes(self._buffer)
        self._buffer.clear()
        self._run_end.receive(data)
        self._after_run()
        return self.state is not State.RUNNING

    def _handle_leaving(self) -> bool:
        if self._find(control.PROMPT, bounded=False):
            self._go(State.UNKNOWN)
            self._events.append(Left())
            return True
        return False

    def _handle_restarting(self) -> bool:
        if self._find(control.SOFT_REBOOT, bounded=False):
            self._go(State.UNKNOWN)
            self._events.append(Rebooted())
            return True
        return False

    def _handle_failed(self) -> bool:
        raise RemoteProtocolError("the board is out of step", state=self.state.name)

    # Helpers.

    def _require(self, *states: State) -> None:
        if self.state not in states:
            raise LocalProtocolError(
                f"not possible while the raw REPL is {self.state.name}", state=self.state.name
            )

    def _go(self, state: State) -> None:
        self.state = state
        self._noise = 0

    def _fail(self, expected: str) -> None:
        received = bytes(self._buffer)
        state, self.state = self.state, State.FAILED
        raise RemoteProtocolError(f"expected {expected}", state=state.name, received=received)

    def _submit_plainly(self) -> None:
        self._go(State.SUBMITTED)
        self._outgoing += self._source + control.CTRL_D
        self._plain_unsent = len(self._outgoing)
        self._source = b""

    def _paste_refused(self) -> None:
        if self._stopping:
            self._never_ran()
        else:
            self._submit_plainly()

    def _withdraw(self) -> None:
        del self._outgoing[-self._plain_unsent :]
        self._outgoing += control.CTRL_C  # the raw REPL forgets the line that was begun
        self._never_ran()

    def _never_ran(self) -> None:
        self._source, self._plain_unsent = b"", 0
        self._go(State.READY)
        self._events.append(Finished(_STOPPED, proved=True))

    def _paste(self) -> None:
        piece = self._source[: self._credit]
        self._source = self._source[len(piece) :]
        self._credit -= len(piece)
        self._outgoing += piece
        if not self._source and self._credit:
            self._outgoing += control.CTRL_D
            self._go(State.PASTED)

    def _stop_pasting(self) -> None:
        # pyexec.c: Ctrl-C in pasted code is KeyboardInterrupt; confirmation and traceback follow.
        self._source = b""
        self._outgoing[:] = control.CTRL_C
        self._go(State.PASTED)

    def _accepted(self) -> None:
        self._go(State.RUNNING)
        self._events.append(Accepted())

    def _after_run(self) -> None:
        self._events.extend(self._run_end.events)
        self._run_end.events.clear()
        if self.state is State.RUNNING and self._run_end.phase is Phase.DONE:
            self._buffer += self._run_end.surplus
            self._go(State.READY)

    def _drop_noise(self, size: int) -> None:
        if size:
            self._noise += size
            self._events.append(Noise(bytes(self._buffer[:size])))
            del self._buffer[:size]

    def _find(self, marker: bytes, *, bounded: bool) -> bool:
        position = self._buffer.find(marker)
        if position >= 0:
            self._drop_noise(position)
            del self._buffer[: len(marker)]
            return True
        self._drop_noise(max(0, len(self._buffer) - len(marker) + 1))
        if bounded and self._noise > MAX_NOISE:
            self._fail(repr(marker))
        return False

    def _find_first(self, markers: tuple[bytes, ...]) -> bytes | None:
        found = [(self._buffer.find(marker), marker) for marker in markers]
        position, first = min((item for item in found if item[0] >= 0), default=(-1, b""))
        if position >= 0:
            self._find(first, bounded=False)
            return first
        longest = max(markers, key=len)
        self._find(longest, bounded=True)
        return None

    def _next_control_byte(self) -> bytes:
        for position, byte in enumerate(self._buffer):
            if byte in b"\x01\x04":
                self._drop_noise(position)
                del self._buffer[:1]
                return bytes((byte,))
        self._drop_noise(len(self._buffer))
        if self._noise > MAX_NOISE:
            self._fail("a window or a confirmation")
        return b""
