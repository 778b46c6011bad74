"""Which board is meant: from the words of a user to a URL."""

from __future__ import annotations

from iot_device.targets.boards import find_board, find_boards, resolve_target, resolve_targets
from iot_device.targets.found import Asking, FoundBoard, OnProbe
from iot_device.targets.words import default_target, names_several

__all__ = [
    "Asking",
    "FoundBoard",
    "OnProbe",
    "default_target",
    "find_board",
    "find_boards",
    "names_several",
    "resolve_target",
    "resolve_targets",
]
