"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Finding", "Level"]

Level: TypeAlias = Literal["good", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        check: Which check it was: ``ports``, ``permission``, ``holder``, ``services``,
            ``packages``, ``kernelspec`` or ``board``.
        level: ``problem`` if something cannot work; ``note`` if it may not.
        text: What was found, in words.
        remedy: What to do about it; ``None`` if there is nothing to do.
    """

    check: str
    level: Level
    text: str
    remedy: str | None = None
