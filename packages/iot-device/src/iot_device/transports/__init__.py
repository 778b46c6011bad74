"""Byte pipes to boards."""

from __future__ import annotations

from iot_device.transports.base import MAX_READ, Transport
from iot_device.transports.process import ProcessTransport
from iot_device.transports.rfc2217 import Rfc2217Transport
from iot_device.transports.serial import SerialTransport
from iot_device.transports.socket import SocketTransport, TelnetTransport
from iot_device.transports.url import TransportUrl, parse_url, transport_for

__all__ = [
    "MAX_READ",
    "ProcessTransport",
    "Rfc2217Transport",
    "SerialTransport",
    "SocketTransport",
    "TelnetTransport",
    "Transport",
    "TransportUrl",
    "parse_url",
    "transport_for",
]
