"""What is wrong with the surroundings, if boards cannot be used; each finding has its remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iot_device.doctor.board import check_board
from iot_device.doctor.findings import Finding
from iot_device.doctor.installations import check_kernelspecs, check_packages
from iot_device.doctor.ports import (
    check_groups,
    check_holders,
    check_permissions,
    check_ports,
)
from iot_device.doctor.services import check_services
from iot_device.doctor.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Finding", "Surroundings", "examine"]

_CHECKS: Final[tuple[Callable[[Surroundings], Iterable[Finding]], ...]] = (
    check_ports,
    check_permissions,
    check_groups,
    check_holders,
    check_services,
    check_packages,
    check_kernelspecs,
)


def examine(
    target: str | None = None, *, surroundings: Surroundings | None = None
) -> Iterator[Finding]:
    """Give what the checks find, one after the other.

    Without a target no port is opened.

    Args:
        target: A board that is asked who it is, which stops its program; ``None``: none is.
        surroundings: Where to look; ``None``: on this computer.

    Raises:
        InvalidTargetError: The target names no board, or several.
    """
    surroundings = surroundings or Surroundings()
    for check in _CHECKS:
        yield from check(surroundings)
    if target is not None:
        yield from check_board(target)
