r"""Where does a run end? The one question that the raw REPL itself cannot answer.

A program's output is followed by ``\x04``, its traceback, and ``\x04>``; but output may contain
all of these. So the host appends a statement that writes a random token. Its coming proves that
the program got to its end; ``\x04`` bytes before it are output. A run that ends without it (a
source that does not compile, a reset) can only be assumed to have ended: ``looks_ended`` says so,
and the caller finds out by a probe (Ctrl-A, which only an idle raw REPL answers).
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from iot_device.protocol.control import CTRL_D, RAW_PROMPT, RAW_REPL_BANNER
from iot_device.protocol.events import Finished, Noise, Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.protocol.events import ClientEvent

__all__ = ["BANNER", "MAX_HELD", "RunEnd"]

MAX_HELD = 131072  # bytes that are held back at the most, and the longest traceback or trailer

# What firmware prints from 1.10 on, and what older firmware prints.
_RESTARTS = (b"MPY: soft reboot\r\n", b"soft reboot\r\n")
_END = re.compile(
    rb"\x04(?P<traceback>[^\x04]*)\x04"
    rb"(?:>|(?:MPY: )?soft reboot\r\n(?P<boot>(?s:.*?))raw REPL; CTRL-B to exit\r\n>)"
)
_PARTIAL_RESTARTS = b"|".join(
    re.escape(text[:size]) + (b"" if size == len(text) else rb"\Z")
    for text in _RESTARTS
    for size in range(1, len(text) + 1)
)
# The first end marker of what may become an end: the second has not come yet, or what has come
# behind it may be the prompt or a restart.
_POSSIBLE_END = re.compile(rb"\x04[^\x04]*(?:\Z|\x04(?:\Z|>|" + _PARTIAL_RESTARTS + rb"))")
# The friendly REPL after a reset; each Ctrl-C that comes late gives one more prompt.
BANNER = b'Type "help()" for more information.\r\n>>> '
_RESTARTED = re.compile(re.escape(BANNER) + rb"(?:\r\n>>> )*\Z")
_KEPT = 256  # bytes of the last output, to find it
_IDLE = RAW_REPL_BANNER + RAW_PROMPT


class Phase(Enum):
    """Where in the answer the next byte stands."""

    OUTPUT = auto()
    """The program's output."""
    HELD = auto()
    """Perhaps the end: bytes from an end marker on are held back until it is known."""
    TRAILER = auto()
    """Between the first token and the end marker."""
    TRACEBACK = auto()
    """Between the two end markers."""
    PROMPT = auto()
    """The prompt must follow."""
    DONE = auto()
    """The run has ended."""


class RunEnd:
    """Divides what the board sends after it accepted a program.

    Args:
        token: The random token that the program writes at its end; empty if there is none.
        max_trailer: Bytes of the trailer that are kept. Of a longer one more than so many bytes
            are handed out, so that nobody takes its beginning for the whole.
    """

    def __init__(self, token: bytes, max_trailer: int = MAX_HELD) -> None:
        self.phase: Phase = Phase.OUTPUT
        self.events: list[ClientEvent] = []
        self._token = token
        self._max_trailer = max_trailer
        self._buffer = bytearray()
        self._last = b""
        self._trailer = b""
        self._traceback = b""
        self._markers = [token] if token else []
        self._steps: dict[Phase, Callable[[], bool]] = {
            Phase.OUTPUT: self._step_output,
            Phase.HELD: self._step_output,
            Phase.TRAILER: self._step_trailer,
            Phase.TRACEBACK: self._step_traceback,
            Phase.PROMPT: self._step_prompt,
            Phase.DONE: lambda: False,
        }

    @property
    def looks_ended(self) -> bool:
        """Whether the run may have ended without proof; a probe tells."""
        if self.phase is Phase.HELD:
            return _END.search(self._buffer) is not None
        return self.phase is Phase.OUTPUT and _RESTARTED.search(self._last) is not None

    @property
    def surplus(self) -> bytes:
        """Bytes after the end."""
        return bytes(self._buffer) if self.phase is Phase.DONE else b""

    def probed(self) -> None:
        """From now on the raw REPL's banner means that the run has ended."""
        if _IDLE not in self._markers:
            self._markers.append(_IDLE)

    def receive(self, data: bytes) -> None:
        """Take what the board sent; what it means is appended to ``events``."""
        self._buffer += data
        while self._buffer and self._steps[self.phase]():
            pass

    def settle(self) -> None:
        """Accept the end that ``looks_ended`` reported."""
        ends = list(_END.finditer(self._buffer))
        if ends:
            self._finish_at(ends[-1])
        else:
            self._emit_output(len(self._buffer))
            self._finish(b"", proved=False, restarted=True)

    def refute(self) -> None:
        """It was not the end: what was held back is output."""
        self._emit_output(len(self._buffer))
        self.phase = Phase.OUTPUT

    def _find_marker(self) -> tuple[int, bytes]:
        found = [(self._buffer.find(marker), marker) for marker in self._markers]
        return min((item for item in found if item[0] >= 0), default=(-1, b""))

    def _step_output(self) -> bool:
        position, marker = self._find_marker()
        if position >= 0:
            self._pass_marker(position, marker)
            return True
        held = _POSSIBLE_END.search(self._buffer)
        if held is not None and len(self._buffer) - held.start() <= MAX_HELD:
            self._emit_output(held.start())
            self.phase = Phase.HELD
        else:
            self._emit_output(len(self._buffer) - self._partial_marker())
            self.phase = Phase.OUTPUT
        return False

    def _pass_marker(self, position: int, marker: bytes) -> None:
        if marker == _IDLE:
            self._pass_banner(position)
            return
        self._emit_output(position)
        del self._buffer[: len(marker)]
        self.phase = Phase.TRAILER

    def _pass_banner(self, position: int) -> None:
        surplus = self._buffer[position + len(_IDLE) :]
        del self._buffer[position:]
        self.settle()
        self._buffer += surplus

    def _step_trailer(self) -> bool:
        end = self._buffer.find(CTRL_D)
        if end < 0:
            last = len(self._buffer) - len(self._token)
            del self._buffer[self._max_trailer + 1 : max(self._max_trailer + 1, last)]
            return False
        # Without a second token there is no trailer; what follows is a timer's or thread's.
        self._trailer, _, noise = bytes(self._buffer[:end]).rpartition(self._token)
        if noise:
            self.events.append(Noise(noise))
        del self._buffer[: end + 1]
        self.phase = Phase.TRACEBACK
        return True

    def _step_traceback(self) -> bool:
        end = self._buffer.find(CTRL_D)
        if end < 0:
            if len(self._buffer) > MAX_HELD:
                del self._buffer[MAX_HELD // 2 : len(self._buffer) - MAX_HELD // 4]
            return False
        self._traceback = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self.phase = Phase.PROMPT
        return True

    def _step_prompt(self) -> bool:
        # A timer may write between the end marker and the prompt.
        noise, prompt, rest = bytes(self._buffer).partition(RAW_PROMPT)
        if noise:
            self.events.append(Noise(noise))
        self._buffer[:] = rest
        if prompt:
            self._finish(self._traceback, proved=True)
        return False

    def _finish_at(self, end: re.Match[bytes]) -> None:
        start, stop, traceback, boot = end.start(), end.end(), end["traceback"], end["boot"]
        self._emit_output(start)
        rest = bytes(self._buffer[stop - start :])
        noise = (boot or b"") + rest
        # What looked like the end may have been output of a program that then reset the board.
        restarted = boot is not None or BANNER in rest
        self._finish(traceback, proved=False, restarted=restarted)
        if noise:
            self.events.append(Noise(noise))

    def _finish(self, traceback: bytes, *, proved: bool, restarted: bool = False) -> None:
        if not proved:
            self._buffer.clear()
        self.phase = Phase.DONE
        self.events.append(Finished(traceback, proved, self._trailer, restarted))

    def _emit_output(self, size: int) -> None:
        if size:
            data = bytes(self._buffer[:size])
            del self._buffer[:size]
            self._last = (self._last + data)[-_KEPT:]
            self.events.append(Output(data))

    def _partial_marker(self) -> int:
        """Length of the longest end of the buffer that may be the beginning of a marker."""
        return max((_partial(self._buffer, marker) for marker in self._markers), default=0)


def _partial(data: bytearray, marker: bytes) -> int:
    longest = min(len(data), len(marker) - 1)
    return next((size for size in range(longest, 0, -1) if data.endswith(marker[:size])), 0)
