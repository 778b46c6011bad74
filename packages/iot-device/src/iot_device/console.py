"""The board's bytes as they are, for a terminal or a monitor: no REPL is entered.

A console sends nothing of its own, and it outlives its connection: after a reset or a replug it
waits until the port is back.
"""

from __future__ import annotations

import codecs
import re
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self

from iot_device.connecting import transport_of
from iot_device.errors import BoardTimeoutError, ConnectError, ConnectionLostError
from iot_device.session.deadline import Deadline
from iot_device.sharing import WAIT, lose, open_again
from iot_device.targets import FoundBoard, find_board
from iot_device.transports.url import parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from iot_device.transports.base import Transport

__all__ = ["Console", "LineFinder", "open_console", "with_kept_lines"]

INTERVAL: Final = 0.1  # seconds between two tries to connect again
# A server that hangs up on us at once (busy, for instance) is asked less often.
LONG_INTERVAL: Final = 1.0  # seconds, where the last connection did not last as long

QUIET: Final = 0.1  # seconds of silence after which an unfinished line is looked at
MAX_LINE: Final = 65536  # characters of an unfinished line that are kept
KEPT: Final = 200  # bytes of what came last, for the error


def open_console(
    target: str | FoundBoard | Transport | None = None,
    *,
    keep_lines: bool = False,
    wait: float = WAIT,
    on_change: Callable[[ConnectionLostError | None], object] | None = None,
) -> Console:
    """Open a console of a board; the program that runs there is not disturbed.

    Args:
        target: As for ``open_device``.
        keep_lines: Leave DTR and RTS of a serial port alone, unless the URL says something
            about them (see ``SerialTransport`` for what the operating system does with them).
        wait: Seconds to wait for a board that another program uses.
        on_change: Called with the error when the connection is lost, with ``None`` when it is
            there again.

    Raises:
        InvalidTargetError: The target makes no sense.
        ConnectError: It cannot be opened; the subclass tells why.
    """
    if target is None or isinstance(target, str):
        target = find_board(target, asks="to find")
    if isinstance(target, FoundBoard):
        transport = transport_of(
            with_kept_lines(target.url) if keep_lines else target.url, wait=wait
        )
    else:
        transport = target
    console = Console(transport, on_change=on_change)
    console.open()
    return console


class Console:
    """A pipe to a board that connects again by itself. Making one does nothing.

    Args:
        transport: The byte pipe to the board.
        on_change: Called with the error when the connection is lost, with ``None`` when it is
            there again; by ``read``, in its thread.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        on_change: Callable[[ConnectionLostError | None], object] | None = None,
    ) -> None:
        self._transport = transport
        self._on_change = on_change
        self._woken = threading.Event()
        self._is_lost = False
        self._opened_at = 0.0

    def __repr__(self) -> str:
        return f"<Console {self.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The URL of the board, without secrets."""
        return self._transport.url

    def open(self) -> None:
        """Connect.

        Raises:
            ConnectError: It cannot be opened.
        """
        self._transport.open()
        self._has_opened()

    def _has_opened(self) -> None:
        self._is_lost = False
        self._opened_at = time.monotonic()

    def close(self) -> None:
        """Close the pipe; the board is told nothing. A second call does nothing."""
        self._transport.close()

    def read(self, timeout: float | None) -> bytes:
        """Return what the board sent.

        Returns ``b""`` if nothing came in time, and earlier after ``wake`` and whenever the
        connection was lost, was tried again, or is back: call it in a loop.

        Args:
            timeout: Seconds; 0 returns at once, ``None`` waits for ever.
        """
        if self._is_lost:
            self._try_again(Deadline(timeout))
            return b""
        try:
            return self._transport.read(timeout)
        except ConnectionLostError as error:
            lose(self._transport)
            self._is_lost = True
            self._tell(error)
            return b""

    def write(self, data: bytes, timeout: float | None) -> int:
        """Send bytes; return how many were taken. While the connection is lost, all are dropped.

        Args:
            data: Bytes to send.
            timeout: Seconds to wait until at least one byte can be taken; ``None`` waits for ever.
        """
        if self._is_lost:
            return len(data)
        try:
            return self._transport.write(data, timeout)
        except ConnectionLostError:
            return len(data)  # ``read`` returns what came before the end, and then sees it

    def wake(self) -> None:
        """Make a ``read`` that waits return soon; from any thread."""
        self._woken.set()
        self._transport.wake()

    def watch(
        self, *, until: str | re.Pattern[str] | None = None, timeout: float | None = None
    ) -> Iterator[bytes]:
        """Give what the board sends, piece by piece as it comes; send nothing.

        It ends after the piece in which a line matches ``until``, or without ``until`` when the
        time is over.

        Args:
            until: A regular expression that is searched in each line. A line that the board does
                not end is looked at when nothing more came for a moment.
            timeout: Seconds; ``None`` for ever.

        Raises:
            BoardTimeoutError: No line matched in time.
        """
        deadline = Deadline(timeout)
        finder = None if until is None else LineFinder(re.compile(until))
        recent = b""
        while not deadline.expired:
            quiet = QUIET if finder is not None and finder.has_unsearched else None
            data = self.read(deadline.within(quiet).remaining)
            if data:
                recent = (recent + data)[-KEPT:]
                yield data
            if finder is not None and finder.feed(data):
                return
        if finder is not None:
            raise BoardTimeoutError(
                f"no line from {self.url} matched in time",
                waiting_for=f"a line that matches {finder.pattern.pattern!r}",
                received=recent,
            )

    def _try_again(self, deadline: Deadline) -> None:
        lasted = time.monotonic() - self._opened_at
        pause = INTERVAL if lasted > LONG_INTERVAL else LONG_INTERVAL
        woken = self._woken.wait(deadline.within(pause).remaining)
        self._woken.clear()
        if woken:
            return
        try:
            open_again(self._transport, 0.0)
        except (ConnectError, ConnectionLostError):
            return
        self._has_opened()
        self._tell(None)

    def _tell(self, error: ConnectionLostError | None) -> None:
        if self._on_change is not None:
            self._on_change(error)


class LineFinder:
    """Searches the lines of a stream of bytes that comes in pieces, in bounded memory.

    Args:
        pattern: What is searched in each line, without its end. Of a line longer than 64 K
            characters at least the last 32 K are looked at together.
    """

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.has_unsearched: bool = False
        """Whether there is an unfinished line that was not searched as it is now."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""

    def feed(self, data: bytes) -> bool:
        """Take the next piece, or ``b""`` if the board is quiet; tell whether a line matches."""
        if not data:
            self.has_unsearched = False
            return self._matches(self._line)
        *lines, self._line = (self._line + self._decoder.decode(data)).split("\n")
        if len(self._line) > MAX_LINE:
            lines.append(self._line)
            self._line = self._line[-MAX_LINE // 2 :]
        self.has_unsearched = bool(self._line)
        return any(map(self._matches, lines))

    def _matches(self, line: str) -> bool:
        return self.pattern.search(line.removesuffix("\r")) is not None


def with_kept_lines(target: str) -> str:
    """Return the URL of a board whose DTR and RTS are left alone, where it has such lines."""
    url = parse_url(target)
    if url.scheme not in ("serial", "rfc2217"):
        return target
    return str(replace(url, options={"dtr": "keep", "rts": "keep", **url.options}))
