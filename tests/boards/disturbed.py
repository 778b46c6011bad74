"""A link that changes what is written and read, and counts it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from iot_device.device import Device

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iot_device.transports.base import Transport

__all__ = ["Disturbed", "opened"]


class Disturbed:
    """A transport that changes what is written and read, and counts it.

    Attributes:
        url: May be changed, since it says what kind of link it is.
        harm: Given the bytes and how many were written before; what it returns is written.
        harm_read: The same for what is read.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.url = transport.url
        self.open = transport.open
        self.wake = transport.wake
        self.close = transport.close
        self.written = 0
        self.was_read = 0
        self.harm_read: Callable[[bytes, int], bytes] = lambda data, _: data
        self.harm: Callable[[bytes, int], bytes] = lambda data, _: data

    def read(self, timeout: float | None) -> bytes:
        data = self._transport.read(timeout)
        before, self.was_read = self.was_read, self.was_read + len(data)
        return self.harm_read(data, before)

    def write(self, data: bytes, timeout: float | None) -> int:
        before, self.written = self.written, self.written + len(data)
        rest = self.harm(data, before)
        while rest:
            rest = rest[self._transport.write(rest, timeout) :]
        return len(data)


@contextmanager
def opened(transport: Disturbed) -> Iterator[Device]:
    with Device(transport) as device:
        device.open()
        device.files.write("/warm", b"")
        transport.written = transport.was_read = 0
        yield device
