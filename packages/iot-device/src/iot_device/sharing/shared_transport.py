"""A transport that keeps its board for one process at a time, and finds it at another port."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from iot_device.errors import PortBusyError
from iot_device.registry import Registry
from iot_device.sharing.board_lock import BoardLock, wait_until
from iot_device.sharing.finding import find_again
from iot_device.sharing.habits import Habit, habit_at, habit_of, remember
from iot_device.transports.url import transport_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from iot_device.discovery import BoardCandidate
    from iot_device.sharing.door import Door
    from iot_device.transports.base import Transport
    from iot_device.transports.url import TransportUrl

__all__ = ["IDLE_TIME", "WAIT", "SharedTransport", "lose", "open_again"]

WAIT: Final = 5.0  # seconds to wait for a board that is busy
IDLE_TIME: Final = 5.0  # seconds after which an idle board is given up unasked


class SharedTransport:
    """A port or address that other processes may want as well.

    ``open`` locks it, ``close`` frees it. At the second opening a board on USB is looked up by what
    was learnt at the first: its port may have another name, and another board the old one.

    Args:
        url: Where the board is.
        wait: Seconds to wait for a board that is busy.
        wrap: Puts something around each transport that is opened.
        attached: Lists what is attached.
    """

    def __init__(
        self,
        url: TransportUrl,
        *,
        wait: float = WAIT,
        wrap: Callable[[Transport], Transport],
        attached: Callable[[], Sequence[BoardCandidate]] | None = None,
    ) -> None:
        self.wait = wait
        self._place = url
        self._lines = ""
        self._wrap = wrap
        self._attached = attached or _serial_candidates
        self._inner = wrap(transport_for(url))
        self._known: BoardCandidate | None = None
        self._port_lock: BoardLock | None = None
        self._board_lock: BoardLock | None = None
        self._give_way: Callable[[], bool] | None = None
        self._idle_since: Callable[[], float] = time.monotonic
        self._door: Door | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url} {'held' if self.is_held else 'free'}>"

    @property
    def url(self) -> str:
        """The URL as the user would write it, without secrets."""
        return self._inner.url

    @property
    def location(self) -> str | None:
        """Where the board was plugged in when it was last opened; ``None`` if not on USB."""
        return None if self._known is None else self._known.location

    @property
    def is_held(self) -> bool:
        """Whether other processes are kept out."""
        return self._port_lock is not None

    @property
    def lines_are_free(self) -> bool:
        """Whether there are DTR and RTS lines about which the user said nothing."""
        given = {"dtr", "rts"} & set(self._place.options)
        return self._place.scheme in ("serial", "rfc2217") and (not given or bool(self._lines))

    def use_lines(self, lines: str) -> None:
        """Open with these lines from now on; the pipe is closed.

        Args:
            lines: ``on``, ``off`` or ``keep``, for DTR and RTS; empty for the usual way.
        """
        others = {
            name: value
            for name, value in self._place.options.items()
            if name not in ("dtr", "rts") or not self.lines_are_free
        }
        level: bool | str = "keep" if lines == "keep" else lines == "on"
        chosen = {"dtr": level, "rts": level} if lines else {}
        self._lines = lines
        self._move_to(replace(self._place, options={**others, **chosen}))

    def must_stay_open(self, uid: str) -> bool:
        """Whether this board is known to be reset by opening its port as we did."""
        habit = habit_of(uid)
        return habit is not None and not (habit.lines and habit.lines == self._lines)

    def remember_lines(self, uid: str, lines: str) -> None:
        """Remember what to do with the lines of this board; empty: nothing helps."""
        usb = self._known.serial_number if self._known is not None else None
        remember(uid, Habit(lines, usb or ""))

    def give_way_by(self, give_way: Callable[[], bool], idle_since: Callable[[], float]) -> None:
        """Give the port up when another process asks or after five idle seconds; from now on.

        Args:
            give_way: Calls ``close`` if there is no work; returns whether it did. Any thread.
            idle_since: Returns when work ended, by ``time.monotonic``; now if there is some.
        """
        self._give_way, self._idle_since = give_way, idle_since

    def open(self) -> None:
        """Lock the port and open it; wait if it is busy.

        Raises:
            PortBusyError: Another process or program has it, and gave it up for nobody.
            PortNotFoundError: The board is not attached any more.
            AmbiguousTargetError: Several boards could be it.
            ConnectError: The pipe cannot be opened for another reason.
        """
        self.open_within(self.wait)

    def open_within(self, wait: float) -> None:
        """Open as ``open`` does, with another patience.

        Args:
            wait: Seconds to wait if the port is busy.
        """
        end = time.monotonic() + wait
        was_held = self.is_held
        try:
            self._find()
            self._lock_port(end)
            self._open_inner(end)
        except BaseException:
            if not was_held:
                self.close()
            raise

    def lose(self) -> None:
        """Close the pipe, but let nobody in: the board is being reset and will be back."""
        self._inner.close()

    def close(self) -> None:
        """Close the pipe and let others in; a second call does nothing. Never raises."""
        self._inner.close()
        for lock in (self._board_lock, self._port_lock):
            if lock is not None:
                lock.release()
        self._board_lock = self._port_lock = None
        door, self._door = self._door, None
        if door is not None:
            door.close()

    def seen(self, uid: str) -> None:
        """Remember that a board answered here.

        Args:
            uid: Its unique id, as hex digits.
        """
        Registry().saw(uid, self.url, self._known)

    def identified(self, uid: str, life: str) -> None:
        """Lock the board itself, which may be reached at another port or address as well.

        Args:
            uid: The board's unique id, as hex digits.
            life: What tells this life of the board's Python from others: emulated boards of one
                kind have one uid.

        Raises:
            PortBusyError: Another process works with it, by another port.
        """
        lock = BoardLock(f"uid:{uid}:{life}", self.url)
        if self._board_lock is not None:
            if self._board_lock.name == lock.name:
                return
            self._board_lock.release()
        lock.acquire(self.wait, self._door)
        self._board_lock = lock

    def read(self, timeout: float | None) -> bytes:
        """Return what has arrived; see ``Transport.read``."""
        return self._inner.read(timeout)

    def write(self, data: bytes, timeout: float | None) -> int:
        """Send bytes; see ``Transport.write``."""
        return self._inner.write(data, timeout)

    def wake(self) -> None:
        """Make a ``read`` that waits return soon; from any thread."""
        self._inner.wake()

    def _find(self) -> None:
        """Look the board up, if it is one that can be told from others."""
        if self._known is None:
            self._learn()
            return
        found = find_again(self._known, self._attached())
        if found.port != self._known.port:
            self._move_to(replace(self._place, path=found.port))
        self._known = found

    def _move_to(self, place: TransportUrl) -> None:
        self._inner.close()
        self._place = place
        self._inner = self._wrap(transport_for(place))

    def _lock_port(self, end: float) -> None:
        lock = BoardLock(_lock_name(self._place), self.url)
        if self._port_lock is not None and self._port_lock.name == lock.name:
            return
        if self._door is None and self._give_way is not None:
            from iot_device.sharing.door import Door  # noqa: PLC0415  (start-up)

            self._door = Door(self._give_way, lambda: self._idle_since() + IDLE_TIME)
        lock.acquire(end - time.monotonic(), self._door)
        if self._port_lock is not None:
            self._port_lock.release()
        self._port_lock = lock

    def _open_inner(self, end: float) -> None:
        """Open; wait for programs that know nothing of our locks."""
        busy: PortBusyError | None = None

        def attempt() -> bool:
            nonlocal busy
            try:
                self._inner.open()
            except PortBusyError as error:
                busy = error
                return False
            return True

        if not wait_until(attempt, end) and busy is not None:
            raise busy

    def _learn(self) -> None:
        """Note what USB tells about the board before its port is opened for the first time."""
        if self._place.scheme != "serial":
            return
        here = os.path.realpath(self._place.path)
        fitting = (found for found in self._attached() if os.path.realpath(found.port) == here)
        self._known = next(fitting, None)
        habit = habit_at(self._known.serial_number) if self._known is not None else None
        if habit is not None and habit.lines and self.lines_are_free:
            self.use_lines(habit.lines)


def lose(transport: Transport) -> None:
    """Close a transport whose board will be back soon; keep others out, if it is a shared one."""
    if isinstance(transport, SharedTransport):
        transport.lose()
    else:
        transport.close()


def open_again(transport: Transport, wait: float) -> None:
    """Open a transport after ``lose``.

    Args:
        transport: The pipe to the board.
        wait: Seconds to wait for other programs, where it is shared with them.

    Raises:
        ConnectError: It cannot be opened.
    """
    if isinstance(transport, SharedTransport):
        transport.open_within(wait)
    else:
        transport.open()


def _serial_candidates() -> Sequence[BoardCandidate]:
    from iot_device.discovery import serial_candidates  # noqa: PLC0415  (start-up: loads pyserial)

    return serial_candidates()


def _lock_name(place: TransportUrl) -> str:
    """Return what all processes call a place, however they write it."""
    if place.scheme != "serial":
        host = "127.0.0.1" if place.host.lower() == "localhost" else place.host.lower()
        return f"tcp:{host}:{place.port}"
    if os.name == "nt":
        return place.path.upper().removeprefix("\\\\.\\")
    # macOS has two names for each port.
    return os.path.realpath(place.path).replace("/dev/tty.", "/dev/cu.")
