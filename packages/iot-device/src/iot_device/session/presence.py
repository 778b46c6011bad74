"""Whose turn it is, and whether the port is ours at this moment.

Between two pieces of work the port may be given to another process; after a lost link it is closed.
Both are made good at the next piece of work: the port is opened again, wherever the board is now.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from iot_device.errors import ConnectionLostError
from iot_device.session.reopen import reopen
from iot_device.sharing import WAIT, SharedTransport

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from iot_device.session.deadline import Clock, Deadline
    from iot_device.transports.base import Transport

__all__ = ["Presence"]

_State: TypeAlias = Literal["closed", "open", "given", "lost"]


class Presence:
    """The lock of a session, as a context manager around each piece of work; they may nest.

    Args:
        transport: The pipe to the board.
        leave: Leaves the board tidy before the port is given away; may raise what it likes.
        clock: Gives the time in seconds.
    """

    def __init__(self, transport: Transport, leave: Callable[[], None], clock: Clock) -> None:
        self._transport = transport
        self._leave = leave
        self._clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._idle_since = clock()
        self._state: _State = "closed"
        self._gives_way = False
        self._is_wanted = False
        self._may_return = False

    @property
    def holds_port(self) -> bool:
        """Whether the port is open."""
        return self._state == "open"

    @property
    def gives_way(self) -> bool:
        """Whether the port is given to others between two pieces of work."""
        return self._gives_way

    def __enter__(self) -> Self:
        self._lock.acquire()
        if not self._depth:
            self._may_return = True
        self._depth += 1
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        try:
            if isinstance(error, ConnectionLostError):
                self.lose()
            if self._depth == 1 and self._is_wanted:
                self._give()
        finally:
            self._depth -= 1
            self._idle_since = self._clock()
            self._lock.release()

    def open(self) -> None:
        """Open the port.

        Raises:
            ConnectError: It cannot be opened.
        """
        with self:
            self._transport.open()
            self._state = "open"

    def close(self) -> None:
        """Close the port for good."""
        self._transport.close()
        self._state = "closed"

    def share(self, *, gives_way: bool) -> None:
        """Say whether to give the port up when another process asks, and after idle seconds.

        That counts at once, if it was so when the port was opened, else from the next opening on.
        """
        self._is_wanted = self._is_wanted and gives_way
        self._gives_way = gives_way and isinstance(self._transport, SharedTransport)
        if gives_way and isinstance(self._transport, SharedTransport):
            self._transport.give_way_by(self._give_way, self._idle_since_when)

    def hold(self) -> None:
        """Give the port to nobody any more, but for ``release``."""
        self._gives_way = self._is_wanted = False

    def release(self) -> None:
        """Give the port up now, or at the end of the work of this thread."""
        with self._lock:
            self._is_wanted = True
            if not self._depth:
                self._give()

    def lose(self) -> None:
        """The link is gone: let others in, and look for the board at the next piece of work."""
        if self._state == "open":
            self._transport.close()
            self._state = "lost"
        self._may_return = False

    def require(self, deadline: Deadline) -> Literal["", "given", "lost"]:
        """Have the port open; tell why it was not.

        Raises:
            ConnectError: The board did not come back, or is busy.
            ConnectionLostError: It was lost in this piece of work; the next one may find it again.
        """
        before = self._state
        if before in ("open", "closed"):  # what is closed for good says so itself
            return ""
        if not self._may_return:
            url = self._transport.url
            raise ConnectionLostError(f"lost the connection to {url}", port=url)
        shared = self._transport if isinstance(self._transport, SharedTransport) else None
        self.come_back(deadline.within(WAIT if shared is None else shared.wait))
        return "given" if before == "given" else "lost"

    def come_back(self, deadline: Deadline) -> None:
        """Open the port again as soon as that is possible.

        Raises:
            ConnectError: It was not before the deadline.
        """
        try:
            reopen(self._transport, deadline)
        except BaseException:
            self._state = "lost" if self._state == "open" else self._state
            raise
        self._state = "open"
        self._is_wanted = False

    def _give_way(self) -> bool:
        """Give the port up if nobody works here, else at the end of the work; any thread."""
        if not self._gives_way:
            return False
        self._is_wanted = True
        if not self._lock.acquire(blocking=False):
            return False
        try:
            self._give()
        finally:
            self._lock.release()
        return True

    def _idle_since_when(self) -> float:
        return self._clock() if self._depth else self._idle_since

    def _give(self) -> None:
        self._is_wanted = False
        if self._state != "open":
            return
        with suppress(Exception):  # the link is gone or the board is: nothing to leave tidy
            self._leave()
        self._transport.close()
        self._state = "given"
