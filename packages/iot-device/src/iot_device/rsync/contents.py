"""Large files as they were sent, kept on this computer, so that only a change must travel later.

They are named by their digests, and what is read is compared with that: a spoilt one is none.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from iot_device.copying import write_host_file
from iot_device.errors import HostFileError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SMALLEST", "SentContents"]

SMALLEST: Final = 4096  # bytes; smaller files are sent whole
LARGEST_SUM: Final = 64_000_000  # bytes of all files that are kept; the oldest go


class SentContents:
    """The files that are kept.

    Args:
        folder: Where; ``None``: where this system keeps what can be made anew.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is None:
            import platformdirs  # noqa: PLC0415  (start-up)

            folder = platformdirs.user_cache_path("iot", appauthor=False) / "sent"
        self._folder = folder

    def get(self, digest: str) -> bytes | None:
        """Return the content with a digest (SHA-256 in hex); ``None`` if it is not kept."""
        try:
            data = (self._folder / digest).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == digest else None

    def add(self, data: bytes) -> None:
        """Keep a content, if it is large enough to be worth it; what cannot be kept is not."""
        path = self._folder / hashlib.sha256(data).hexdigest()
        if not SMALLEST <= len(data) <= LARGEST_SUM or path.exists():
            return
        with suppress(OSError, HostFileError):  # it is kept for speed only
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_host_file(path, data, follow=False)
            self._prune()

    def _prune(self) -> None:
        """Remove the oldest ones."""
        found = [(path, path.stat()) for path in self._folder.iterdir()]
        found.sort(key=lambda item: item[1].st_mtime, reverse=True)
        total = 0
        for path, facts in found:
            total += facts.st_size
            if total > LARGEST_SUM:
                path.unlink(missing_ok=True)
