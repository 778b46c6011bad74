"""One board, many processes: who may use a port, how others ask for it, and finding it again."""

from __future__ import annotations

from iot_device.sharing.shared_transport import WAIT, SharedTransport, lose, open_again

__all__ = ["WAIT", "SharedTransport", "lose", "open_again"]
