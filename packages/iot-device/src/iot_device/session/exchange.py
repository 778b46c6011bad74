"""Bytes that go both ways while a function of ours runs on the board."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["Exchange"]


class Exchange(Protocol):
    """What the host says to a function of the board, and hears from it, while that runs."""

    def receive_data(self, data: bytes) -> bytes:
        """Take what the board wrote; return what may be lines with values."""
        ...

    def receive_item(self, item: Any) -> None:
        """Take a value that the function yielded."""
        ...

    def data_to_send(self) -> bytes:
        """Return bytes for the function, its standard input, and forget them."""
        ...

    @property
    def patience(self) -> float:
        """Seconds of silence after which ``silence`` wants to be told."""
        ...

    def silence(self, *, unsent: bool) -> bool:
        """Nothing came for so long; return whether to wait on.

        Args:
            unsent: Whether bytes for the function could not be written yet, so that to ask it
                would be of no use.
        """
        ...

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way to the function."""
        ...
