"""Names and uids as people write them; pure."""

from __future__ import annotations

import re
from typing import Final

from iot_device.errors import InvalidTargetError
from iot_device.text import printable

__all__ = ["ALL", "check_name", "is_place", "is_uid", "normal_uid"]

_MARKS: Final = ",/\\:@"  # of targets, and of paths: "iot config new" makes a file of a name
ALL: Final = "all"  # as a target: every board that is attached


def check_name(name: str) -> None:
    """Check a name that somebody wants to give to a board.

    Raises:
        InvalidTargetError: As a target it would mean something else.
    """
    has_mark = any(character in name for character in _MARKS)
    if not name.strip() or name == ALL or has_mark or printable(name) != name:
        raise InvalidTargetError(
            f"{name!a} cannot be a board's name",
            target=name,
            hint=f"a name is not {ALL!r}, not empty, has no control characters, "
            f"and none of {' '.join(_MARKS)}",
        )


def is_uid(text: str) -> bool:
    """Whether a text is written like the unique id of a chip, ``24:0a:02`` or ``240A02``."""
    return re.fullmatch(r"[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2})*", text) is not None


def normal_uid(uid: str) -> str:
    """Return a uid as a board's info shows it: small hexadecimal digits, nothing between them."""
    return uid.replace(":", "").replace("-", "").lower()


def is_place(wanted: str, location: str | None) -> bool:
    """Whether a place is the one that a person means, who need not name the interface.

    Args:
        wanted: What the person wrote.
        location: What pyserial tells: the interface stands behind a colon, ``1-5.2:1.0``, on
            Windows ``1-5.2:x.0``.
    """
    location = location or ""
    return wanted in (location, location.partition(":")[0])
