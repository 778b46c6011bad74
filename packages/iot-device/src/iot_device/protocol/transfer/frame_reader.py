"""The receiver of a download: the host's side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device.protocol.transfer.frames import CHECKS, HEADER_SIZE, MARK, NUMBERS, unescape

if TYPE_CHECKING:
    from iot_device.protocol.transfer.frames import Check

__all__ = ["FrameReader"]


class FrameReader:
    """Takes frames out of what a board writes.

    Args:
        check: How a frame is checked.

    Attributes:
        blocks: The bytes of the frames that came since somebody emptied this list.
        is_damaged: Whether a frame was lost or changed on the way; nothing more is taken then.
    """

    def __init__(self, check: Check = "crc32") -> None:
        self.blocks: list[bytes] = []
        self.is_damaged: bool = False
        self._check = CHECKS[check]
        self._frames = 0
        self._waiting = bytearray()

    def receive_data(self, data: bytes) -> bytes:
        """Take what the board wrote; return what belongs to no frame."""
        self._waiting += data
        outside = b""
        while not self.is_damaged:
            start = self._waiting.find(MARK)
            end = len(self._waiting) if start < 0 else start
            outside += self._waiting[:end]
            del self._waiting[:end]
            if not self._take_frame():
                break
        return outside

    def _take_frame(self) -> bool:
        """Take the frame that the waiting bytes begin with, if all of it is there."""
        begin = len(MARK) + HEADER_SIZE
        if len(self._waiting) < begin:
            return False
        head = bytes(self._waiting[len(MARK) : begin])
        try:
            number, length = int(head[1:3], 16), int(head[3:7], 16)
            check = int(head[7:], 16)
        except ValueError:
            self.is_damaged = True
            return False
        if len(self._waiting) < begin + length:
            return False
        payload = bytes(self._waiting[begin : begin + length])
        del self._waiting[: begin + length]
        if number != self._frames % NUMBERS or self._check(head[:7] + payload) != check:
            self.is_damaged = True
            return False
        self._frames += 1
        self.blocks.append(unescape(payload))
        return True
