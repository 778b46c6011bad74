"""The end of a write: the temporary file takes the place of the old one, or goes."""

from __future__ import annotations

import posixpath
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from iot_device.errors import IotError
from iot_device.filesystem.paths import name_of, parent_of
from iot_device.filesystem.reading import stat_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device.filesystem.calls import BoardCalls

__all__ = ["CLEANUP", "close_quietly", "discard", "noted_write", "put_in_place", "tell_state"]

CLEANUP: Final = 5.0  # seconds; whoever waits here waits for an error message


@contextmanager
def noted_write(calls: BoardCalls, path: str, temporary: str, data: bytes) -> Iterator[None]:
    """Note on this computer that a file is being written, in case that it does not end well.

    Args:
        calls: Runs board code.
        path: The file.
        temporary: What it is written to, from the board's root.
        data: Its content.
    """
    absolute = posixpath.join(parent_of(temporary), name_of(path))
    calls.journal.begin(absolute, temporary, data)
    calls.being_written = frozenset({temporary})
    try:
        yield
    finally:
        calls.being_written = frozenset()


def put_in_place(calls: BoardCalls, temporary: str, path: str, *, existed: bool) -> None:
    """Rename a file that is whole over the old one.

    Args:
        calls: Runs board code.
        temporary: The file.
        path: Where it belongs.
        existed: Whether there was an old one.

    Raises:
        BoardOSError: The board refused; the message tells in what state the file is.
    """
    try:
        _rename_over(calls, temporary, path)
    except BaseException as error:
        tell_state(error, _after_failed_rename(calls, temporary, path, existed=existed))
        raise
    calls.journal.end(temporary)


def _rename_over(calls: BoardCalls, temporary: str, path: str) -> None:
    try:
        calls.os("rename", temporary, path, path=path)
    except FileExistsError:
        # FAT before 1.9.4 (issue 2598) and SPIFFS do not replace.
        calls.os("remove", path, path=path)
        calls.os("rename", temporary, path, path=path)


def _after_failed_rename(calls: BoardCalls, temporary: str, path: str, *, existed: bool) -> str:
    """Tidy up; return the state. FAT removes the old file first, even in its own rename."""
    try:
        stat_of(calls, path)
    except FileNotFoundError:
        if existed:
            return f"the old {path} is gone; the new one, whole, is {temporary}"
    except Exception:  # noqa: BLE001  (the error that brought us here is the one to tell)
        return f"{path} is the old file or the new one, whole, or the new one is {temporary}"
    discard(calls, temporary)
    return f"{path} is the old file or the new one, whole" if existed else f"there is no {path}"


def discard(calls: BoardCalls, path: str) -> None:
    """Remove what a failed write left, as far as the board still answers."""
    close_quietly(calls)
    with suppress(Exception):  # the error that brought us here is the one to tell
        with suppress(FileNotFoundError):
            calls.call("files_os", "remove", path, path=path, timeout=CLEANUP)
        calls.journal.end(path)


def close_quietly(calls: BoardCalls) -> None:
    """Close the file that is written to, as far as the board still answers."""
    with suppress(Exception):  # the error that brought us here is the one to tell
        calls.call("files_close", path="", timeout=CLEANUP)


def tell_state(error: BaseException, state: str) -> None:
    """Add to an error in what state the data is."""
    if isinstance(error, IotError):
        error.message = f"{error.message}; {state}"
    else:
        error.add_note(state)
