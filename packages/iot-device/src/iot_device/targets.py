"""Which board is meant: from the words of a user to a transport."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from iot_device.errors import AmbiguousTargetError, PortNotFoundError
from iot_device.transports.url import parse_url, transport_for

if TYPE_CHECKING:
    from iot_device.transports.base import Transport

__all__ = ["resolve_target", "transport_of"]


def resolve_target(target: str | None = None) -> str:
    """Return the URL or port that is meant.

    Args:
        target: A URL or a port; ``None`` for the one in the variable ``IOT_DEVICE``, else the
            only board that is attached.

    Raises:
        PortNotFoundError: No board is attached.
        AmbiguousTargetError: Several are.
    """
    return target or os.environ.get("IOT_DEVICE") or _only_attached()


def transport_of(target: str) -> Transport:
    """Make the transport for a URL or port, not yet open.

    Raises:
        InvalidTargetError: The words make no sense.
    """
    url = parse_url(target)
    if url.scheme == "sim":
        from iot_device.simulator.transport import SimulatorTransport  # noqa: PLC0415  (start-up)

        return SimulatorTransport.from_url(target)
    return transport_for(url)


def _only_attached() -> str:
    from iot_device.discovery import serial_candidates  # noqa: PLC0415  (start-up: loads pyserial)

    candidates = serial_candidates()
    if not candidates:
        raise PortNotFoundError(
            "no board is attached",
            port="",
            hint="plug one in, name one with -d or IOT_DEVICE, or try the simulated one: -d sim://",
        )
    if len(candidates) > 1:
        urls = [candidate.url for candidate in candidates]
        raise AmbiguousTargetError(
            f"{len(candidates)} boards are attached: {', '.join(urls)}",
            port="",
            candidates=urls,
            hint="name one with -d or IOT_DEVICE",
        )
    return candidates[0].url
