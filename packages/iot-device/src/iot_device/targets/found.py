"""What a search for a board gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.probe import ProbeResult

__all__ = ["Asking", "FoundBoard", "OnProbe"]

OnProbe: TypeAlias = "Callable[[ProbeResult], object]"

# When boards are asked who they are, which stops their programs: also where only the place says
# that it is the board; or only if it was seen nowhere.
Asking: TypeAlias = Literal["to check", "to find", "never"]


@dataclass(frozen=True, slots=True)
class FoundBoard:
    """A board that was found.

    Attributes:
        target: The words of the user.
        url: Where it is.
        uids: The unique ids that it may have, to be checked when it is opened; empty: any.
        is_sure: Whether there is more than the place to tell that it is the board: its answer, or a
            USB serial number that no other one has. Who does not ask the board who it is should say
            so where it is not.
    """

    target: str
    url: str
    uids: frozenset[str] = frozenset()
    is_sure: bool = True
