"""Files of the user's cache folder: bytes by name, as many as have room; a spoilt one is none."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from iot_device.copying import write_host_file
from iot_device.errors import HostFileError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CacheFolder"]

_DIGEST: Final = 32  # bytes; they stand before the content


class CacheFolder:
    """A folder of what can be made anew.

    Args:
        folder: The folder; it need not exist.
        largest_sum: Bytes of all files in it; the oldest go.
    """

    def __init__(self, folder: Path, largest_sum: int) -> None:
        self._folder = folder
        self._largest_sum = largest_sum

    @classmethod
    def of_user(cls, name: str, largest_sum: int) -> CacheFolder:
        """Return a folder where this system keeps such things."""
        import platformdirs  # noqa: PLC0415  (start-up)

        return cls(platformdirs.user_cache_path("iot", appauthor=False) / name, largest_sum)

    def get(self, name: str) -> bytes | None:
        """Return what is kept under a name; ``None`` if nothing is, or it is spoilt."""
        try:
            stored = (self._folder / name).read_bytes()
        except OSError:
            return None
        data = stored[_DIGEST:]
        return data if hashlib.sha256(data).digest() == stored[:_DIGEST] else None

    def put(self, name: str, data: bytes) -> None:
        """Keep bytes under a name; what cannot be kept is not, since it is for speed only."""
        if len(data) > self._largest_sum:
            return
        with suppress(OSError, HostFileError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            stored = hashlib.sha256(data).digest() + data
            write_host_file(self._folder / name, stored, follow=False)
            self._prune()

    def _prune(self) -> None:
        """Remove the oldest ones."""
        found = [(path, path.stat()) for path in self._folder.iterdir()]
        found.sort(key=lambda item: item[1].st_mtime, reverse=True)
        total = 0
        for path, facts in found:
            total += facts.st_size
            if total > self._largest_sum:
                path.unlink(missing_ok=True)
