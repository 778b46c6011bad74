"""Writes that have begun and are not known to have ended, noted on this computer for each board.

A board is asked about them at the next connection, and only then: where nothing is noted, nothing
is sent. Beside the names stand digests, by which the beginning of a file is known for ours.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from iot_device.filesystem.blocks import blocks_of, heads_of
from iot_device.state_files import BEGUN_WRITES, read_state, remove_state, state_file, write_state

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["BegunWrite", "WriteJournal"]

_SMALLEST_BLOCK: Final = 64  # bytes; of the beginning of a file, whole blocks can be recognised
_MOST_BLOCKS: Final = 1024


@dataclass(frozen=True)
class BegunWrite:
    """A write that has begun.

    Attributes:
        path: The file, from the board's root.
        temporary: What it is written to, likewise.
        size: Bytes of the file when it is whole.
        sha256: Its digest in hex.
        block: Bytes of a block.
        blocks: The crc32 of each block; the last one may be shorter.
        heads: The crc32 of the first 1, 2, ... bytes, for a file that has less than a block.
        since: When it began, in seconds of ``time.time()``.
        is_told: Whether a person was told that its beginning is kept.
    """

    path: str
    temporary: str
    size: int
    sha256: str
    block: int
    blocks: tuple[int, ...]
    heads: tuple[int, ...]
    since: float
    is_told: bool = False


class WriteJournal:
    """The writes to one board that have begun.

    The lock of the board keeps other processes of this computer from writing at the same time.

    Args:
        board: What tells the board from others: its uid, else its URL.
    """

    def __init__(self, board: str) -> None:
        self._board = board

    def writes(self) -> list[BegunWrite]:
        """Return the writes; what makes no sense is left out."""
        document = read_state(self._file)
        found = map(_write_from, document) if isinstance(document, list) else ()
        return [write for write in found if write is not None]

    def begin(self, path: str, temporary: str, data: bytes) -> None:
        """Note a write, before the board is changed.

        Args:
            path: The file, from the board's root.
            temporary: What it is written to, likewise.
            data: Its content.
        """
        self.change([(path, temporary, data)], [])

    def end(self, temporary: str) -> None:
        """Forget a write: nothing of it is left under its temporary name."""
        self.change([], [temporary])

    def change(self, begun: Iterable[tuple[str, str, bytes]], ended: Iterable[str]) -> None:
        """Note and forget several writes at once.

        Args:
            begun: For each the same as for ``begin``.
            ended: For each the same as for ``end``.
        """
        new = [_begun(*write) for write in begun]
        gone = {*ended, *(write.temporary for write in new)}
        writes = self.writes()
        rest = [write for write in writes if write.temporary not in gone]
        if new or len(rest) < len(writes):
            self._store([*rest, *new])

    def tell(self, write: BegunWrite) -> None:
        """Note that a person was told of a write."""
        rest = [other for other in self.writes() if other.temporary != write.temporary]
        self._store([*rest, replace(write, is_told=True)])

    @property
    def _file(self) -> Path:
        # A URL may be too long for a name, and a uid may look like a path.
        name = hashlib.sha256(self._board.encode(errors="surrogateescape")).hexdigest()[:32]
        return state_file(BEGUN_WRITES, f"{name}.json")

    def _store(self, writes: list[BegunWrite]) -> None:
        if writes:
            write_state(self._file, [asdict(write) for write in writes])
        else:
            remove_state(self._file)


def _begun(path: str, temporary: str, data: bytes) -> BegunWrite:
    block = max(_SMALLEST_BLOCK, -(-len(data) // _MOST_BLOCKS))
    digest = hashlib.sha256(data).hexdigest()
    blocks = tuple(blocks_of(data, block))
    heads = tuple(heads_of(data[:block]))
    return BegunWrite(path, temporary, len(data), digest, block, blocks, heads, time.time())


def _write_from(document: Any) -> BegunWrite | None:
    match document:
        case {
            "path": str(path),
            "temporary": str(temporary),
            "size": int(size),
            "sha256": str(sha256),
            "block": int(block),
            "blocks": [*blocks],
            "heads": [*heads],
            "since": float(since),
            "is_told": bool(is_told),
        } if block > 0 and all(isinstance(crc, int) for crc in [*blocks, *heads]):
            crcs = tuple(blocks), tuple(heads)
            return BegunWrite(path, temporary, size, sha256, block, *crcs, since, is_told)
        case _:
            return None
