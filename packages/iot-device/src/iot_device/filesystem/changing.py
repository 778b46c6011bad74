"""Replacing a large file of which little changed: only what is new travels.

The board puts the new file together, from the old one and what it gets, under the temporary name;
compares its digest; and renames it. As for every write, the old file or the new one is there.
"""

from __future__ import annotations

import binascii
import hashlib
from typing import TYPE_CHECKING, Any, Final

from iot_device.errors import BoardOSError, ResultError
from iot_device.filesystem.blocks import (
    LARGEST_SHARE,
    Part,
    blocks_of,
    gaps_of,
    new_bytes,
    parts_of,
    refined,
)
from iot_device.filesystem.calls import TIMEOUT_WITH_SIGNS
from iot_device.filesystem.entries import WriteResult
from iot_device.filesystem.folders import absolute_path
from iot_device.filesystem.paths import temporary_for
from iot_device.filesystem.placing import discard, noted_write, put_in_place, tell_state
from iot_device.filesystem.writing import unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iot_device.filesystem.calls import BoardCalls

__all__ = ["blocks_on_board", "write_changes"]

_DIGEST: Final = 43  # characters of a SHA-256 in base64, without its end
SMALLEST: Final = 4096  # bytes; smaller files are sent as fast as their blocks are compared
_BLOCK: Final = 64  # bytes; smaller ones save less than their numbers cost
_LARGEST_BLOCK: Final = 2048  # bytes, which the board has to hold
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
        parts = parts_of(data, blocks_of(old, _BLOCK), _BLOCK, old_size)
    else:
        parts = _parts_by_asking(calls, path, data, old_size)
    if parts is None:
        return None
    temporary = temporary_for(path)
    if not path.startswith("/"):
        temporary = absolute_path(calls, temporary)
    with noted_write(calls, path, temporary, data):
        is_in_place = _rebuild(calls, path, temporary, parts, data)
        if is_in_place is None:
            discard(calls, temporary)
            return None
        if is_in_place:
            calls.journal.end(temporary)
        else:
            put_in_place(calls, temporary, path, existed=True)
    return WriteResult(path, len(data), "sha256", atomic=True)


def blocks_on_board(
    calls: BoardCalls, path: str, block: int, parts: Sequence[tuple[int, int]]
) -> dict[int, int]:
    """Return the crc32 of each block of parts of a file on the board, by its begin.

    Args:
        calls: Runs board code.
        path: The file.
        block: Bytes of a block; the last one of a part may be shorter.
        parts: Each with its begin and its end.

    Raises:
        BoardOSError: The file is shorter than that, or the board refused.
        ResultError: The answer makes no sense.
    """
    words = path, block, tuple(parts)
    items = calls.call("files_blocks", *words, path=path, timeout=TIMEOUT_WITH_SIGNS)
    raw = b"".join(_decoded(item) for item in items)
    begins = [at for begin, end in parts for at in range(begin, end, block)]
    if len(raw) != 4 * len(begins):
        raise ResultError("the board's blocks are incomplete", text=str(len(raw)))
    crcs = (int.from_bytes(raw[at : at + 4], "little") for at in range(0, len(raw), 4))
    return dict(zip(begins, crcs, strict=True))


def _parts_by_asking(calls: BoardCalls, path: str, data: bytes, old_size: int) -> list[Part] | None:
    """Find the parts in two rounds: large blocks, and small ones of where these differ."""
    if not calls.features.has_blocks:
        return None
    size = _size_of_large_blocks(old_size)
    blocks = blocks_on_board(calls, path, size, [(0, old_size)])
    # Of a large block that differs most is found in the next round.
    parts = parts_of(data, [*blocks.values()], size, old_size, share=2)
    if parts is None:
        return None
    if new_bytes(parts) and (gaps := gaps_of(parts, old_size)):
        small = blocks_on_board(calls, path, _BLOCK, gaps)
        shorter = {end - end % _BLOCK for _, end in gaps if end % _BLOCK}
        whole = {begin: crc for begin, crc in small.items() if begin not in shorter}
        parts = refined(parts, whole, _BLOCK)
    return parts if new_bytes(parts) * LARGEST_SHARE <= len(data) else None


def _size_of_large_blocks(size: int) -> int:
    """Return a power of two at which both rounds for one change cost about the same."""
    return int(min(_LARGEST_BLOCK, 1 << ((size * _BLOCK).bit_length() // 2)))


def _rebuild(
    calls: BoardCalls, path: str, temporary: str, parts: Sequence[Part], data: bytes
) -> bool | None:
    """Put a file together; tell whether it is in its place, ``None`` if it is not right."""
    digest = binascii.b2a_base64(hashlib.sha256(data).digest())[:_DIGEST]
    portions = list(_portions(parts))
    answer: object = None
    try:
        for number, some in enumerate(portions, 1):
            wanted = digest if number == len(portions) else b""
            words = path, temporary, some, number > 1, wanted
            items = calls.call("files_rebuild", *words, path=path, timeout=TIMEOUT_WITH_SIGNS)
            answer = items[-1] if items else None
    except BaseException as error:
        discard(calls, temporary)
        if isinstance(error, BoardOSError):
            tell_state(error, unchanged(path, existed=True))
        else:
            tell_state(error, f"{path} is the old file or the new one, whole")
        raise
    return answer if isinstance(answer, bool) else None


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
