"""Sending bytes into the file that is open on the board, where there is no stream: in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iot_device.errors import ExecutionError, ExecutionInterrupted, VerificationError
from iot_device.filesystem.encoding import encoded
from iot_device.filesystem.reading import SMALLEST_PIECE

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.filesystem.calls import BoardCalls
    from iot_device.filesystem.encoding import Encoded

__all__ = ["send_pieces"]

_LARGEST_PIECE: Final = 4096  # bytes
_PIECE_OF_A_SMALL_BOARD: Final = 256  # bytes; such a board does not tell its memory
_SHARE: Final = 16  # of free memory; source, tree, literal and bytes are there at once
# And of what a piece is in a program: zeros are five times as long. Without raw paste a program
# that has no room is no error: the micro:bit's firmware ends in a loop, before its "OK".
_SHARE_AS_SOURCE: Final = 10


def send_pieces(
    calls: BoardCalls,
    path: str,
    data: bytes,
    free: int,
    on_stored: Callable[[int], object],
    *,
    start: int,
) -> None:
    """Send bytes into the open file, each piece by a call of its own.

    When memory does not suffice, pieces are no longer compressed, and then get smaller.

    Args:
        calls: Runs board code.
        path: The file, for messages.
        data: What the file gets.
        free: Bytes of memory that are free on the board; 0 if unknown.
        on_stored: Told how many bytes are stored.
        start: Bytes that are stored already.

    Raises:
        BoardOSError: The board refused.
        ExecutionError: It has too little memory for the smallest piece.
        VerificationError: It has stored another number of bytes than was sent.
    """
    offset, size, deflate = start, _piece_size(free), True
    while offset < len(data):
        piece = data[offset : offset + size]
        sent = encoded(piece, calls.features, deflate=deflate)
        if free and sent.length * _SHARE_AS_SOURCE > free and size > SMALLEST_PIECE:
            size //= 2
            continue
        try:
            _send_piece(calls, path, sent, offset, offset + len(piece))
        except ExecutionError as error:
            size, deflate = _after_failure(error, sent, size, deflate=deflate)
        else:
            offset += len(piece)
            on_stored(offset)


def _send_piece(calls: BoardCalls, path: str, sent: Encoded, offset: int, end: int) -> None:
    arguments = sent.data, offset, sent.text, sent.window, end - offset
    stored = calls.value("files_piece", *arguments, path=path)
    if stored != end:
        raise VerificationError(
            f"{path}: bytes were lost on the way",
            path=path,
            expected=f"{end} bytes",
            actual=f"{stored} bytes",
        )


def _after_failure(
    error: ExecutionError, sent: Encoded, size: int, *, deflate: bool
) -> tuple[int, bool]:
    """Return the size of pieces from now on, and whether they are compressed."""
    if isinstance(error, ExecutionInterrupted):
        raise error
    if sent.window:
        return size, False
    if error.result.exception != "MemoryError" or size <= SMALLEST_PIECE:
        raise error
    return size // 2, deflate


def _piece_size(free: int) -> int:
    size = _LARGEST_PIECE if free else _PIECE_OF_A_SMALL_BOARD
    while size > SMALLEST_PIECE and free and size * _SHARE > free:
        size //= 2
    return size
