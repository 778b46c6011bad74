"""What happens to a port or a board that is shared, for the person to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["PortEvent"]


@dataclass(frozen=True)
class PortEvent:
    """Something that happened while the port was not ours.

    Attributes:
        kind: ``"reset"``: the board was reset meanwhile, its variables are gone. ``"held"``:
            opening the port is what resets it, so the port is not given away any more.
            ``"lines"``: it was, and a setting of DTR and RTS was found that prevents it.
        message: One sentence for people.
    """

    kind: Literal["reset", "held", "lines"]
    message: str
