"""A program that arrives piece by piece, in bounded memory."""

from __future__ import annotations

__all__ = ["SourceBuffer"]


class SourceBuffer:
    """Collects up to ``limit`` bytes; a longer program is dropped as a whole."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.is_too_long: bool = False
        self._data = bytearray()

    def __len__(self) -> int:
        return len(self._data)

    def __bytes__(self) -> bytes:
        return bytes(self._data)

    @property
    def is_empty(self) -> bool:
        """Whether no byte came yet, not even one that was dropped."""
        return not self._data and not self.is_too_long

    def add(self, data: bytes) -> None:
        """Append bytes; beyond the limit drop all that there is and all that follows."""
        if len(self._data) + len(data) > self.limit:
            self.is_too_long = True
        if self.is_too_long:
            self._data.clear()
        else:
            self._data += data

    def clear(self) -> None:
        """Begin again."""
        self.is_too_long = False
        self._data.clear()
