"""Large files as they were sent, kept on this computer, so that only a change must travel later."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from iot_device.rsync.cache_folder import CacheFolder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SMALLEST", "SentContents"]

SMALLEST: Final = 4096  # bytes; smaller files are sent whole
LARGEST_SUM: Final = 64_000_000  # bytes of all files that are kept; the oldest go


class SentContents:
    """The files that are kept, by their digests.

    Args:
        folder: Where; ``None``: where this system keeps what can be made anew.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is None:
            self._cache = CacheFolder.of_user("sent", LARGEST_SUM)
        else:
            self._cache = CacheFolder(folder, LARGEST_SUM)

    def get(self, digest: str) -> bytes | None:
        """Return the content with a digest (SHA-256 in hex); ``None`` if it is not kept."""
        return self._cache.get(digest)

    def add(self, data: bytes) -> None:
        """Keep a content, if it is large enough to be worth it; what cannot be kept is not."""
        if len(data) < SMALLEST:
            return
        digest = hashlib.sha256(data).hexdigest()
        if self._cache.get(digest) is None:
            self._cache.put(digest, data)
