"""From a URL to the transport that opens it, whatever kind of board that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device.sharing import WAIT, SharedTransport
from iot_device.transports.url import parse_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.transports.base import Transport

__all__ = ["transport_of"]


def transport_of(
    target: str, *, wait: float = WAIT, wrap: Callable[[Transport], Transport] | None = None
) -> Transport:
    """Make the transport for a URL or port, not yet open.

    What other processes may want as well is shared with them: locked while it is open.

    Args:
        target: A URL or a port.
        wait: Seconds to wait for a board that is busy.
        wrap: Puts something around each pipe that is opened.

    Raises:
        InvalidTargetError: The words make no sense.
    """
    url = parse_url(target)
    wrap = wrap or _as_it_is
    if url.scheme == "sim":  # nobody else can have it
        from iot_device.simulator.transport import SimulatorTransport  # noqa: PLC0415  (start-up)

        return wrap(SimulatorTransport.from_url(target))
    return SharedTransport(url, wait=wait, wrap=wrap)


def _as_it_is(transport: Transport) -> Transport:
    return transport
