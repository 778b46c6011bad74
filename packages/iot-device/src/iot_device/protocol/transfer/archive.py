r"""Many files as the bytes of one stream, so that they share frames, compression and round trips.

Each file is a head and, behind it, its bytes from ``start`` on; numbers are little-endian::

    NAMES(2)  SIZE(4)  START(4)  DIGEST(32)  PATH \0 TEMPORARY  BYTES

NAMES is the length of both names with the zero byte between them, SIZE that of the whole file,
DIGEST the SHA-256 of all of it. The board's side is ``files_store`` in ``board_code/_functions``.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from struct import Struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Archive", "ArchivedFile"]

_HEAD: Final = Struct("<HII32s")


@dataclass(frozen=True)
class ArchivedFile:
    """A file of an archive.

    Attributes:
        path: Where it is stored in the end.
        temporary: Where it is stored until its digest has been compared.
        data: All of its bytes.
        start: How many of them are under the temporary name already.
    """

    path: str
    temporary: str
    data: bytes
    start: int = 0

    def head(self) -> bytes:
        """Return what comes before its bytes."""
        names = f"{self.path}\0{self.temporary}".encode(errors="surrogateescape")
        digest = hashlib.sha256(self.data).digest()
        return _HEAD.pack(len(names), len(self.data), self.start, digest) + names


class Archive:
    """The bytes of an archive, put together only where they are read.

    Args:
        files: The files.

    Attributes:
        size: Bytes of all of it.
    """

    def __init__(self, files: Sequence[ArchivedFile]) -> None:
        self._files = files
        # A head and the bytes of its file by turns, and where each of these ends.
        self._parts = [
            part
            for file in files
            for part in (memoryview(file.head()), memoryview(file.data)[file.start :])
        ]
        self._ends = list(accumulate(map(len, self._parts)))
        self.size: int = self._ends[-1] if self._ends else 0

    def read(self, start: int, size: int) -> bytes:
        """Return ``size`` bytes from ``start`` on; fewer only at the end."""
        pieces: list[memoryview] = []
        number = bisect_right(self._ends, start)
        while size and number < len(self._parts):
            part = self._parts[number]
            at = start - (self._ends[number] - len(part))
            pieces.append(part[at : at + size])
            start += len(pieces[-1])
            size -= len(pieces[-1])
            number += 1
        return b"".join(pieces)

    def stored(self, number: int, position: int) -> int:
        """Return how many bytes a file has when so much of the archive is stored.

        Args:
            number: Which file, from 0.
            position: Bytes of the archive.
        """
        file = self._files[number]
        begin = self._ends[2 * number]
        return file.start + min(max(position - begin, 0), len(file.data) - file.start)

    def begin(self, number: int) -> int:
        """Return where in the archive a file begins, with its head."""
        return self._ends[2 * number - 1] if number else 0

    def end(self, number: int) -> int:
        """Return where in the archive a file ends."""
        return self._ends[2 * number + 1]
