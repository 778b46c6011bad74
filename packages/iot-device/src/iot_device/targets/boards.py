"""The boards that words mean, and where they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device.errors import InvalidTargetError, IotError
from iot_device.names import ALL
from iot_device.targets.attached import all_boards, only_board
from iot_device.targets.found import FoundBoard
from iot_device.targets.words import Words, given_target, names_several
from iot_device.transports.url import check_scheme, parse_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_device.discovery import BoardCandidate
    from iot_device.targets.found import Asking, OnProbe
    from iot_device.targets.words import Meaning

__all__ = ["FoundBoard", "find_board", "find_boards", "resolve_target", "resolve_targets"]


def resolve_target(
    target: str | None = None,
    *,
    candidates: Sequence[BoardCandidate] | None = None,
    asks: Asking = "to find",
) -> str:
    """Return the URL or port that is meant.

    Ports are opened only to find a board by its name or uid where it was not seen before.

    Args:
        target: A URL, a port, ``id:USB_SERIAL``, ``usb:LOCATION``, a name or a uid; ``None`` for
            the default target, else the only board that is attached.
        candidates: What is attached; ``None``: this computer is asked, if that is needed.
        asks: When boards are asked who they are.

    Raises:
        InvalidTargetError: The target makes no sense, names several boards, or a folder.
        PortNotFoundError: No such board is attached.
        AmbiguousTargetError: Several are.
    """
    return find_board(target, candidates=candidates, asks=asks).url


def resolve_targets(
    target: str | None = None, *, candidates: Sequence[BoardCandidate] | None = None
) -> list[str]:
    """Return the targets in a list of them, as they are written, each for ``open_device``.

    Args:
        target: Targets with commas between them, or ``all`` for all boards that are attached and
            that our table knows; ``@GROUP`` becomes the names of its boards; a single one is a
            list of one. ``None`` as for ``resolve_target``.
        candidates: What is attached; ``None``: this computer is asked, if that is needed.

    Raises:
        InvalidTargetError: One of them makes no sense, or stands there twice.
        PortNotFoundError: No board is attached.
        AmbiguousTargetError: There is no target, and several boards are attached.
    """
    given = given_target(target)
    if given is None:
        return [only_board(_attached(candidates))]
    if given == ALL:
        return all_boards(_attached(candidates))
    return Words().parts(given)


def find_board(
    target: str | None = None,
    *,
    candidates: Sequence[BoardCandidate] | None = None,
    asks: Asking = "to check",
    on_probe: OnProbe | None = None,
    schemes: Sequence[str] = (),
) -> FoundBoard:
    """Find the board that is meant.

    A board with a name or a uid is looked for where it was last seen: by the USB serial number of
    the port, or by the place where it is plugged in; there, and at ports of which nothing is
    known, boards are asked who they are, which stops their programs. Ports that are known to be
    another board's are left alone.

    Args:
        target: As for ``resolve_target``.
        candidates: What is attached; ``None``: this computer is asked, if that is needed.
        asks: When boards are asked.
        on_probe: Called with each result of asking.
        schemes: With what its URL may begin (``serial``, ``socket``), the first that is possible;
            empty: a cable first, then any.

    Raises:
        InvalidTargetError: The target makes no sense, names several boards, or is a URL with
            another scheme.
        PortNotFoundError: No such board is attached.
        AmbiguousTargetError: Several are.
    """
    given = given_target(target)
    if given is None:
        url = only_board(_attached(candidates))
        return FoundBoard(url, url)
    if names_several(given):
        raise InvalidTargetError(
            f"{given} names several boards", target=given, hint="only one is possible here"
        )
    for scheme in schemes:
        check_scheme(scheme, given)
    errors: list[IotError] = []
    ways: Sequence[str | None] = schemes or (None,)
    for way in ways:
        (found,) = _find([given], candidates, asks, on_probe, way)
        if isinstance(found, FoundBoard):
            return found
        errors.append(found)
    raise errors[-1]


def find_boards(
    targets: Sequence[str],
    *,
    candidates: Sequence[BoardCandidate] | None = None,
    asks: Asking = "to check",
    on_probe: OnProbe | None = None,
) -> list[FoundBoard | IotError]:
    """Find several boards in one search, so that no port is asked twice.

    Args:
        targets: Each for one board.
        candidates: What is attached; ``None``: this computer is asked, if that is needed.
        asks: When boards are asked.
        on_probe: Called with each result of asking.

    Returns:
        For each target, in their order, the board, or why it was not found.
    """
    return _find(targets, candidates, asks, on_probe)


def _find(
    targets: Sequence[str],
    candidates: Sequence[BoardCandidate] | None,
    asks: Asking,
    on_probe: OnProbe | None,
    scheme: str | None = None,
) -> list[FoundBoard | IotError]:
    words = Words()
    found: dict[str, FoundBoard | IotError] = {}
    wanted: dict[str, frozenset[str]] = {}
    for target in targets:
        try:
            meaning = words.meaning(target)
            if meaning.uids:
                wanted[target] = meaning.uids
            else:
                url = _url(meaning, candidates)
                found[target] = FoundBoard(target, _with_scheme(url, scheme, target))
        except IotError as error:
            found[target] = error
    if wanted:
        from iot_device.targets.search import Search  # noqa: PLC0415  (start-up)

        found |= Search(wanted, _attached(candidates), asks, on_probe, scheme).run()
    return [found[target] for target in targets]


def _with_scheme(url: str, scheme: str | None, target: str) -> str:
    """Return the URL or port if it has this scheme."""
    if scheme is None or parse_url(url).scheme == scheme:
        return url
    raise InvalidTargetError(f"{target} is no {scheme}://", target=target)


def _url(meaning: Meaning, candidates: Sequence[BoardCandidate] | None) -> str:
    if meaning.usb is None:
        return meaning.url or ""
    from iot_device.discovery.choose import choose  # noqa: PLC0415  (start-up)

    return choose(meaning.usb, _attached(candidates)).url


def _attached(candidates: Sequence[BoardCandidate] | None) -> Sequence[BoardCandidate]:
    if candidates is not None:
        return candidates
    from iot_device.discovery import serial_candidates  # noqa: PLC0415  (start-up: loads pyserial)

    return serial_candidates()
