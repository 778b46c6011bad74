"""The receiver of a stream: what ``_frames`` does on the board, for tests of the protocol."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from iot_device.protocol.transfer.frames import (
    CHECKS,
    GRANT,
    HEADER_SIZE,
    MARK,
    NUMBERS,
    Check,
    unescape,
)

if TYPE_CHECKING:
    from iot_device.protocol.transfer.sender import Pace

__all__ = ["Receiver"]


class Receiver:
    """Takes frames and answers, as the board does.

    Args:
        pace: How the sender sends.
        check: How a frame is checked.

    Attributes:
        data: What is stored.
        answers: What the board yields: frames stored, ``(frames,)`` after a loss, ``(frames,
            number)`` to a question.
        grants: Marks that it wrote.
        is_done: Whether the end came.
    """

    def __init__(self, pace: Pace, check: Check = "crc32") -> None:
        self.data: bytearray = bytearray()
        self.answers: list[object] = [0]
        self.grants: bytes = b""
        self.is_done: bool = False
        self._pace = pace
        self._check = CHECKS[check]
        self._frames = 0
        self._waiting = bytearray()
        self._frame = bytearray()
        self._wanted = 0  # bytes of header and payload; 0 outside of a frame
        self._piece = 0
        self._is_lost = False

    def receive_data(self, data: bytes) -> None:
        """Take bytes of the sender; what comes after the end is left for the REPL."""
        self._waiting += data
        while not self.is_done and (self._in_frame() if self._wanted else self._find_mark()):
            pass

    def _find_mark(self) -> bool:
        _, mark, rest = bytes(self._waiting).partition(MARK)
        self._waiting[:] = rest.lstrip(MARK)
        if mark and self._waiting:
            self._frame.clear()
            self._wanted = self._piece = HEADER_SIZE
            return True
        self._waiting[:] = mark
        return False

    def _in_frame(self) -> bool:
        """Take one piece; the board cannot look at less."""
        if len(self._waiting) < self._piece:
            return False
        piece = bytes(self._waiting[: self._piece])
        del self._waiting[: self._piece]
        if MARK in piece:
            self._lost()
            self._waiting[:0] = MARK
            return True
        self._frame += piece
        if len(self._frame) == HEADER_SIZE:
            self._take_header()
        else:
            self._take_piece(piece)
        return True

    def _take_header(self) -> None:
        try:
            length = int(self._frame[3:7], 16)
        except ValueError:
            length = -1
        if 0 <= length <= self._pace.frame_size:
            self._wanted += length
            self._next_piece()
        else:
            self._lost()

    def _take_piece(self, piece: bytes) -> None:
        if self._pace.window is not None and len(piece) == self._pace.piece:
            self.grants += GRANT
        self._next_piece()

    def _next_piece(self) -> None:
        self._piece = min(self._pace.piece, self._wanted - len(self._frame))
        if not self._piece:
            self._wanted = 0
            self._take_frame(bytes(self._frame))

    def _take_frame(self, frame: bytes) -> None:
        head, check, payload = frame[:7], frame[7:HEADER_SIZE], frame[HEADER_SIZE:]
        if b"%08x" % self._check(head + payload) != check:
            self._lost()
            return
        self._is_lost = False
        if head[:1] == b"Q":
            self.answers.append((self._frames, int(head[1:3], 16)))
        elif int(head[1:3], 16) == self._frames % NUMBERS:
            self._store(head[:1], unescape(payload))

    def _store(self, kind: bytes, data: bytes) -> None:
        if kind == b"E":
            self.is_done = True
            return
        self.data += zlib.decompress(data, -15) if kind == b"Z" else data
        self._frames += 1
        self.answers.append(self._frames)

    def _lost(self) -> None:
        self._wanted = 0
        if not self._is_lost:
            self.answers.append((self._frames,))
        self._is_lost = True  # one answer for all that is lost together
