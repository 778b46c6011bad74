"""Telling how far a transfer is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

__all__ = ["Meter", "OnProgress", "unseen"]

# Called with the bytes that are done and the bytes in all.
OnProgress: TypeAlias = Callable[[int, int], object]


def unseen(_done: int, _total: int) -> None:
    """Tell nobody."""


class Meter:
    """Joins the progress of several files into one.

    Args:
        on_progress: Told of the whole.
        total: Bytes of all files.
    """

    def __init__(self, on_progress: OnProgress | None, total: int) -> None:
        self._on_progress = on_progress or unseen
        self._before = 0
        self._told = 0
        self._total = total

    def part(self, done: int, _size: int) -> None:
        """Take the progress of the present file; what is sent or read again is told once."""
        done = min(self._before + done, self._total)
        if done > self._told:
            self._told = done
            self._on_progress(done, self._total)

    def finish_part(self, size: int) -> None:
        """Go on to the next file.

        Args:
            size: Bytes that the present file was expected to have.
        """
        self._before += size
        self.part(0, 0)
