"""The boards that are attached, for targets that name none; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device.errors import AmbiguousTargetError, PortNotFoundError
from iot_device.names import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from iot_device.discovery import BoardCandidate

__all__ = ["all_boards", "only_board"]


def _urls(candidates: Iterable[BoardCandidate]) -> list[str]:
    """Return where their REPLs are: a board with a second port for data is one board."""
    return [candidate.url for candidate in candidates if candidate.has_repl]


def all_boards(candidates: Sequence[BoardCandidate]) -> list[str]:
    """Return the URLs of all boards.

    Raises:
        PortNotFoundError: There is none.
    """
    urls = _urls(candidate for candidate in candidates if candidate.known)
    if not urls:
        unknown = _urls(candidates)
        hint = f"not taken, because they may be no boards: {', '.join(unknown)}"
        raise PortNotFoundError(
            "no device that is known as a board is attached",
            port=ALL,
            available=unknown,
            hint=hint if unknown else "plug one in",
        )
    return urls


def only_board(candidates: Sequence[BoardCandidate]) -> str:
    """Return the URL of the only board.

    Raises:
        PortNotFoundError: There is none.
        AmbiguousTargetError: There are several.
    """
    # Only what is known to be a board: others, a printer perhaps, must not get our Ctrl-C.
    urls = _urls(candidate for candidate in candidates if candidate.known)
    unknown = ", ".join(_urls(candidates))
    if not urls:
        other = f"name it with -d, if it is one: {unknown}"
        plug = "plug one in, name one with -d or IOT_DEVICE, or try the simulated one: -d sim://"
        raise PortNotFoundError(
            "no device that is known as a board is attached" if unknown else "no board is attached",
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
