"""What a notebook shows beside text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Display"]


@dataclass(frozen=True)
class Display:
    """One thing that is shown in the place where the output stands that came before it.

    Attributes:
        data: The same thing in several forms, by MIME type, as Jupyter's messages have it.
        name: One with a name takes the place of the last one of this name in the same cell; empty
            for one that stays.
    """

    data: Mapping[str, Any]
    name: str = ""
