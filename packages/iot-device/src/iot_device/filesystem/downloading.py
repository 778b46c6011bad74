"""Receiving the bytes of a file of the board, as a stream."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from iot_device.errors import ExecutionError, RemoteProtocolError
from iot_device.protocol.transfer import FrameReader

if TYPE_CHECKING:
    from typing import BinaryIO

    from iot_device.filesystem.calls import BoardCalls
    from iot_device.filesystem.progress import OnProgress

__all__ = ["Copy", "receive_stream"]

_LARGEST_BLOCK: Final = 4096  # bytes: nothing waits between blocks, and progress is told after each
_PATIENCE: Final = 3.0  # seconds without a byte in the midst of a file; flash is read faster
_SILENCES: Final = 3  # one after the other, while the board computes the digest
_FAILURES: Final = 8  # in a row, without a new block; each time blocks get smaller


class _DamagedError(Exception):
    """Bytes of the stream were lost or changed. Never leaves this module."""


class _DigestLostError(Exception):
    """All bytes are there, and the board says nothing more. Never leaves this module."""


class Copy:
    """The host's copy of a file, as it grows.

    Args:
        file: Gets the bytes.
        total: Bytes that are expected.
        on_progress: Told of each block.

    Attributes:
        size: Bytes so far.
    """

    def __init__(self, file: BinaryIO, total: int, on_progress: OnProgress) -> None:
        self.size: int = 0
        self.total: int = total
        self._file = file
        self._on_progress = on_progress
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Digest of what is there, in hex."""
        return self._digest.hexdigest()

    def add(self, block: bytes) -> None:
        """Write a block."""
        self._file.write(block)
        self._digest.update(block)
        self.size += len(block)
        self._on_progress(min(self.size, self.total), self.total)


class _Download:
    """Joins a ``FrameReader`` to the board: an ``Exchange`` in which the host only listens."""

    patience: float = _PATIENCE
    is_settled: bool = True

    def __init__(self, reader: FrameReader, copy: Copy) -> None:
        self._reader = reader
        self._copy = copy
        self._silences = 0

    def receive_data(self, data: bytes) -> bytes:
        """Take out the frames."""
        outside = self._reader.receive_data(data)
        for block in self._reader.blocks:
            self._copy.add(block)
        self._reader.blocks.clear()
        if self._reader.is_damaged:
            raise _DamagedError
        return outside

    def receive_item(self, item: Any) -> None:  # noqa: ARG002  (looked at when all have come)
        """Show that the board is alive; the digest is looked at in the end."""
        self._silences = 0

    def data_to_send(self) -> bytes:
        """Return nothing: the board is not asked between frames."""
        return b""

    def silence(self, *, unsent: bool) -> bool:  # noqa: ARG002  (nothing is sent)
        """Begin again if the end of a frame got lost; the digest may take longer."""
        if self._copy.size < self._copy.total:
            raise _DamagedError
        self._silences += 1
        if self._silences == _SILENCES:
            raise _DigestLostError
        return True


def receive_stream(calls: BoardCalls, path: str, copy: Copy) -> str:
    """Receive a file as far as streams will do; return the board's digest of it, in hex.

    Where there is no stream, no digest, or the stream ended early, that is empty.

    Args:
        calls: Runs board code.
        path: The file.
        copy: Gets the bytes, from where it stands.

    Raises:
        BoardOSError: The board refused.
        RemoteProtocolError: Bytes get lost again and again.
    """
    failures = 0
    while calls.can_stream:
        size = copy.size
        block = min(_LARGEST_BLOCK, calls.link.pace(calls.features.memory).block)
        try:
            return _receive(calls, path, copy, block >> failures or 1)
        except _DamagedError:
            failures = 0 if copy.size > size else failures + 1
        except _DigestLostError:
            return ""
        except ExecutionError as error:
            if error.result.exception != "MemoryError":
                raise
            calls.link.works = calls.link.shrink(block)
        if failures > _FAILURES:
            raise RemoteProtocolError(
                "bytes of the board are lost on the way, again and again",
                state="STREAMING",
                hint="try a lower baud rate, a shorter cable, or less load on this computer",
            )
    return ""


def _receive(calls: BoardCalls, path: str, copy: Copy, block: int) -> str:
    check = calls.features.check or "crc32"
    algorithm = "sha256" if "hashlib.sha256" in calls.features.names else ""
    exchange = _Download(FrameReader(check), copy)
    arguments = (path, copy.size, block, check == "crc32", algorithm)
    items = calls.stream("files_send", *arguments, exchange=exchange, path=path)
    digests = [item.hex() for item in items if isinstance(item, bytes)]
    return digests[0] if len(digests) == 1 else ""
