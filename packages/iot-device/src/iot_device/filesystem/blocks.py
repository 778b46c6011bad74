"""A file as parts of an older one and new bytes: what of a change must travel; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Part", "blocks_of", "new_bytes", "parts_of"]

# Begin and length of what is taken from the old file; or new bytes.
Part: TypeAlias = tuple[int, int] | bytes

_LARGEST_SHARE: Final = 4  # the part of a file that may be new; beyond, sending all is as good


def blocks_of(old: bytes, size: int) -> list[int]:
    """Return the crc32 of each block of a file; the last one may be shorter."""
    return [crc32(old[at : at + size]) for at in range(0, len(old), size)]


def parts_of(new: bytes, blocks: Sequence[int], size: int, old_size: int) -> list[Part] | None:
    """Return what the new file is made of; ``None`` if too little of the old one is in it.

    A crc32 can be right by chance, so whoever puts the parts together compares the digest.

    Args:
        new: The new file.
        blocks: The crc32 of each block of the old file.
        size: Bytes of a block.
        old_size: Bytes of the old file.
    """
    parts: list[Part] = []
    begin = most = 0
    for at, block in _matches(new, blocks[: old_size // size], size):
        most += at - begin
        if most * _LARGEST_SHARE > len(new):
            return None
        _add(parts, new[begin:at])
        _add(parts, (block * size, size))
        begin = at + size
    rest = new[begin:]
    tail = old_size % size
    if tail and len(rest) >= tail and crc32(rest[-tail:]) == blocks[-1]:
        _add(parts, rest[:-tail])
        _add(parts, (old_size - tail, tail))
        rest = b""
    _add(parts, rest)
    return parts if new_bytes(parts) * _LARGEST_SHARE <= len(new) else None


def new_bytes(parts: Sequence[Part]) -> int:
    """Return how many bytes are new."""
    return sum(len(part) for part in parts if isinstance(part, bytes))


def _matches(new: bytes, blocks: Sequence[int], size: int) -> Iterator[tuple[int, int]]:
    """Yield where in the new file which block of the old one stands, without overlaps."""
    numbers = {crc: number for number, crc in reversed(list(enumerate(blocks)))}
    view = memoryview(new)
    at = following = 0
    while at + size <= len(new):
        crc = crc32(view[at : at + size])
        if following < len(blocks) and blocks[following] == crc:
            found: int | None = following  # of several equal blocks the one that goes on
        else:
            found = numbers.get(crc)
        if found is None:
            at += 1
            continue
        yield at, found
        at, following = at + size, found + 1


def _add(parts: list[Part], part: Part) -> None:
    """Add a part, to the one before it if that goes on."""
    last = parts[-1] if parts else None
    match last, part:
        case _, b"":
            pass
        case (int(at), int(count)), (int(begin), int(more)) if at + count == begin:
            parts[-1] = (at, count + more)
        case _:
            parts.append(part)
