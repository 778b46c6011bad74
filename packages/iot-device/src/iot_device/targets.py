"""Which board is meant: from the words of a user to a transport."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from iot_device.config.names import ALL
from iot_device.errors import AmbiguousTargetError, InvalidTargetError, PortNotFoundError
from iot_device.transports.url import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from iot_device.discovery import BoardCandidate

__all__ = ["names_several", "resolve_target", "resolve_targets"]

_USB_KINDS = ("id:", "usb:")


def resolve_target(
    target: str | None = None, *, candidates: Sequence[BoardCandidate] | None = None
) -> str:
    """Return the URL or port that is meant. No port is opened.

    Args:
        target: A URL, a port, ``id:USB_SERIAL`` or ``usb:LOCATION``; ``None`` for the one in the
            variable ``IOT_DEVICE``, else the only board that is attached.
        candidates: What is attached; ``None``: this computer is asked, if that is needed.

    Raises:
        InvalidTargetError: The target names several boards, or a folder.
        PortNotFoundError: No such board is attached.
        AmbiguousTargetError: Several are.
    """
    given = _given(target)
    if given is None:
        return _only(_attached(candidates))
    if names_several(given):
        raise InvalidTargetError(
            f"{given} names several boards", target=given, hint="only one is possible here"
        )
    if given.startswith(_USB_KINDS):
        from iot_device.discovery.choose import choose  # noqa: PLC0415  (start-up)

        return choose(given, _attached(candidates)).url
    _check_no_folder(given)
    return given


def resolve_targets(
    target: str | None = None, *, candidates: Sequence[BoardCandidate] | None = None
) -> list[str]:
    """Return the targets in a list of them, as they are written, each for ``open_device``.

    Args:
        target: Targets with commas between them, or ``all`` for all boards that are attached and
            that our table knows; a single one is a list of one. ``None`` as for
            ``resolve_target``.
        candidates: What is attached; ``None``: this computer is asked, if that is needed.

    Raises:
        InvalidTargetError: One of them makes no sense, or stands there twice.
        PortNotFoundError: No board is attached.
        AmbiguousTargetError: There is no target, and several boards are attached.
    """
    given = _given(target)
    if given is None:
        return [_only(_attached(candidates))]
    if given == ALL:
        return _all_known(_attached(candidates))
    parts = [part.strip() for part in given.split(",")]
    for part in parts:
        _check_part(part, given)
    twice = next((part for part in parts if parts.count(part) > 1), None)
    if twice is not None:
        raise InvalidTargetError(f"{twice} is named twice", target=given)
    return parts


def names_several(target: str | None = None) -> bool:
    """Whether a target may name several boards: it is a list, or ``all``.

    Args:
        target: The words; ``None`` for those in the variable ``IOT_DEVICE``.
    """
    given = _given(target)
    return given is not None and (given == ALL or "," in given)


def _given(target: str | None) -> str | None:
    return target or os.environ.get("IOT_DEVICE") or None


def _attached(candidates: Sequence[BoardCandidate] | None) -> Sequence[BoardCandidate]:
    if candidates is not None:
        return candidates
    from iot_device.discovery import serial_candidates  # noqa: PLC0415  (start-up: loads pyserial)

    return serial_candidates()


def _check_part(part: str, whole: str) -> None:
    if not part or part == ALL:
        problem = f"{ALL} stands in a list" if part else "a target is missing"
        raise InvalidTargetError(
            f"{problem}: {whole}",
            target=whole,
            hint=f"write a,b or {ALL}; a comma in a URL is %2C",
        )
    if part.startswith(_USB_KINDS):
        from iot_device.discovery.choose import check_usb_target  # noqa: PLC0415  (start-up)

        check_usb_target(part)
        return
    _check_no_folder(part)
    parse_url(part)


def _check_no_folder(target: str) -> None:
    if "://" not in target and Path(target).is_dir():
        raise InvalidTargetError(
            f"{target} is a folder, no board", target=target, hint="did you mean IOT_DEVICES?"
        )


def _urls(candidates: Iterable[BoardCandidate]) -> list[str]:
    """Return where their REPLs are: a board with a second port for data is one board."""
    return [candidate.url for candidate in candidates if candidate.has_repl]


def _all_known(candidates: Sequence[BoardCandidate]) -> list[str]:
    urls = _urls(candidate for candidate in candidates if candidate.known)
    if not urls:
        unknown = _urls(candidates)
        hint = f"not taken, because they may be no boards: {', '.join(unknown)}"
        raise PortNotFoundError(
            "no board that our table knows is attached",
            port=ALL,
            available=unknown,
            hint=hint if unknown else "plug one in",
        )
    return urls


def _only(candidates: Sequence[BoardCandidate]) -> str:
    # Only what is known to be a board: others, a printer perhaps, must not get our Ctrl-C.
    urls = _urls(candidate for candidate in candidates if candidate.known)
    unknown = ", ".join(_urls(candidates))
    if not urls:
        other = f"name it with -d, if it is one: {unknown}"
        plug = "plug one in, name one with -d or IOT_DEVICE, or try the simulated one: -d sim://"
        raise PortNotFoundError(
            "no board that our table knows is attached" if unknown else "no board is attached",
            port="",
            available=_urls(candidates),
            hint=other if unknown else plug,
        )
    if len(urls) > 1:
        raise AmbiguousTargetError(
            f"{len(urls)} boards are attached: {', '.join(urls)}",
            port="",
            candidates=urls,
            hint="name one with -d or IOT_DEVICE",
        )
    return urls[0]
