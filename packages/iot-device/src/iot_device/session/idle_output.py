"""What a board writes while nothing of ours runs: its timers, interrupts and threads do that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iot_device.protocol.raw_repl import State
from iot_device.session.link import KEPT

if TYPE_CHECKING:
    from iot_device.session.link import Link

__all__ = ["IdleOutput"]

_MOST_TIME: Final = 0.1  # seconds; a board that is never quiet must not keep the next program


class IdleOutput:
    """Keeps it, at most the last ``KEPT`` bytes, until somebody takes it.

    Read before the next program is sent, it also cannot stand in the way of the board's answers.

    Args:
        link: The way to the board.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._kept = b""

    def collect(self) -> None:
        """Read what has arrived at the idle raw REPL; wait for nothing.

        Raises:
            ConnectionLostError: The pipe ended.
        """
        if self._link.machine.state is State.READY:
            heard = self._link.listen(0.0, self._link.deadline(_MOST_TIME))
            self._kept = (self._kept + heard)[-KEPT:]

    def take(self) -> bytes:
        """Return and forget it."""
        taken, self._kept = self._kept, b""
        return taken
