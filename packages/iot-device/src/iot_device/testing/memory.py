"""A transport without anything behind it, and the other end of it."""

from __future__ import annotations

from iot_device.transports.pipe_transport import PipeTransport
from iot_device.transports.select_pipe import Deadline
from iot_device.transports.threaded_pipe import Inbox, Outbox

__all__ = ["MemoryPeer", "MemoryTransport"]


class MemoryTransport(PipeTransport):
    """A transport in memory; ``peer`` plays the board.

    Args:
        capacity: Bytes that ``write`` takes while the peer does not read.

    Example::

        transport = MemoryTransport()
        transport.open()
        transport.peer.write(b">>> ")
        assert transport.read(timeout=1) == b">>> "
    """

    def __init__(self, *, capacity: int = 65536) -> None:
        super().__init__("memory://")
        self._to_board = Outbox(capacity)
        self._from_board = Inbox()
        self.peer: MemoryPeer = MemoryPeer(self._from_board, self._to_board)

    def _connect(self) -> _MemoryPipe:
        return _MemoryPipe(self._from_board, self._to_board)


class _MemoryPipe:
    def __init__(self, inbox: Inbox, outbox: Outbox) -> None:
        self.read = inbox.get
        self.write = outbox.put
        self.wake = inbox.wake
        self.close = outbox.close


class MemoryPeer:
    """The board's end of a ``MemoryTransport``."""

    def __init__(self, to_host: Inbox, from_host: Outbox) -> None:
        self._to_host = to_host
        self._from_host = from_host

    def write(self, data: bytes) -> None:
        """Send bytes to the transport; never waits."""
        self._to_host.put(data)

    def read_exactly(self, count: int, timeout: float) -> bytes:
        """Return the next ``count`` bytes that the transport wrote.

        Args:
            count: Number of bytes.
            timeout: Seconds for all of them.

        Raises:
            TimeoutError: They did not all come; the message shows those that did.
        """
        deadline = Deadline(timeout)
        data = b""
        while len(data) < count:
            chunk = self._from_host.take(count - len(data), deadline.left())
            if not chunk:
                raise TimeoutError(f"{len(data)} of {count} bytes came: {data[-200:]!r}")
            data += chunk
        return data

    def close(self) -> None:
        """Unplug: the transport reads what was written before, then it has lost its peer."""
        error = EOFError("the other side closed it")
        self._to_host.end(error)
        self._from_host.fail(error)
