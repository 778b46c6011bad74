"""What the transports share: one pipe, one URL, one way to say that the pipe ended."""

from __future__ import annotations

import contextlib
import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from iot_device.errors import ConnectionLostError

if TYPE_CHECKING:
    from iot_device.transports.select_pipe import Pipe

__all__ = ["PipeTransport"]


class PipeTransport(ABC):
    """A transport over a ``Pipe``; a subclass knows how to make one.

    Args:
        url: The URL for messages, without secrets.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._pipe: Pipe | None = None
        self._end: str | None = None

    @property
    def url(self) -> str:
        """The URL as the user would write it, without secrets."""
        return self._url

    def open(self) -> None:
        """Open the pipe; if it is open, do nothing.

        Raises:
            ConnectError: It cannot be opened; the subclass tells why.
        """
        if self._pipe is None:
            self._end = None
            self._pipe = self._connect()

    def read(self, timeout: float | None) -> bytes:
        """See ``Transport.read``."""
        try:
            return self._open_pipe().read(timeout)
        except (EOFError, OSError) as error:
            self._end = self._reason(error)
            raise self._lost() from error

    def write(self, data: bytes, timeout: float | None) -> int:
        """See ``Transport.write``."""
        pipe = self._open_pipe()
        try:
            return pipe.write(data, timeout)
        except (EOFError, OSError) as error:
            # The end is not noted: what the board sent before it can still be read.
            raise self._lost(self._reason(error)) from error

    def wake(self) -> None:
        """See ``Transport.wake``."""
        pipe = self._pipe
        if pipe is not None:
            pipe.wake()

    def close(self) -> None:
        """See ``Transport.close``."""
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()

    def __repr__(self) -> str:
        state = "closed" if self._pipe is None else "ended" if self._end else "open"
        return f"<{type(self).__name__} {self._url} {state}>"

    @abstractmethod
    def _connect(self) -> Pipe:
        """Make the pipe; raise a ``ConnectError`` that names port, reason and remedy."""

    def _reason(self, error: Exception) -> str:
        """Say in words why the pipe ended."""
        number = error.errno if isinstance(error, OSError) else None
        return os.strerror(number) if number else str(error)

    def _open_pipe(self) -> Pipe:
        if self._pipe is None:
            raise self._lost("it is closed")
        if self._end is not None:
            raise self._lost()
        return self._pipe

    def _lost(self, reason: str | None = None) -> ConnectionLostError:
        words = reason or self._end
        return ConnectionLostError(f"lost the connection to {self._url}: {words}", port=self._url)
