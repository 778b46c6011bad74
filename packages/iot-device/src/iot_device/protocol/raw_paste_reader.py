r"""The board's side of raw paste: takes the pasted program and tells the host when to send more.

The host may have two windows on the way. Each time the board has read one window it sends
``\x01``, and the host may send one more (``mp_reader_stdin_readbyte`` in ``pyexec.c``). The
compiler reads as the bytes come; when it gives up early, the board sends ``\x04`` and throws away
what follows until the host ends the paste.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iot_device.protocol.control import CTRL_A, CTRL_D, RAW_PASTE_ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.protocol.source_buffer import SourceBuffer

__all__ = ["RawPasteReader"]

_END = re.compile(b"[\x03\x04]")


class RawPasteReader:
    """Reads one pasted program after the other into ``source``.

    Args:
        window: Bytes of one window.
        source: Takes the program.
        source_is_broken: Tells whether a program with these first lines can never compile.
        send: Takes the bytes that go to the host.

    Attributes:
        ended_by: The byte that ended the paste, Ctrl-C or Ctrl-D; empty before. A paste that the
            board gave up counts as ended by Ctrl-D, whichever came.
        overruns: Bytes beyond what the host was allowed to send, in all pastes.
    """

    def __init__(
        self,
        window: int,
        source: SourceBuffer,
        source_is_broken: Callable[[bytes], bool] | None,
        send: Callable[[bytes], object],
    ) -> None:
        self.ended_by: bytes = b""
        self.overruns: int = 0
        self._window = window
        self._source = source
        self._source_is_broken = source_is_broken
        self._send = send
        self._window_left = window
        self._credit = 0  # bytes that the host knows it may send
        self._credit_on_the_way = 0  # bytes granted, but nobody took the answer yet
        self._next_check = 0  # length of the source from which on it is looked at again
        self._is_given_up = False

    def begin(self) -> None:
        """Accept the request for raw paste."""
        self._source.clear()
        self._send(RAW_PASTE_ACCEPTED + self._window.to_bytes(2, "little") + CTRL_A)
        self.ended_by = b""
        self._window_left = self._window
        self._credit = 0
        self._credit_on_the_way = 2 * self._window
        self._next_check = 0
        self._is_given_up = False

    def credit_was_sent(self) -> None:
        """Note that the host has now all that was sent to it."""
        self._credit += self._credit_on_the_way
        self._credit_on_the_way = 0

    def read(self, data: bytes, position: int) -> int:
        """Read on from ``position``; return how far, which is at least one byte further."""
        found = _END.search(data, position)
        end = found.start() if found else len(data)
        if end == position:
            self._end(data[position : position + 1])
            return position + 1
        if self._is_given_up:
            self._count(end - position)
            return end
        return self._read_some(data, position, end)

    def _read_some(self, data: bytes, position: int, end: int) -> int:
        """Read to the end of the window or, if somebody looks at the source, of the line."""
        end = min(end, position + self._window_left)
        if self._source_is_broken is not None:
            line_end = data.find(b"\n", position, end)
            end = end if line_end < 0 else line_end + 1
        self._count(end - position)
        self._source.add(data[position:end])
        self._window_left -= end - position
        if self._window_left == 0:
            self._grant()
        if self._source.is_too_long or (data[end - 1] == ord("\n") and self._looks_broken()):
            self._is_given_up = True
            self._send(CTRL_D)
        return end

    def _end(self, byte: bytes) -> None:
        if self._is_given_up:
            self.ended_by = CTRL_D
        else:
            self.ended_by = byte
            self._send(CTRL_D)

    def _grant(self) -> None:
        self._send(CTRL_A)
        self._window_left = self._window
        self._credit_on_the_way += self._window

    def _count(self, size: int) -> None:
        """Book bytes from the host; those without credit are overruns."""
        self._credit -= size
        self.overruns += min(size, max(0, -self._credit))

    def _looks_broken(self) -> bool:
        """Ask at line ends, the rarer the longer the source: in all it costs a few compilations."""
        if self._source_is_broken is None or len(self._source) < self._next_check:
            return False
        self._next_check = len(self._source) * 9 // 8
        return self._source_is_broken(bytes(self._source))
