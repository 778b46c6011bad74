"""Names that a board tells, for files of the host: they are data, not paths."""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import TYPE_CHECKING

from iot_device.errors import UnsafeError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_name", "ignores_case", "name_problem", "same_name"]

# Names of devices in every folder, with any extension, and what no name may contain or end with:
# "Naming Files, Paths, and Namespaces" of the Windows documentation.
_WINDOWS_DEVICE = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE
)
_WINDOWS_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def name_problem(name: str, *, windows: bool = sys.platform == "win32") -> str | None:
    """Return why a file of the host cannot bear this name; ``None`` if it can.

    Args:
        name: One part of a path, as a board told it.
        windows: Whether the rules of Windows hold.
    """
    problems = {
        "it is empty": not name,
        "it leads to another folder": name in (".", ".."),
        "it is a path, not a name": "/" in name or "\0" in name,
    }
    if windows:
        problems |= {
            "Windows forbids a character in it": bool(_WINDOWS_FORBIDDEN.search(name)),
            "Windows reserves it for a device": bool(_WINDOWS_DEVICE.match(name)),
            "Windows ignores the dot or space at its end": name.endswith((".", " ")),
        }
    return next((problem for problem, found in problems.items() if found), None)


def check_name(name: str) -> str:
    """Return the name if a file of the host can bear it.

    Raises:
        UnsafeError: It cannot.
    """
    if (problem := name_problem(name)) is not None:
        raise UnsafeError(f"the board's name {name!a} cannot be used here: {problem}")
    return name


def same_name(path: str) -> str:
    """Return what is equal for paths that are one file where case is ignored."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def ignores_case(folder: Path) -> bool:
    """Tell whether the file system of a folder ignores case, by what exists: nothing is made.

    Args:
        folder: It, or the nearest folder above it that exists, is looked at.
    """
    for place in (folder.absolute(), *folder.absolute().parents):
        other = place.with_name(place.name.swapcase()) if place.name else place
        if other != place and place.exists():
            return other.exists() and other.samefile(place)
    return sys.platform in ("win32", "darwin")
