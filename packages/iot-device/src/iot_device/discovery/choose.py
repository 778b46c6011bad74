"""Which of the attached boards is meant by ``id:USB_SERIAL`` or ``usb:LOCATION``; pure.

Both need no firmware on the board, and places tell clones with one serial number apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device.errors import AmbiguousTargetError, InvalidTargetError, PortNotFoundError
from iot_device.names import is_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_device.discovery.serial import BoardCandidate

__all__ = ["check_usb_target", "choose"]


def check_usb_target(target: str) -> None:
    """Check the form of ``id:USB_SERIAL`` or ``usb:LOCATION``.

    Raises:
        InvalidTargetError: Nothing follows the colon.
    """
    if not target.partition(":")[2]:
        raise InvalidTargetError(
            f"{target} names no board",
            target=target,
            hint="write id:USB_SERIAL or usb:LOCATION, usb:1-5.2 for instance",
        )


def choose(target: str, candidates: Sequence[BoardCandidate]) -> BoardCandidate:
    """Return the candidate that is meant.

    Args:
        target: ``id:`` and a USB serial number, in capitals or not, or ``usb:`` and a place: as
            the operating system counts, with or without the interface behind the colon.
        candidates: What is attached.

    Raises:
        InvalidTargetError: Nothing follows the colon.
        PortNotFoundError: No candidate fits.
        AmbiguousTargetError: Several do.
    """
    check_usb_target(target)
    fitting = [candidate for candidate in candidates if _fits(target, candidate)]
    if not fitting:
        raise _not_found(target, candidates)
    # Of a board with several ports the REPL's is meant, where their names tell which that is.
    chosen = [candidate for candidate in fitting if candidate.has_repl] or fitting
    if len(chosen) > 1:
        raise _ambiguous(target, chosen)
    return chosen[0]


def _fits(target: str, candidate: BoardCandidate) -> bool:
    kind, _, wanted = target.partition(":")
    if kind == "id":
        # Windows shows serial numbers in capitals, whatever the device says.
        return (candidate.serial_number or "").casefold() == wanted.casefold()
    return is_place(wanted, candidate.location)


def _not_found(target: str, candidates: Sequence[BoardCandidate]) -> PortNotFoundError:
    by_serial_number = target.startswith("id:")
    what = "with this USB serial number" if by_serial_number else "at this place"
    named = [
        (f"id:{candidate.serial_number}", candidate.port)
        if by_serial_number and candidate.serial_number
        else _place(candidate)
        for candidate in candidates
    ]
    there = ", ".join(f"{name} ({port})" if name != port else port for name, port in named)
    return PortNotFoundError(
        f"no board {what} is attached: {target}",
        port=target,
        available=[name for name, _ in named],
        hint=f"there are {there}" if there else "no board is attached at all",
    )


def _ambiguous(target: str, chosen: Sequence[BoardCandidate]) -> AmbiguousTargetError:
    places = [_place(candidate) for candidate in chosen]
    names = [name for name, _ in places]
    if len(set(names)) < len(names):
        names = [port for _, port in places]
    fitting = ", ".join(candidate.port for candidate in chosen)
    return AmbiguousTargetError(
        f"{len(chosen)} ports fit {target}: {fitting}",
        port=target,
        candidates=[candidate.url for candidate in chosen],
        hint=f"name one: {' or '.join(names)}",
    )


def _place(candidate: BoardCandidate) -> tuple[str, str]:
    """Return a target that tells a candidate from its clones, and its port."""
    return f"usb:{candidate.location}" if candidate.location else candidate.port, candidate.port
