"""How a check says no."""

from __future__ import annotations

__all__ = ["NotShownError"]


class NotShownError(Exception):
    """The data are not shown; the message says why, in words of ours alone."""
