"""What interrupted writes left on a board: it is finished, removed, or kept to go on from.

No file is put in the place of another one here, and none is removed that is not proved to be the
beginning of what this computer wrote.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from iot_device.errors import BoardOSError, ExecutionError, RemoteProtocolError, ResultError
from iot_device.filesystem.changing import blocks_on_board
from iot_device.filesystem.entries import type_of
from iot_device.filesystem.paths import ASIDE, TEMPORARY, name_of, parent_of
from iot_device.filesystem.reading import board_digest
from iot_device.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from iot_device.filesystem.calls import BoardCalls
    from iot_device.filesystem.entries import Entry
    from iot_device.filesystem.journal import BegunWrite

__all__ = ["Leftover", "LeftoverAction", "leftovers_among", "settle_leftovers"]

LeftoverAction: TypeAlias = Literal["finished", "removed", "kept", "unknown", "found", "aside"]

_WORTH_KEEPING: Final = 4096  # bytes; fewer are sent again as fast
_KEPT_FOR: Final = 24 * 3600.0  # seconds
_FORGOTTEN_AFTER: Final = 30 * 24 * 3600.0  # seconds in which its folder was never there


@dataclass(frozen=True)
class Leftover:
    """What an interrupted write left, and what became of it.

    Attributes:
        path: The file that was written; empty if a listing showed nothing of that name.
        temporary: What it was written to.
        action: ``"finished"``: it was whole, and the file was missing; it has taken its place.
            ``"removed"``: it is gone. ``"kept"``: a write of the same content goes on from there,
            within a day. ``"unknown"``: it is not what the write had stored, and was left alone.
            ``"found"``: a listing showed it, and this computer did not write it; it was left alone.
            ``"aside"``: a listing showed what an interrupted sync had renamed; likewise.
        size: Bytes that it has, or had.
        total: Bytes of the whole file; ``None`` if that is not known.
    """

    path: str
    temporary: str
    action: LeftoverAction
    size: int
    total: int | None = None

    @property
    def message(self) -> str:
        """One sentence for people."""
        path, temporary = printable(self.path), printable(self.temporary)
        return {
            "finished": f"{path} was missing after an interrupted write, which had stored it whole "
            f"as {temporary}; it is in its place now",
            "removed": f"{temporary}, which an interrupted write of {path} left, is removed",
            "kept": f"{temporary} has {self.size} of {self.total} bytes of {path}, whose write was "
            "interrupted; writing the same again within a day goes on from there",
            "unknown": f"{temporary} is not what the interrupted write of {path} had stored, "
            "and is left alone",
            "found": f"{temporary} seems to be left of an interrupted write by somebody else; "
            + (f"the next write of {path} takes it away" if path else "it may be the only copy"),
            "aside": f"{temporary} was in the way of a sync that was interrupted, and is the old "
            + (f"{path}; remove it if {path} is right" if path else "one: rename it back"),
        }[self.action]


def settle_leftovers(calls: BoardCalls, *, now: Callable[[], float] = time.time) -> list[Leftover]:
    """Deal with what this computer's interrupted writes left; return what a person should know.

    What cannot be dealt with now is looked at again at the next connection.

    Args:
        calls: Runs board code.
        now: Gives the time, as ``time.time`` does.
    """
    leftovers = []
    for write in calls.journal.writes():
        if write.temporary in calls.being_written:
            continue  # the board was reset meanwhile; who writes sees to it
        try:
            leftover = _settle(calls, write, now())
        except (BoardOSError, ExecutionError, RemoteProtocolError, ResultError):
            continue
        if leftover is not None:
            leftovers.append(leftover)
    return leftovers


def leftovers_among(calls: BoardCalls, entries: Collection[Entry]) -> list[Leftover]:
    """Return those of a listing that this computer has not noted: somebody else wrote them."""
    named = [entry for entry in entries if entry.name.endswith((TEMPORARY, ASIDE))]
    if not named:
        return []
    paths = {entry.path for entry in entries}
    ours = {name_of(write.temporary) for write in calls.journal.writes()}
    found = (_found(entry, paths) for entry in named if entry.name not in ours)
    return [leftover for leftover in found if leftover is not None]


def _found(entry: Entry, paths: Collection[str]) -> Leftover | None:
    is_aside = entry.name.endswith(ASIDE)
    path = entry.path.removesuffix(ASIDE if is_aside else TEMPORARY)
    if not name_of(path) or (entry.type == "dir" and not is_aside):
        return None
    action: LeftoverAction = "aside" if is_aside else "found"
    return Leftover(path if path in paths else "", entry.path, action, entry.size)


def _settle(calls: BoardCalls, write: BegunWrite, now: float) -> Leftover | None:
    words = write.path, parent_of(write.path), write.temporary
    match calls.call("files_before", *words, path=write.path):
        case [(int(old), int()), (int(folder), int()), (int(left), int(size)), *_]:
            pass
        case other:
            raise ResultError("the board's answer is incomplete", text=ascii(other))
    age = now - write.since
    if not folder and age < _FORGOTTEN_AFTER:
        return None  # a card that is not mounted now
    if not left or type_of(left) == "dir":
        calls.journal.end(write.temporary)
        return None
    if not old and size == write.size and _is_whole(calls, write):
        calls.os("rename", write.temporary, write.path, path=write.path)
        calls.finished[write.temporary] = write.sha256
        return _ended(calls, write, "finished", size)
    if _WORTH_KEEPING <= size <= write.size and age < _KEPT_FOR:
        return _kept(calls, write, size)
    if not _is_beginning(calls, write, size):
        return _ended(calls, write, "unknown", size)
    calls.os("remove", write.temporary, path=write.temporary)
    return _ended(calls, write, "removed", size)


def _ended(calls: BoardCalls, write: BegunWrite, action: LeftoverAction, size: int) -> Leftover:
    calls.journal.end(write.temporary)
    return Leftover(write.path, write.temporary, action, size, write.size)


def _kept(calls: BoardCalls, write: BegunWrite, size: int) -> Leftover | None:
    """Leave it for a write that goes on from there; a person is told of it once."""
    if write.is_told:
        return None
    calls.journal.tell(write)
    return Leftover(write.path, write.temporary, "kept", size, write.size)


def _is_whole(calls: BoardCalls, write: BegunWrite) -> bool:
    if calls.features.has_digest("sha256"):
        return board_digest(calls, write.temporary, "sha256") == write.sha256
    return _is_beginning(calls, write, write.size)


def _is_beginning(calls: BoardCalls, write: BegunWrite, size: int) -> bool:
    """Whether a file is the beginning of what was written: its whole blocks, or what it has."""
    if size == 0 or size == write.size == 0:
        return True
    if size > write.size or not calls.features.has_blocks:
        return False
    found = tuple(blocks_on_board(calls, write.temporary, write.block, [(0, size)]).values())
    if size < write.block:
        return found == write.heads[size - 1 : size]
    count = len(write.blocks) if size == write.size else size // write.block
    return found[:count] == write.blocks[:count]
