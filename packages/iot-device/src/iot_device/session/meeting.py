"""Meeting the board after its port was opened: is it the same, is it as we left it?

Opening some ports resets the board: DTR and RTS are wired to its reset, by a capacitor or by two
transistors. A device that gives its port away would then lose the variables each time. So when a
board was reset while its port was free, opening is tried once more; if that is the cause, settings
of the two lines are tried that may prevent it, and what was found is remembered.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from iot_device.errors import (
    BoardTimeoutError,
    ConnectError,
    IotError,
    PortNotFoundError,
    ProtocolError,
)
from iot_device.registry import Registry
from iot_device.session.acquaintance import Acquaintance
from iot_device.sharing import SharedTransport
from iot_device.sharing.events import PortEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.protocol.events import Finished
    from iot_device.session.presence import Presence
    from iot_device.transports.base import Transport

__all__ = ["Meeting"]

_Run: TypeAlias = "Callable[[bytes, str], Finished]"

# On: no edge when the port is opened again, because they stay up. Off: for boards that are reset by
# a level. Keep: the operating system's way.
LINES: Final = ("on", "off", "keep")


class Meeting:
    """Compares the board with what is known of it, each time that its port was opened.

    Args:
        transport: The way to the board; without ``uids`` only a shared one is asked.
        uids: The unique ids that the board may have; empty: any.
        turns: Gives the port away, or keeps it.
        run: Runs a program that writes a token at its end, the second argument.
        reconnect: Closes and opens the port and enters the raw REPL.
        leave: Leaves the board at its friendly prompt.

    Attributes:
        board: What is known of the board.
        on_event: Called with what the person should know.
        on_met: Called when the board was met, before anything else is done with it.
    """

    def __init__(
        self,
        transport: Transport,
        uids: frozenset[str],
        turns: Presence,
        run: _Run,
        reconnect: Callable[[], None],
        leave: Callable[[], None],
    ) -> None:
        self.board: Acquaintance = Acquaintance()
        self.on_event: Callable[[PortEvent], None] = lambda _: None
        self.on_met: Callable[[], object] = lambda: None
        self._transport = transport
        self._uids = uids
        self._turns = turns
        self._run = run
        self._reconnect = reconnect
        self._leave = leave

    @property
    def is_due(self) -> bool:
        """Whether the port was opened since the last meeting."""
        return not self.board.is_current

    @property
    def must_hold(self) -> bool:
        """Whether the board is known to be reset by opening its port."""
        shared = isinstance(self._transport, SharedTransport) and self._transport
        return bool(shared and self.board.uid and shared.must_stay_open(self.board.uid))

    def meet(self, implementation: str, *, was_lost: bool) -> None:
        """Learn who the board is; if it is another one than before, leave it alone.

        Args:
            implementation: ``micropython`` or ``circuitpython``.
            was_lost: Whether the link had been lost; else the port had been given away.

        Raises:
            PortNotFoundError: It is another board.
            PortBusyError: Another process uses it by another port.
        """
        if self._uids or isinstance(self._transport, SharedTransport):
            self._ask(implementation, was_lost=was_lost)
        self.board.is_current = True
        self.on_met()

    def _ask(self, implementation: str, *, was_lost: bool) -> None:
        url = self._transport.url
        shared = self._transport if isinstance(self._transport, SharedTransport) else None
        try:
            was_reset = self._recognise(shared, implementation)
        except ConnectError:
            with suppress(IotError):
                self._leave()
            self._turns.lose()
            raise
        if was_reset:
            when = "its link was lost" if was_lost else "its port was free"
            self._tell("reset", f"{url} was reset while {when}: its variables are gone")
        if not self._turns.gives_way or shared is None:
            return
        if self.must_hold:
            self._hold(url)
        elif was_reset and not was_lost:
            self._look_for_lines(shared, implementation)

    def _recognise(self, shared: SharedTransport | None, implementation: str) -> bool:
        """Compare the board with the one before, and lock it; tell whether it was reset."""
        url = self._transport.url
        was_reset = self.board.meet(self._run, implementation, url)
        if self.board.uid:
            self._note_seen(shared, self.board.uid, url)
        self._check_uid(url)
        if self.board.uid and shared:
            shared.identified(self.board.uid, self.board.mark)
        return was_reset

    def _note_seen(self, shared: SharedTransport | None, uid: str, url: str) -> None:
        if shared:
            shared.seen(uid)
        else:  # a board in this process: only those that the person registered are listed
            Registry().saw_again(uid, url)

    def _check_uid(self, url: str) -> None:
        if not self._uids or self.board.uid in self._uids:
            return
        uid, wanted = self.board.uid or "(none)", " or ".join(sorted(self._uids))
        raise PortNotFoundError(
            f"at {url} is the board with the uid {uid}, not {wanted}",
            port=url,
            available=[url],
            hint="try again: it is looked for elsewhere then; 'iot devices' lists what is known",
        )

    def _look_for_lines(self, shared: SharedTransport, implementation: str) -> None:
        """Find out whether it is the opening that resets the board, and what prevents it."""
        url = shared.url
        lines = self._find_lines(shared, implementation)
        if lines is None:
            return
        shared.remember_lines(self.board.uid, lines)
        if not lines:
            self._hold(url)
            return
        self._tell(
            "lines",
            f"opening the port of {url} resets the board; "
            f"from now on it is opened with dtr={lines} and rts={lines}, which prevents that",
        )

    def _hold(self, url: str) -> None:
        self._turns.hold()
        self._tell(
            "held",
            f"opening the port of {url} resets the board, so the port is kept from now on",
        )

    def _find_lines(self, shared: SharedTransport, implementation: str) -> str | None:
        """Return what to do with the lines; empty if nothing helps, ``None`` if nothing must."""

        def is_reset_by_opening() -> bool:
            self._reconnect()
            return self._recognise(shared, implementation)

        if not is_reset_by_opening():
            return None
        for lines in LINES if shared.lines_are_free else ():
            self._use_lines(shared, lines)
            with suppress(BoardTimeoutError, ProtocolError, ConnectError):
                is_reset_by_opening()  # the setting before may do it once more
                if not is_reset_by_opening():
                    return lines
            self._use_lines(shared, "")
        is_reset_by_opening()
        return ""

    def _use_lines(self, shared: SharedTransport, lines: str) -> None:
        with suppress(BoardTimeoutError, ProtocolError):
            self._leave()
        shared.use_lines(lines)

    def _tell(self, kind: Literal["reset", "held", "lines"], message: str) -> None:
        self.on_event(PortEvent(kind, message))
