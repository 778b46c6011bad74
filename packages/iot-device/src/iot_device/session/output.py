"""Collecting what a program writes: streamed to the caller, kept within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_OUTPUT", "Collector"]

MAX_OUTPUT: Final = 1048576  # bytes of output that a result keeps, the last ones


class Collector:
    """Passes output on as it comes and keeps the last part of it.

    Args:
        on_output: Called with each piece; ``None`` if nobody wants it.
        limit: Bytes to keep.
    """

    def __init__(
        self, on_output: Callable[[bytes], object] | None, limit: int = MAX_OUTPUT
    ) -> None:
        self._on_output = on_output
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self.truncated: bool = False

    def add(self, data: bytes) -> None:
        """Take a piece of output."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size > 2 * self._limit:
            self._shorten()
        if self._on_output is not None:
            self._on_output(data)

    @property
    def output(self) -> bytes:
        """What was kept."""
        if self._size > self._limit:
            self._shorten()
        return b"".join(self._pieces)

    def _shorten(self) -> None:
        kept = b"".join(self._pieces)[-self._limit :]
        self._pieces, self._size = [kept], len(kept)
        self.truncated = True
