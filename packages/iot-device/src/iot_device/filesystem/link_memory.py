"""What was measured of links to boards, remembered on this computer from session to session.

One entry for each board and kind of link: a board with USB and a UART has two. Another firmware may
read its input another way, so it begins anew.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from iot_device.state_files import read_state, state_file, write_state

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LinkMemory", "kind_of_link"]


class LinkMemory:
    """What is remembered of one link.

    Args:
        uid: The board's unique id; empty: nothing is remembered.
        kind: What kind of link it is.
        firmware: The board's ``sys.version``.
    """

    def __init__(self, uid: str, kind: str, firmware: str) -> None:
        self._uid = uid
        self._kind = kind
        self._firmware = firmware

    def recall(self) -> bool | None:
        """Return whether the link waits when the board does not read; ``None``: nobody knows."""
        match self._entries().get(self._key):
            case {"firmware": str(firmware), "waits": bool(waits)} if firmware == self._firmware:
                return waits
            case _:
                return None

    def reads_nothing(self) -> bool:
        """Return whether a program on the board was seen to read nothing of its input."""
        match self._entries().get(self._key):
            case {"firmware": str(firmware), "reads_input": False}:
                return firmware == self._firmware
            case _:
                return False

    def remember_reads_nothing(self) -> None:
        """Remember that."""
        self._store({"reads_input": False})

    def remember(self, *, waits: bool | None) -> None:
        """Remember it; ``None`` forgets."""
        if waits != self.recall():
            self._store({} if waits is None else {"waits": waits})

    def _store(self, facts: dict[str, bool]) -> None:
        if not self._uid:
            return
        entries = self._entries()
        entries.pop(self._key, None)
        if facts:
            entries[self._key] = {"firmware": self._firmware, **facts}
        write_state(_file(), entries)

    @property
    def _key(self) -> str:
        return f"{self._uid} {self._kind}"

    def _entries(self) -> dict[str, Any]:
        document = read_state(_file()) if self._uid else None
        return document if isinstance(document, dict) else {}


def kind_of_link(url: str) -> str:
    """Return what ports of one kind have in common: ``serial:///dev/ttyACM``, ``socket``."""
    place = url.partition("?")[0]
    scheme = place.partition(":")[0]
    return re.sub(r"\d+", "", place) if scheme == "serial" else scheme


def _file() -> Path:
    return state_file("links.json")
