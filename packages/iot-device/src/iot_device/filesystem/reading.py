"""Reading files and computing digests."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING, Final

from iot_device.errors import ExecutionError, ResultError, UnsupportedError, VerificationError
from iot_device.filesystem.board_errors import named_error
from iot_device.filesystem.calls import TIMEOUT_WITH_SIGNS
from iot_device.filesystem.downloading import Copy, receive_stream
from iot_device.filesystem.encoding import decoded, reading_text
from iot_device.filesystem.entries import FileStat, stat_from
from iot_device.filesystem.progress import OnProgress, unseen

if TYPE_CHECKING:
    from typing import BinaryIO

    from iot_device.filesystem.calls import BoardCalls

__all__ = [
    "SMALLEST_PIECE",
    "board_digest",
    "digest_of",
    "read_file",
    "read_into",
    "read_once",
    "stat_of",
]

_BLOCK: Final = 32768  # bytes of one call; with base64 that is 4 seconds at 115200 baud
_LARGEST_PIECE: Final = 1024  # bytes, of which the board holds one and its text
SMALLEST_PIECE: Final = 32  # bytes; below that a board has no memory for anything
_READINGS: Final = 2  # of a file that changes meanwhile


def stat_of(calls: BoardCalls, path: str) -> FileStat:
    """Return what the board knows about a path.

    Raises:
        FileNotFoundError: There is no such file (``BoardOSError``).
    """
    if not calls.features.flat:
        return stat_from(calls.os("stat", path, path=path))
    if path in ("", "/"):
        return FileStat("dir", 0, None)
    return FileStat("file", int(calls.os("size", path, path=path)), None)


def read_file(calls: BoardCalls, path: str, on_progress: OnProgress = unseen) -> bytes:
    """Return the bytes of a file, compared by digest or, without ``hashlib``, by length.

    Args:
        calls: Runs board code.
        path: The file.
        on_progress: Told of each block.

    Raises:
        VerificationError: It changes while it is read, or bytes get lost on the way.
    """
    file = BytesIO()
    read_into(calls, path, file, on_progress)
    return file.getvalue()


def read_into(
    calls: BoardCalls, path: str, file: BinaryIO, on_progress: OnProgress = unseen
) -> None:
    """Write the bytes of a file into a file of the host, from where that stands.

    Args:
        calls: Runs board code.
        path: The file.
        file: Can seek and be truncated: a file that changes meanwhile is read again.
        on_progress: Told of each block.

    Raises:
        VerificationError: It changes while it is read, or bytes get lost on the way.
    """
    start = file.tell()
    expected = actual = ""
    for _ in range(_READINGS):
        file.seek(start)
        file.truncate()
        size = _file_size(calls, path)
        copy = Copy(file, size, on_progress)
        digest = receive_stream(calls, path, copy)
        _read_blocks(calls, path, copy)
        if calls.features.has_digest("sha256"):
            expected, actual = digest or board_digest(calls, path, "sha256"), copy.sha256
        else:
            expected, actual = f"{size} bytes", f"{copy.size} bytes"
        if expected == actual:
            return
    raise VerificationError(
        f"{path}: what was read is not what is on the board",
        path=path,
        expected=expected,
        actual=actual,
        hint="does a program on the board write to the file?",
    )


def read_once(calls: BoardCalls, path: str, size: int) -> bytes:
    """Return the first bytes of a file, as they come."""
    file = BytesIO()
    _read_blocks(calls, path, Copy(file, size, unseen))
    return file.getvalue()


def _read_blocks(calls: BoardCalls, path: str, copy: Copy) -> None:
    # Without folders there is no seek either; such files are smaller than one block.
    step = max(copy.total, 1) if calls.features.flat else _BLOCK
    for at in range(copy.size, copy.total, step):
        copy.add(_read_block(calls, path, at, min(step, copy.total - at)))


def _read_block(calls: BoardCalls, path: str, offset: int, count: int) -> bytes:
    text = reading_text(calls.features)
    piece = _LARGEST_PIECE
    while True:
        try:
            items = calls.call("files_read", path, offset, count, piece, text, path=path)
        except ExecutionError as error:
            if error.result.exception != "MemoryError" or piece <= SMALLEST_PIECE:
                raise
            piece //= 2
        else:
            return b"".join(decoded(item, text) for item in items)


def digest_of(calls: BoardCalls, path: str, algorithm: str) -> str:
    """Return the digest of a file: the board's own, else that of its bytes.

    Raises:
        UnsupportedError: Neither the board nor the host knows the algorithm.
    """
    if calls.features.has_digest(algorithm):
        _file_size(calls, path)  # raises if there is none
        return board_digest(calls, path, algorithm)
    if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
        raise UnsupportedError(
            f"nobody here knows the digest {algorithm}", feature=f"hashlib.{algorithm}"
        )
    return hashlib.new(algorithm, read_file(calls, path)).hexdigest()


def board_digest(calls: BoardCalls, path: str, algorithm: str, *, offset: int = 0) -> str:
    """Return the digest that the board computes of its file, from ``offset`` on."""
    words = path, algorithm, offset
    items = calls.call("files_digest", *words, path=path, timeout=TIMEOUT_WITH_SIGNS)
    value = items[-1] if items else None  # before it come signs of life
    if algorithm == "crc32" and isinstance(value, int):
        return f"{value & 0xFFFFFFFF:08x}"
    if isinstance(value, bytes):
        return value.hex()
    raise ResultError("the board's digest makes no sense", text=ascii(value))


def _file_size(calls: BoardCalls, path: str) -> int:
    facts = stat_of(calls, path)
    if facts.type == "dir":
        raise named_error("EISDIR", path)
    return facts.size
