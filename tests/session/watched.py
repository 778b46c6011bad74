"""A transport around another one that remembers, disturbs and breaks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from iot_device.errors import ConnectionLostError

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.transports import Transport


class WatchedTransport:
    """Passes bytes on.

    Attributes:
        inner: The transport around which it is.
        written: What was written, with the time of each write.
        change: Called with each piece that was read; what it returns is read instead.
        is_mute: Whether nothing is read any more.
        is_cut: Whether the pipe has ended.
    """

    def __init__(self, inner: Transport) -> None:
        self.inner = inner
        self.written: list[tuple[float, bytes]] = []
        self.change: Callable[[bytes], bytes] = lambda data: data
        self.is_mute = False
        self.is_cut = False

    @property
    def url(self) -> str:
        return self.inner.url

    def open(self) -> None:
        self.inner.open()

    def read(self, timeout: float | None) -> bytes:
        self._require_link()
        data = self.inner.read(timeout)
        self._require_link()
        return b"" if self.is_mute else self.change(data)

    def write(self, data: bytes, timeout: float | None) -> int:
        self._require_link()
        count = self.inner.write(data, timeout)
        self.written.append((time.monotonic(), data[:count]))
        return count

    def wake(self) -> None:
        self.inner.wake()

    def close(self) -> None:
        self.inner.close()

    def cut(self) -> None:
        """End the pipe, as an unplugged cable does."""
        self.is_cut = True
        self.inner.wake()

    def times_of(self, byte: bytes) -> list[float]:
        """Return when a byte was written."""
        return [when for when, data in self.written for _ in range(data.count(byte))]

    def _require_link(self) -> None:
        if self.is_cut:
            raise ConnectionLostError("unplugged", port=self.url)
