"""Replacing a large file of which little changed: only what is new travels.

The board puts the new file together, from the old one and what it gets, under the temporary name;
compares its digest; and renames it. As for every write, the old file or the new one is there.
"""

from __future__ import annotations

import binascii
import hashlib
from typing import TYPE_CHECKING, Any, Final

from iot_device.errors import ResultError
from iot_device.filesystem.blocks import Part, blocks_of, parts_of
from iot_device.filesystem.calls import TIMEOUT_WITH_SIGNS
from iot_device.filesystem.entries import WriteResult
from iot_device.filesystem.folders import absolute_path
from iot_device.filesystem.paths import temporary_for
from iot_device.filesystem.placing import discard, noted_write, put_in_place
from iot_device.filesystem.reading import board_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iot_device.filesystem.calls import BoardCalls

__all__ = ["blocks_on_board", "write_changes"]

SMALLEST: Final = 4096  # bytes; smaller files are sent as fast as their blocks are compared
_BLOCK_ASKED: Final = 512  # bytes; the board sends 4 for each
_BLOCK_KNOWN: Final = 64  # where nothing must be asked for
_LARGEST_CALL: Final = 2048  # new bytes of one call, which the board has to hold
_MOST_PARTS: Final = 64  # of one call
_NEEDS: Final = ("os.rename", "hashlib.sha256", "binascii.a2b_base64")


def write_changes(
    calls: BoardCalls, path: str, data: bytes, old: bytes | int
) -> WriteResult | None:
    """Replace a file; ``None`` if it is not worth the while, or this board cannot: nothing is done.

    Args:
        calls: Runs board code.
        path: The file.
        data: Its new content.
        old: Its old content; or the bytes that it has, and the board is asked for the digests of
            its blocks.

    Raises:
        BoardOSError: The board refused; the old file is there still.
    """
    names = calls.features.names
    old_size = old if isinstance(old, int) else len(old)
    if min(len(data), old_size) < SMALLEST or not names.issuperset(_NEEDS):
        return None
    if isinstance(old, bytes):
        parts = parts_of(data, blocks_of(old, _BLOCK_KNOWN), _BLOCK_KNOWN, old_size)
    elif calls.features.has_blocks:
        blocks = blocks_on_board(calls, path, _BLOCK_ASKED, old_size)
        parts = parts_of(data, blocks, _BLOCK_ASKED, old_size)
    else:
        parts = None
    if parts is None:
        return None
    temporary = temporary_for(path)
    if not path.startswith("/"):
        temporary = absolute_path(calls, temporary)
    with noted_write(calls, path, temporary, data):
        is_right = _rebuild(calls, path, temporary, parts) == hashlib.sha256(data).hexdigest()
        if not is_right:
            discard(calls, temporary)
            return None
        put_in_place(calls, temporary, path, existed=True)
    return WriteResult(path, len(data), "sha256", atomic=True)


def blocks_on_board(calls: BoardCalls, path: str, block: int, size: int) -> list[int]:
    """Return the crc32 of each block of a file on the board; the last one may be shorter.

    Args:
        calls: Runs board code.
        path: The file.
        block: Bytes of a block.
        size: Bytes of the file.

    Raises:
        ResultError: It has another size.
    """
    items = calls.call("files_blocks", path, block, path=path, timeout=TIMEOUT_WITH_SIGNS)
    raw = b"".join(_decoded(item) for item in items)
    blocks = [int.from_bytes(raw[at : at + 4], "little") for at in range(0, len(raw), 4)]
    if len(blocks) != -(-size // block):
        raise ResultError("the file has another size than before", text=str(len(blocks)))
    return blocks


def _rebuild(calls: BoardCalls, path: str, temporary: str, parts: Sequence[Part]) -> str:
    """Put a file together; return its digest."""
    try:
        for number, some in enumerate(_portions(parts)):
            words = path, temporary, some, bool(number)
            calls.call("files_rebuild", *words, path=path, timeout=TIMEOUT_WITH_SIGNS)
        return board_digest(calls, temporary, "sha256")
    except BaseException:
        discard(calls, temporary)
        raise


def _portions(parts: Sequence[Part]) -> Iterator[tuple[Any, ...]]:
    """Yield the parts, as they are sent, so many at a time as a board can hold."""
    portion: list[Any] = []
    room = _LARGEST_CALL
    for part in parts:
        pieces = [part]
        if isinstance(part, bytes):
            pieces = [part[at : at + _LARGEST_CALL] for at in range(0, len(part), _LARGEST_CALL)]
        for piece in pieces:
            count = len(piece) if isinstance(piece, bytes) else 0
            if portion and (count > room or len(portion) >= _MOST_PARTS):
                yield tuple(portion)
                portion, room = [], _LARGEST_CALL
            portion.append(_shown(piece))
            room -= count
    yield tuple(portion)


def _shown(part: Part) -> object:
    """Return new bytes as they are, or as base64 if that is shorter in a program."""
    if isinstance(part, tuple):
        return part
    encoded = binascii.b2a_base64(part, newline=False).decode()
    return encoded if len(encoded) < len(repr(part)) - 1 else part


def _decoded(item: object) -> bytes:
    if not isinstance(item, bytes):
        raise ResultError("the board's blocks make no sense", text=ascii(item))
    try:
        return binascii.a2b_base64(item)
    except binascii.Error:
        raise ResultError("the board's blocks are cut", text=ascii(item)) from None
