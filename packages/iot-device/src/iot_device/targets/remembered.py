"""Which boards were last seen at the ports of this computer; no port is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iot_device.config import name_of
from iot_device.registry import Registry, owner_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_device.discovery import BoardCandidate

__all__ = ["RememberedBoard", "remembered_boards"]


@dataclass(frozen=True, slots=True)
class RememberedBoard:
    """The board that was last seen at a port; that it still is there was not checked.

    Attributes:
        uid: Its unique id.
        name: Its name, if it has one.
        is_certain: Whether the USB serial number tells; else only the place.
        last_seen: When, in seconds of ``time.time()``.
    """

    uid: str
    name: str | None
    is_certain: bool
    last_seen: float


def remembered_boards(
    candidates: Sequence[BoardCandidate], *, registry: Registry | None = None
) -> dict[BoardCandidate, RememberedBoard]:
    """Return the boards that were last seen at ports, as far as that is known.

    Args:
        candidates: All ports; clones can be told only beside each other.
        registry: What is known; ``None``: the user's.
    """
    boards = (registry or Registry()).boards()
    owners = {candidate: owner_of(candidate, boards, candidates) for candidate in candidates}
    return {
        candidate: RememberedBoard(owner.uid, name_of(owner.uid), owner.is_certain, owner.last_seen)
        for candidate, owner in owners.items()
        if owner is not None
    }
