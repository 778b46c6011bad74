"""``%discover``: which boards there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device import (
    Registry,
    load_configurations,
    printable,
    probe_boards,
    remembered_boards,
    serial_candidates,
)
from iot_kernel.magics.declare import Call, line_magic, option

if TYPE_CHECKING:
    from iot_device import BoardCandidate

__all__ = ["discover"]


@line_magic(
    "discover",
    "Discover available devices",
    option("-v", "--verbose", action="store_true", help="show uid, where it is known"),
    option(
        "-f", "--force", action="store_true", help="ask all boards who it is: stops its program"
    ),
    option("-a", "--all", action="store_true", help="list all devices connected to serial ports"),
    details="Boards at other addresses are listed if they were registered, and are not asked.",
)
def discover(call: Call) -> None:
    """List ports, and what was registered; without -f none is opened."""
    candidates = serial_candidates(all_ports=call.options.all)
    registered = [] if call.options.all else _registered({it.url for it in candidates})
    if not candidates and not registered:
        call.write("No devices available")
    elif call.options.all:
        for candidate in candidates:
            _list_port(call, candidate)
    elif call.options.force:
        _list_probed(call, candidates)
    else:
        _list_remembered(call, candidates)
    for uid, url in registered:
        _list_board(call, load_configurations().name_of(uid) or uid, url, uid)


def _registered(attached: set[str]) -> list[tuple[str, str]]:
    """Return uid and URL of what was registered and is at no port that is listed anyway."""
    return [
        (board.uid, address.url)
        for board in Registry().boards()
        for address in board.addresses
        if address.is_registered and address.url not in attached
    ]


def _list_board(call: Call, name: str, url: str, uid: str) -> None:
    shown = uid if call.options.verbose else ""
    call.write(f"{printable(name):30}  {printable(url)}  {printable(shown)}".rstrip())


def _list_remembered(call: Call, candidates: list[BoardCandidate]) -> None:
    """List ports with the boards that were last seen there; none is asked now."""
    boards = remembered_boards(candidates)
    for candidate in candidates:
        board = boards.get(candidate)
        name = (board.name or board.uid) if board is not None else candidate.description
        _list_board(call, name, candidate.url, board.uid if board is not None else "")


def _list_port(call: Call, candidate: BoardCandidate) -> None:
    call.write(candidate.port)
    for word in ("description", "manufacturer", "product", "interface", "serial_number"):
        value = getattr(candidate, word)
        if value:
            call.write(f"  {word:13} {printable(value)}")
    call.write()


def _list_probed(call: Call, candidates: list[BoardCandidate]) -> None:
    names = load_configurations()
    for result in probe_boards(candidates):
        if result.info is None:
            call.write(
                f"{'':30}  {result.candidate.url}  {printable(str(result.error))}", style="red"
            )
            continue
        uid = result.info.uid or ""
        name = names.name_of(uid, result.candidate.location) or uid or result.candidate.description
        call.write(f"{printable(name):30}  {result.candidate.url}  {uid}")
