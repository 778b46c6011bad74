"""What a transport promises.

A transport is an open, ordered byte pipe to one board. It knows bytes, not REPLs. All of them
pass the same contract suite, ``iot_device.testing.check_transport``.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["MAX_READ", "Transport"]

MAX_READ = 65536  # bytes; the most that one read returns


class Transport(Protocol):
    """Five methods, and the URL for messages. Making one does nothing; ``open`` opens."""

    @property
    def url(self) -> str:
        """The URL as the user would write it, without secrets."""
        ...

    def open(self) -> None:
        """Open the pipe.

        Raises:
            ConnectError: It cannot be opened; the subclass tells why.
        """
        ...

    def read(self, timeout: float | None) -> bytes:
        """Return what has arrived, at least one byte and at most ``MAX_READ``.

        Returns early with ``b""`` if nothing arrives within ``timeout``, or when ``wake`` is
        called (also if it was called just before).

        Args:
            timeout: Seconds; 0 returns at once, ``None`` waits for ever.

        Raises:
            ConnectionLostError: The pipe ended or was closed. What arrived before the end is
                returned first.
        """
        ...

    def write(self, data: bytes, timeout: float | None) -> int:
        """Send bytes in order; return how many were taken, which may be fewer, even none.

        Args:
            data: Bytes to send.
            timeout: Seconds to wait until at least one byte can be taken; ``None`` waits for ever.

        Raises:
            ConnectionLostError: The pipe ended or was closed.
        """
        ...

    def wake(self) -> None:
        """Make a ``read`` that waits return ``b""`` soon.

        May be called from any thread and from a signal handler; never blocks, never raises.
        """
        ...

    def close(self) -> None:
        """Close the pipe; a second call does nothing. Never raises."""
        ...
