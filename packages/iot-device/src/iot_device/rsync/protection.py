"""What rsync never deletes from a board, whatever it is told."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["is_of_firmware", "mount_of", "protection"]

# What firmware writes and reads itself: the passwords and the settings by which it can be reached.
_NAMES: Final = frozenset({"boot_out.txt", "webrepl_cfg.py", "settings.toml"})

# Without them a board may never come back: they go only if rsync put them there.
_PROGRAMS: Final = frozenset({"boot.py", "main.py"})


def protection(
    path: str, mounts: Collection[str], homes: Collection[str], *, is_recorded: bool
) -> str | None:
    """Return why a path must not be deleted, in a few words; ``None`` if it may be.

    Args:
        path: The path on the board, absolute.
        mounts: Where file systems are mounted.
        homes: Folders whose file systems are meant.
        is_recorded: Whether it is there as rsync has put it there.
    """
    name = posixpath.basename(path)
    if path in mounts:
        return "a mount point"
    if mount_of(path, mounts) not in {mount_of(home, mounts) for home in homes}:
        return "on another file system"
    if any(part.startswith(".") for part in path.split("/")):
        return "a dot file"
    if is_of_firmware(path):
        return "it belongs to the board"
    if name in _PROGRAMS and posixpath.dirname(path) in {"/", *homes, *mounts} and not is_recorded:
        return "not put there by rsync"
    return None


def is_of_firmware(path: str) -> bool:
    """Whether firmware writes and reads a file itself; such files may hold passwords."""
    return posixpath.basename(path) in _NAMES


def mount_of(path: str, mounts: Collection[str]) -> str:
    """Return where the file system is mounted that holds a path."""
    while path not in mounts and path != "/":
        path = posixpath.dirname(path)
    return path
