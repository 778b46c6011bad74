"""Byte pipes to boards; each kind stands in a module of its own, loaded when a URL names it."""

from __future__ import annotations

from iot_device.transports.base import MAX_READ, Transport
from iot_device.transports.url import TransportUrl, parse_url, transport_for

__all__ = [
    "MAX_READ",
    "Transport",
    "TransportUrl",
    "parse_url",
    "transport_for",
]
