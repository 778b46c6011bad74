"""Opening a port again that went away for a while, as a reset board's port does."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from iot_device.errors import ConnectError, ConnectionLostError
from iot_device.sharing import lose, open_again

if TYPE_CHECKING:
    from iot_device.session.deadline import Deadline
    from iot_device.transports.base import Transport

__all__ = ["reopen"]

INTERVAL: Final = 0.1  # seconds between two looks


def reopen(transport: Transport, deadline: Deadline) -> None:
    """Close the transport and open it again as soon as that is possible; let nobody in meanwhile.

    Raises:
        ConnectError: The port did not come back before the deadline.
    """
    lose(transport)
    waiting = threading.Event()
    while True:
        try:
            open_again(transport, deadline.remaining or 0.0)
        except (ConnectError, ConnectionLostError):
            if deadline.expired:
                transport.close()
                raise
            waiting.wait(deadline.within(INTERVAL).remaining)
        else:
            return
