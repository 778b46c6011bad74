"""A file as parts of an older one and new bytes: what of a change must travel; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "LARGEST_SHARE",
    "Part",
    "blocks_of",
    "gaps_of",
    "heads_of",
    "new_bytes",
    "parts_of",
    "refined",
]

# Begin and length of what is taken from the old file; or new bytes.
Part: TypeAlias = tuple[int, int] | bytes

LARGEST_SHARE: Final = 4  # the part of a file that may be new; beyond, sending all is as good


def blocks_of(old: bytes, size: int) -> list[int]:
    """Return the crc32 of each block of a file; the last one may be shorter."""
    return [crc32(old[at : at + size]) for at in range(0, len(old), size)]


def heads_of(data: bytes) -> list[int]:
    """Return the crc32 of the first byte, of the first two, and so on."""
    heads = [0]
    for byte in data:
        heads.append(crc32(bytes((byte,)), heads[-1]))
    return heads[1:]


def parts_of(
    new: bytes, blocks: Sequence[int], size: int, old_size: int, *, share: int = LARGEST_SHARE
) -> list[Part] | None:
    """Return what the new file is made of; ``None`` if too little of the old one is in it.

    A crc32 can be right by chance, so whoever puts the parts together compares the digest.

    Args:
        new: The new file.
        blocks: The crc32 of each block of the old file.
        size: Bytes of a block.
        old_size: Bytes of the old file.
        share: The part of the new file that may be new: a half for 2, and so on.
    """
    whole = {number * size: crc for number, crc in enumerate(blocks[: old_size // size])}
    most = len(new) // share
    parts, rest = _divided(new, whole, size, most)
    tail = old_size % size
    if tail and len(rest) >= tail and crc32(rest[-tail:]) == blocks[-1]:
        _add(parts, rest[:-tail])
        _add(parts, (old_size - tail, tail))
    else:
        _add(parts, rest)
    return parts if new_bytes(parts) <= most else None


def gaps_of(parts: Sequence[Part], old_size: int) -> list[tuple[int, int]]:
    """Return the parts of the old file that are not in the new one, each with begin and end."""
    used = sorted((part[0], part[0] + part[1]) for part in parts if isinstance(part, tuple))
    gaps, end = [], 0
    for begin, until in [*used, (old_size, old_size)]:
        if begin > end:
            gaps.append((end, begin))
        end = max(end, until)
    return gaps


def refined(parts: Sequence[Part], blocks: Mapping[int, int], size: int) -> list[Part]:
    """Return the parts with less that is new, where smaller blocks of the old file are known.

    Args:
        parts: What the new file is made of.
        blocks: The crc32 of each known block, by its begin in the old file.
        size: Bytes of each.
    """
    found: list[Part] = []
    for part in parts:
        if isinstance(part, bytes):
            smaller, rest = _divided(part, blocks, size, len(part))
            for piece in (*smaller, rest):
                _add(found, piece)
        else:
            _add(found, part)
    return found


def new_bytes(parts: Sequence[Part]) -> int:
    """Return how many bytes are new."""
    return sum(len(part) for part in parts if isinstance(part, bytes))


def _divided(
    new: bytes, blocks: Mapping[int, int], size: int, most: int
) -> tuple[list[Part], bytes]:
    """Return the parts that end with a known block, and the rest; give up beyond ``most``."""
    parts: list[Part] = []
    begin = 0
    for at, old in _matches(new, blocks, size, most):
        _add(parts, new[begin:at])
        _add(parts, (old, size))
        begin = at + size
    return parts, new[begin:]


def _matches(
    new: bytes, blocks: Mapping[int, int], size: int, most: int
) -> Iterator[tuple[int, int]]:
    """Yield where in the new file which block of the old one stands, without overlaps.

    Ends after ``most`` bytes that are in none.
    """
    begins = {crc: begin for begin, crc in reversed([*blocks.items()])}
    view = memoryview(new)
    at = following = 0
    while at + size <= len(new) and most >= 0:
        crc = crc32(view[at : at + size])
        # Of several equal blocks the one that goes on.
        found = following if blocks.get(following) == crc else begins.get(crc)
        if found is None:
            at += 1
            most -= 1
            continue
        yield at, found
        at, following = at + size, found + size


def _add(parts: list[Part], part: Part) -> None:
    """Add a part, to the one before it if that goes on."""
    last = parts[-1] if parts else None
    match last, part:
        case _, b"":
            pass
        case bytes(before), bytes(more):
            parts[-1] = before + more
        case (int(at), int(count)), (int(begin), int(more)) if at + count == begin:
            parts[-1] = (at, count + more)
        case _:
            parts.append(part)
