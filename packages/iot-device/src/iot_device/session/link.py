"""The loop that joins the raw REPL's machine to a transport. Nothing else reads or writes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from iot_device.errors import BoardTimeoutError, RemoteProtocolError
from iot_device.protocol.events import Noise
from iot_device.protocol.raw_repl import RawRepl, State
from iot_device.session.cancellation import raise_if_cancelled
from iot_device.session.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device.protocol.events import ClientEvent
    from iot_device.session.deadline import Clock
    from iot_device.transports.base import Transport

__all__ = ["PIECE_LARGE", "PIECE_SMALL", "Link"]

# The raw REPL has no flow control for plain programs: so many bytes at a time, and a pause in
# which the board can read them. A board that knows raw paste has an input ring of 256 bytes or a
# link that waits; the BBC micro:bit's ring holds 64.
PLAIN_PAUSE: Final = 0.01  # seconds
PIECE_UNKNOWN: Final = 64  # bytes, to a board of which nothing is known yet
PIECE_SMALL: Final = 32  # bytes, to a board without raw paste
PIECE_LARGE: Final = 255  # bytes, to a board with raw paste

# A board that gets Ctrl-C faster than it can answer may lose its file system while it boots
# (rp2 before 1.20, micropython#10833).
INTERRUPT_INTERVAL: Final = 0.5  # seconds

KEPT: Final = 4096  # bytes of what came last, to tell people what the board was doing


class Link:
    """One transport, one machine, and what the loop must remember."""

    def __init__(self, transport: Transport, clock: Clock = time.monotonic) -> None:
        self.transport = transport
        self.clock = clock
        self.machine: RawRepl = RawRepl()
        self.recent: bytes = b""
        self.plain_piece: int = PIECE_UNKNOWN
        self._unsent = b""
        self._interrupt_wanted = False
        self._next_interrupt = Deadline(0.0, clock)

    def deadline(self, timeout: float | None) -> Deadline:
        """Return a deadline on this link's clock."""
        return Deadline(timeout, self.clock)

    def request_interrupt(self) -> None:
        """Have the loop send Ctrl-C as soon as that is allowed; any thread or signal handler."""
        self._interrupt_wanted = True
        self.transport.wake()

    def forget_interrupt(self) -> None:
        """Drop a request that came too late: the program has ended."""
        self._interrupt_wanted = False

    def step(self, deadline: Deadline) -> list[ClientEvent]:
        """Write what there is, read once, and return what it meant.

        Returns an empty list if nothing happened until the deadline, or after a wake.

        Raises:
            ConnectionLostError: The pipe ended.
            RemoteProtocolError: The board broke the protocol.
            KeyboardInterrupt: Another thread cancelled this one's work.
        """
        raise_if_cancelled(self.transport)
        self._interrupt_if_due()
        pause = self._write(deadline)
        data = self.transport.read(deadline.within(pause).remaining)
        if data:
            self.recent = (self.recent + data)[-KEPT:]
            self.machine.receive_data(data)
        return list(self._events())

    def wait_for(self, kind: type[ClientEvent], deadline: Deadline) -> bool:
        """Step until an event of this kind comes; false if the deadline comes first."""
        while not deadline.expired:
            if any(isinstance(event, kind) for event in self.step(deadline)):
                return True
        return False

    def listen(self, quiet: float, deadline: Deadline) -> bytes:
        """Return what the board says until it is quiet for ``quiet`` seconds, or the deadline."""
        heard = b""
        while not deadline.expired:
            events = self.step(deadline.within(quiet))
            if not events:
                break
            heard += b"".join(event.data for event in events if isinstance(event, Noise))
            heard = heard[-KEPT:]
        return heard

    @property
    def has_unsent(self) -> bool:
        """Whether bytes wait until the transport takes them."""
        return bool(self._unsent)

    def discard_unsent(self) -> None:
        """Forget what is not written yet."""
        self._unsent = b""

    def timed_out(self, waiting_for: str, hint: str | None = None) -> BoardTimeoutError:
        """Return the error for a deadline that came first."""
        return BoardTimeoutError(
            f"no answer in time from {self.transport.url}: waiting for {waiting_for}",
            waiting_for=waiting_for,
            received=self.recent,
            hint=hint,
        )

    def lost_bytes(self) -> RemoteProtocolError:
        """Return the error for programs that arrived damaged again and again."""
        return RemoteProtocolError(
            "bytes for the board are lost on the way, again and again",
            state=self.machine.state.name,
            received=self.recent,
            hint="try a lower baud rate, a shorter cable, or less load on this computer",
        )

    def _events(self) -> Iterator[ClientEvent]:
        while (event := self.machine.next_event()) is not None:
            yield event

    def _interrupt_if_due(self) -> None:
        if self._interrupt_wanted and self._next_interrupt.expired:
            self._interrupt_wanted = False
            self._next_interrupt = self.deadline(INTERRUPT_INTERVAL)
            self.machine.interrupt()

    def _write(self, deadline: Deadline) -> float | None:
        """Write; return after how many seconds there is more to do, if that is known."""
        plain = self.machine.state is State.SUBMITTED
        if not self._unsent:
            piece = PIECE_SMALL if self.machine.raw_paste_refused else self.plain_piece
            self._unsent = self.machine.data_to_send(piece if plain else None)
        if self._unsent:
            # Never wait long in a write: a board that prints does not read, and must be read from.
            patience = deadline.within(PLAIN_PAUSE).remaining
            written = self.transport.write(self._unsent, patience)
            self._unsent = self._unsent[written:]
            if plain:
                return PLAIN_PAUSE
            # The write has waited already; a read that waits too would halve the rate.
            return 0.0 if self._unsent else None
        return self._next_interrupt.remaining if self._interrupt_wanted else None
