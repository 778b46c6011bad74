"""Writing files: verified, and atomic where the board can rename.

The order is that of a safe write everywhere: room, temporary name, close, digest, rename. A cut
cable leaves the old file or the new one, never half of one.
"""

from __future__ import annotations

import binascii
import hashlib
import posixpath
from typing import TYPE_CHECKING, Literal

from iot_device.errors import (
    BoardOSError,
    ExecutionError,
    ResultError,
    UnsupportedError,
    VerificationError,
)
from iot_device.filesystem.board_errors import named_error
from iot_device.filesystem.entries import Proof, VfsSpace, WriteResult, space_from, type_of
from iot_device.filesystem.paths import parent_of, temporary_for
from iot_device.filesystem.pieces import send_pieces
from iot_device.filesystem.placing import (
    close_quietly,
    discard,
    noted_write,
    put_in_place,
    tell_state,
)
from iot_device.filesystem.progress import OnProgress, unseen
from iot_device.filesystem.reading import board_digest, read_once, stat_of
from iot_device.filesystem.uploading import send_stream

if TYPE_CHECKING:
    from iot_device.filesystem.calls import BoardCalls

__all__ = ["append_file", "resumable", "touch_file", "unchanged", "write_file"]


def write_file(
    calls: BoardCalls, path: str, data: bytes, on_progress: OnProgress = unseen
) -> WriteResult:
    """Store a file whole, or leave the board as it was.

    Args:
        calls: Runs board code.
        path: The file.
        data: Its content.
        on_progress: Told of each piece.

    Raises:
        BoardOSError: The board refused; the message tells in what state the file is.
        VerificationError: What is stored is not what was sent; likewise.
    """
    if "os.rename" not in calls.features.names:
        return _write_without_rename(calls, path, data, on_progress)
    existed, temporary, there = _prepare(calls, path, len(data))
    if existed and _was_finished(calls, path, temporary, data):
        on_progress(len(data), len(data))
        return WriteResult(path, len(data), "sha256", atomic=True, resumed=len(data))
    with noted_write(calls, path, temporary, data):
        try:
            start = resumable(calls, temporary, data, there)
            proof = _store(calls, temporary, data, on_progress, start)
        except BaseException as error:
            discard(calls, temporary)
            tell_state(error, unchanged(path, existed=existed))
            raise
        put_in_place(calls, temporary, path, existed=existed)
    size = stat_of(calls, path).size
    if size != len(data):
        raise VerificationError(
            f"{path} was changed right after it was written",
            path=path,
            expected=f"{len(data)} bytes",
            actual=f"{size} bytes",
        )
    return WriteResult(path, len(data), proof, atomic=True, resumed=start)


def append_file(calls: BoardCalls, path: str, data: bytes) -> WriteResult:
    """Add bytes to the end of a file; make the file if there is none.

    Raises:
        UnsupportedError: The firmware cannot append.
        BoardOSError: The board refused; the message tells in what state the file is.
        VerificationError: What is stored is not what was sent; likewise.
    """
    try:
        free = _open(calls, path, "ab")
        size = stat_of(calls, path).size
    except BaseException:
        close_quietly(calls)
        raise
    try:
        _send(calls, path, data, free, unseen)
        calls.call("files_close", path=path)
        proof = _prove(calls, path, data, offset=size)
    except BaseException as error:
        close_quietly(calls)
        tell_state(error, f"{path} may have got a part of the new bytes after its first {size}")
        raise
    return WriteResult(path, len(data), proof, atomic=False)


def touch_file(calls: BoardCalls, path: str) -> None:
    """Make an empty file if there is none."""
    try:
        _open(calls, path, "ab")
    finally:
        close_quietly(calls)


def _prepare(calls: BoardCalls, path: str, size: int) -> tuple[bool, str, int]:
    """See that the file can be written.

    Returns whether it exists, the temporary name from the board's root, and the bytes that are
    there under that name.
    """
    parent, usual = parent_of(path), temporary_for(path)
    match calls.call("files_before", path, parent, usual, path=path):
        case [
            (int(old), int(reason)),
            (int(folder), int(why)),
            (int(left), int(there)),
            (str(current),),
            *space,
        ]:
            pass
        case other:
            raise ResultError("the board's answer is incomplete", text=ascii(other))
    if not folder:
        raise calls.error(why, parent)
    if type_of(folder) != "dir":
        raise named_error("ENOTDIR", parent, "it is a file, not a folder; nothing was done")
    if old and type_of(old) == "dir":
        raise named_error("EISDIR", path, "a folder is in the way; nothing was done")
    if not old and not isinstance(calls.error(reason, path), FileNotFoundError):
        raise calls.error(reason, path)
    there = there if left and type_of(left) == "file" else 0
    old_size = reason if old else 0  # beside a mode stands a size
    temporary = _with_room(path, max(0, size - there), old_size, space)
    there = there if temporary == usual else 0
    return bool(old), posixpath.join(current, temporary), there


def _was_finished(calls: BoardCalls, path: str, temporary: str, data: bytes) -> bool:
    """Whether this write, cut at its end, was finished when the board was connected again."""
    digest = calls.finished.pop(temporary, "")
    if not digest or hashlib.sha256(data).hexdigest() != digest:
        return False
    return calls.features.has_digest("sha256") and board_digest(calls, path, "sha256") == digest


def resumable(calls: BoardCalls, temporary: str, data: bytes, there: int) -> int:
    """Return how many bytes an earlier write of the same content has stored; 0 if it was another.

    Args:
        calls: Runs board code.
        temporary: Where they are.
        data: What is written now.
        there: How many they are.
    """
    if not 0 < there <= len(data) or not calls.features.has_digest("sha256"):
        return 0
    digest = board_digest(calls, temporary, "sha256")
    return there if digest == hashlib.sha256(data[:there]).hexdigest() else 0


def _with_room(path: str, size: int, old_size: int, space: list[tuple[int, ...]]) -> str:
    if not space:
        return temporary_for(path)
    room = space_from(space[0])
    # Some file systems know no figures and say 0 of 0.
    if room.total and size > room.free:
        raise _no_room(path, size, old_size, room)
    name_max = space[0][9] if len(space[0]) > 9 else 0  # f_namemax
    return temporary_for(path, name_max) if name_max else temporary_for(path)


def _no_room(path: str, size: int, old_size: int, room: VfsSpace) -> BoardOSError:
    beside = " beside the old file" if old_size else ""
    text = f"{size} bytes are needed{beside}, {room.free} are free; nothing was done"
    error = named_error("ENOSPC", path, text)
    without_old = room.free + room.occupied(old_size)
    if room.free < size <= without_old:
        error.hint = (
            f"cp --in-place gives up the old file first, which makes {without_old} bytes of room; "
            "if the link is cut then, it is lost"
        )
    return error


def _store(
    calls: BoardCalls, path: str, data: bytes, on_progress: OnProgress, start: int = 0
) -> Proof:
    """Write a file from ``start`` on; return how all of it was proved to be right."""
    free = _open(calls, path, "ab" if start else "wb", start)
    _send(calls, path, data, free, on_progress, start)
    calls.call("files_close", path=path)
    return _prove(calls, path, data)


def _write_without_rename(
    calls: BoardCalls, path: str, data: bytes, on_progress: OnProgress
) -> WriteResult:
    """Write where a file cannot be renamed: the old one is lost if this fails."""
    try:
        proof = _store(calls, path, data, on_progress)
    except BaseException as error:
        discard(calls, path)
        tell_state(
            error, f"{path} was removed: this firmware has no os.rename to keep the old file"
        )
        raise
    return WriteResult(path, len(data), proof, atomic=False)


def _open(calls: BoardCalls, path: str, mode: Literal["ab", "wb"], size: int = 0) -> int:
    """Open the file on the board; return the board's free memory in bytes, 0 if unknown."""
    try:
        return int(calls.value("files_open", path, mode, size, path=path))
    except ExecutionError as error:
        if error.result.exception != "ValueError":
            raise
        feature = f"open(..., '{mode}')"
        raise UnsupportedError(f"this board's firmware has no {feature}", feature=feature) from None


def _send(
    calls: BoardCalls, path: str, data: bytes, free: int, on_progress: OnProgress, start: int = 0
) -> None:
    def tell(stored: int) -> None:
        on_progress(stored, len(data))

    if start:
        tell(start)
    offset = send_stream(calls, path, data, free, tell, start=start)
    send_pieces(calls, path, data, free, tell, start=offset)


def _prove(calls: BoardCalls, path: str, data: bytes, *, offset: int = 0) -> Proof:
    """Compare what is stored from ``offset`` on with what was sent."""
    proof: Proof
    if calls.features.has_digest("sha256"):
        proof, expected = "sha256", hashlib.sha256(data).hexdigest()
    elif "binascii.crc32" in calls.features.names:
        proof, expected = "crc32", f"{binascii.crc32(data):08x}"
    else:
        proof, expected = "read back", hashlib.sha256(data).hexdigest()
    if proof == "read back":
        size = stat_of(calls, path).size
        actual = hashlib.sha256(read_once(calls, path, size)[offset:]).hexdigest()
    else:
        actual = board_digest(calls, path, proof, offset=offset)
    if actual != expected:
        raise VerificationError(
            f"{path}: what is stored is not what was sent",
            path=path,
            expected=expected,
            actual=actual,
        )
    return proof


def unchanged(path: str, *, existed: bool) -> str:
    """Return the words for a file that was not touched."""
    return f"{path} on the board is unchanged" if existed else f"there is no {path} on the board"
