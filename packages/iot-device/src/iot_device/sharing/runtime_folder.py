"""Where the lock files of this user are: a folder that ends, at the latest, with a restart."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from iot_device.errors import UnsafeError

__all__ = ["runtime_folder"]


def runtime_folder() -> Path:
    """Return the folder, which only this user may write to; make it if it is not there.

    All processes of a user must come to the same one, those of cron too, which have no
    ``XDG_RUNTIME_DIR``; so no function of platformdirs will do, whose rules differ by release.

    Raises:
        UnsafeError: It belongs to somebody else, or others may write there.
        OSError: It cannot be made.
    """
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    # Its parent may be /tmp, where another user may have been first.
    if os.name == "posix" and not _is_ours_alone(folder):
        raise UnsafeError(
            f"others may write to {folder}, where the locks of ports are",
            hint=f"remove {folder}, or let XDG_RUNTIME_DIR name a folder of your own",
        )
    return folder


def _folder() -> Path:
    if os.name != "posix":
        return _temporary_folder() / "iot-locks"
    user = os.getuid()
    for place in (os.environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{user}"):
        if place and os.access(place, os.W_OK):
            return Path(place) / "iot"
    return _temporary_folder() / f"iot-{user}"


def _temporary_folder() -> Path:
    import tempfile  # noqa: PLC0415  (start-up: rarely needed)

    return Path(tempfile.gettempdir())


def _is_ours_alone(folder: Path) -> bool:
    status = folder.lstat()
    is_folder = stat.S_ISDIR(status.st_mode)
    return is_folder and status.st_uid == os.getuid() and not status.st_mode & 0o022
