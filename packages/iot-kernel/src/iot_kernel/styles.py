"""Colours of text in a notebook, as ANSI sequences; none with ``NO_COLOR``."""

from __future__ import annotations

import os
from typing import Final

__all__ = ["styled"]

_STYLES: Final = {
    "red": "31",
    "green": "32",
    "blue": "34",
    "cyan": "36",
    "faint": "2",
    "bold": "1",
    "device": "30;46",  # black on cyan: which board the following comes from
    "reset": "31;46",
}


def styled(text: str, style: str | None) -> str:
    """Return text in a style: ``red``, ``green``, ``blue``, ``cyan``, ``device``, ..."""
    if not style or not text or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"
