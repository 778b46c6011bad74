"""The sender of a stream: the host's side of an upload."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from iot_device.errors import RemoteProtocolError
from iot_device.protocol.transfer.frames import (
    HEADER_SIZE,
    MARK,
    NUMBERS,
    Check,
    Kind,
    encode_frame,
    escape,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Pace", "Sender"]

_HEADER: Final = len(MARK) + HEADER_SIZE
IN_FLIGHT: Final = 2  # frames, where the link waits: one is stored, one travels


@dataclass(frozen=True)
class Pace:
    """How much may be on its way.

    Attributes:
        block: Bytes of the file in one frame, at most.
        piece: Bytes that the board takes out of its input at a time.
        window: Bytes that the board's input ring holds, at least a header's 16 and a piece. Never
            more are on their way, and none while the board stores a frame. ``None``: the link
            waits when the board does not read, so ``IN_FLIGHT`` frames may be on their way.
    """

    block: int
    piece: int
    window: int | None

    @property
    def frame_size(self) -> int:
        """Bytes of the longest payload: a block, and room for what must be escaped in it."""
        return self.block + self.block // 8

    @property
    def window_bits(self) -> int:
        """Size of the window of deflate, as a power of 2: one block, within what zlib knows."""
        return min(15, max(9, (self.block - 1).bit_length()))


class Sender:
    """Sends bytes in frames, again where they got lost.

    Args:
        read: Returns bytes of the file: offset, number of bytes. Never more than that; fewer only
            at its end.
        size: Bytes of the file.
        pace: How much may be on its way.
        check: How the board checks a frame.
        deflate: Whether the board can inflate; it is used where a block gets smaller by it.

    Attributes:
        failures: How often frames had to be sent again.
    """

    def __init__(
        self,
        read: Callable[[int, int], bytes],
        size: int,
        pace: Pace,
        *,
        check: Check = "crc32",
        deflate: bool = False,
    ) -> None:
        self.pace = pace
        self.failures: int = 0
        self._read = read
        self._size = size
        self._check = check
        self._deflate = deflate
        self._starts = [0]  # where in the file each frame begins, and where the next one will
        self._stored = 0  # frames
        self._next = 0  # the frame that is sent next
        self._begun = False
        self._end_sent = False
        self._asking = False
        self._questions = 0
        self._unsent = b""
        self._credit: int | None = 0
        self._header = 0  # bytes of this frame's, until the first piece behind it is taken

    @property
    def stored(self) -> int:
        """Bytes of the file that the board says it has stored."""
        return self._starts[self._stored]

    @property
    def is_settled(self) -> bool:
        """Whether all is stored and nothing is on its way."""
        return self._end_sent and not self._asking and self.stored == self._size

    def granted(self, count: int) -> None:
        """The board has taken ``count`` more pieces out of its input."""
        if self._credit is not None and count:
            taken = count * self.pace.piece + self._header
            self._header = 0
            self._credit = min(self._credit + taken, self._window)

    def receive_answer(self, answer: object) -> None:
        """Take what the board's side yields: a number of frames, alone or in a tuple.

        Raises:
            RemoteProtocolError: It makes no sense, or so many were not sent.
        """
        match answer:
            case int(frames) if self._was_sent(frames):
                self._acknowledged(frames)
            case (int(frames),) if self._was_sent(frames):
                self._refused(frames)
            case (int(frames), int(question)) if self._was_sent(frames):
                self._replied(frames, question)
            case _:
                raise RemoteProtocolError(
                    f"after {len(self._starts) - 1} frames the board answers {answer!a}",
                    state="STREAMING",
                )

    def ask(self) -> bytes:
        """Return what makes a board answer that waits for lost bytes, or whose answer got lost.

        It fills what the board still waits for, and asks. Nothing else is sent until the answer.
        """
        self._asking = True
        self._questions += 1
        self._unsent = b""
        return MARK * self.pace.piece + encode_frame("Q", self._questions, check=self._check)

    def data_to_send(self) -> bytes:
        """Return the bytes that may be sent now, and forget them."""
        if self._asking or not self._begun:
            return b""
        while not self._end_sent and self._may_begin_frame():
            self._unsent += self._next_frame()
            self._header = _HEADER
        data = self._unsent if self._credit is None else self._unsent[: self._credit]
        self._unsent = self._unsent[len(data) :]
        if self._credit is not None:
            self._credit -= len(data)
        return data

    @property
    def _window(self) -> int:
        return self.pace.window or 0

    def _acknowledged(self, frames: int) -> None:
        """The board has stored so many frames in all; 0 says that it is ready."""
        if not self._begun or frames > self._stored:
            self._begun = True
            self._stored = frames
            self._renew_credit()

    def _refused(self, frames: int) -> None:
        """The board lost what came after so many frames: send that again.

        Not at once where bytes may be in the board's ring that this frame would join: then the
        board falls silent and is asked.
        """
        if not self._asking and not self._unsent:
            self._go_back(frames)

    def _replied(self, frames: int, question: int) -> None:
        """The board was asked; nothing is on its way."""
        if self._asking and question == self._questions % NUMBERS:
            self._asking = False
            self._begun = True
            self._go_back(frames)

    def _go_back(self, frames: int) -> None:
        self.failures += 1
        self._stored = max(frames, self._stored)
        self._next = self._stored
        self._end_sent = False
        self._renew_credit()

    def _renew_credit(self) -> None:
        self._credit = None if self.pace.window is None else self._window

    def _was_sent(self, frames: int) -> bool:
        return 0 <= frames < len(self._starts)

    def _may_begin_frame(self) -> bool:
        if self.pace.window is not None:
            return self._next == self._stored and not self._unsent
        return self._next - self._stored < IN_FLIGHT

    def _next_frame(self) -> bytes:
        start = self._starts[self._next]
        if start == self._size:
            self._end_sent = True
            return encode_frame("E", self._next, check=self._check)
        block = self.pace.block
        while True:
            data = self._read(start, min(block, self._size - start))
            packed = _deflated(data, self.pace.window_bits) if self._deflate else data
            payload = escape(packed)
            if len(payload) <= self.pace.frame_size:
                break
            block //= 2
        del self._starts[self._next + 1 :]
        self._starts.append(start + len(data))
        kind: Kind = "D" if packed is data else "Z"
        frame = encode_frame(kind, self._next, payload, self._check)
        self._next += 1
        return frame


def _deflated(data: bytes, window_bits: int) -> bytes:
    """Return the bytes compressed, if that pays."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -window_bits)
    packed = compressor.compress(data) + compressor.flush()
    return packed if len(packed) < len(data) * 15 // 16 else data
