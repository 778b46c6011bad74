"""Finding an attached board again, whatever its port is called now; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device.errors import AmbiguousTargetError, PortNotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_device.discovery import BoardCandidate

__all__ = ["find_again"]


def find_again(known: BoardCandidate, attached: Sequence[BoardCandidate]) -> BoardCandidate:
    """Return the port of the board whose port ``known`` was.

    By USB serial number and interface; among several, or without a serial number, by place. A
    board without a serial number that is the only one of its kind may have another place.

    Raises:
        PortNotFoundError: It is not attached.
        AmbiguousTargetError: Several boards could be it.
    """
    alike = [candidate for candidate in attached if _is_alike(known, candidate)]
    here = [candidate for candidate in alike if candidate.location == known.location]
    fitting = here or alike
    if not fitting:
        raise PortNotFoundError(
            f"{_name(known)}, which was at {known.port}, is not attached",
            port=known.url,
            available=[candidate.port for candidate in attached],
            hint="plug it in again, or press its reset button",
        )
    if len(fitting) > 1:
        raise AmbiguousTargetError(
            f"{len(fitting)} boards could be {_name(known)}, which was at {known.port}",
            port=known.url,
            candidates=[candidate.url for candidate in fitting],
            hint=f"open one of {', '.join(candidate.port for candidate in fitting)} anew",
        )
    return fitting[0]


def _is_alike(known: BoardCandidate, other: BoardCandidate) -> bool:
    return _kind(known) == _kind(other)


def _kind(candidate: BoardCandidate) -> tuple[object, ...]:
    return (
        candidate.vendor_id,
        candidate.product_id,
        candidate.serial_number,
        candidate.interface,
        _interface_number(candidate),
    )


def _interface_number(candidate: BoardCandidate) -> str:
    # pyserial puts the interface behind a colon: 1-5.2:1.0, on Windows 1-5.2:x.0.
    return (candidate.location or "").partition(":")[2]


def _name(candidate: BoardCandidate) -> str:
    if candidate.serial_number:
        return f"{candidate.description} with the USB serial number {candidate.serial_number}"
    return f"{candidate.description} at {candidate.location or 'an unknown place'}"
