"""Which board a notebook works with: what the person asked for, and who that was."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from iot_device import find_board, serial_candidates

if TYPE_CHECKING:
    from iot_device import FoundBoard

__all__ = ["Goal"]

_PORT: Final = "serial://"


@dataclass(frozen=True)
class Goal:
    """The board that a person wants.

    Attributes:
        target: The words of the person.
        schemes: The transports that they want, the first that is possible; empty: any.
        uid: The unique id of the board that was found so; empty if it is not known yet.
    """

    target: str
    schemes: tuple[str, ...] = ()
    uid: str = field(default="", compare=False)

    def find(self, asks: Literal["to check", "to find"] = "to check") -> FoundBoard:
        """Find the board: where a uid is known the one that has it, wherever it is now.

        Args:
            asks: When boards are asked who they are, as for ``iot_device.find_board``.

        Raises:
            IotError: As for ``iot_device.find_board``.
        """
        if self.uid and not self._is_fixed_place():
            return find_board(self.uid, schemes=self.schemes, asks=asks)
        found = find_board(self.target, schemes=self.schemes, asks=asks)
        uids = found.uids or (frozenset({self.uid}) if self.uid else found.uids)
        return replace(found, uids=uids)

    def _is_fixed_place(self) -> bool:
        """Whether the words name an address, or a port that no cable can be moved to.

        Emulated boards of one kind have one uid: of those it must be the one that was named.
        """
        path = self.target.removeprefix(_PORT).partition("?")[0]
        if "://" in path:
            return True
        if not Path(path).is_absolute() or not Path(path).exists():
            return False
        place = Path(path).resolve()
        return all(Path(port.port).resolve() != place for port in serial_candidates())
