"""A transport that is cut for good after so many reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device.errors import ConnectionLostError

if TYPE_CHECKING:
    from iot_device.transports.base import Transport

__all__ = ["CutTransport"]


class CutTransport:
    """Passes bytes on, until ``left`` reads were made."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.url = transport.url
        self.open = transport.open
        self.write = transport.write
        self.wake = transport.wake
        self.close = transport.close
        self.left = 1_000_000

    def read(self, timeout: float | None) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise ConnectionLostError("the cable was pulled", port=self.url)
        return self._transport.read(timeout)
