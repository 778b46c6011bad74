"""The plan of the other direction: what must happen here to have what the board has; pure.

What is here may be somebody's work, so it takes more to overwrite it than on a board: the record of
the last sync must prove that it did not change here since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from iot_device.errors import UnsafeError
from iot_device.rsync.actions import Action, Conflict, Keep, KnownFile
from iot_device.rsync.planning import MOST_DELETES, MOST_SHARE, PlanOptions
from iot_device.rsync.protection import protection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from iot_device.rsync.actions import ActionKind, HostFile

__all__ = [
    "BoardFile",
    "ChangedHere",
    "PullAdd",
    "PullDelete",
    "PullFolder",
    "PullPlan",
    "PullUpdate",
    "plan_pull",
]


@dataclass(frozen=True)
class BoardFile(KnownFile):
    """A content of the board, and where it belongs.

    Attributes:
        target: The file of this computer.
        root: The folder below which names come from the board; ``None``: the person named the file.
        problem: Why it cannot be written there; ``None``: it can.
    """

    target: Path
    root: Path | None
    problem: str | None = None


@dataclass(frozen=True)
class PullAdd(Action):
    """This computer lacks a file; ``file`` is what it gets."""

    kind: ClassVar[ActionKind] = "add"

    file: BoardFile


@dataclass(frozen=True)
class PullUpdate(Action):
    """This computer has another content, ``old``; ``file`` is what it gets."""

    kind: ClassVar[ActionKind] = "update"

    file: BoardFile
    old: HostFile


@dataclass(frozen=True)
class PullDelete(Action):
    """This computer has a file, ``old``, that the board does not have.

    Attributes:
        old: The file.
        recorded: Whether it is as it was at the last sync, so that it is no loss.
    """

    kind: ClassVar[ActionKind] = "delete"

    old: HostFile
    recorded: bool


@dataclass(frozen=True)
class PullFolder(Action):
    """This computer lacks a folder without any file; ``file`` is its place."""

    kind: ClassVar[ActionKind] = "add"

    file: BoardFile


@dataclass(frozen=True)
class ChangedHere(Keep):
    """It changed here since the last sync, and on the board it did not: there is nothing to get."""


@dataclass(frozen=True)
class PullPlan:
    """What must happen here to have what the board has; all sorted by path.

    Attributes:
        deletes: Files of this computer that go.
        adds: Files that it gets.
        updates: Files that it gets in the place of others.
        folders: Folders without any file that it gets.
        conflicts: What a person must decide.
        keeps: What stays as it is.
        host_files: How many files this computer has where the board's files belong.
        most_deletes: How many files that no sync brought may go without asking.
        record_after: What both sides have, by path on the board, when all is done.
    """

    deletes: tuple[PullDelete, ...] = ()
    adds: tuple[PullAdd, ...] = ()
    updates: tuple[PullUpdate, ...] = ()
    folders: tuple[PullFolder, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    keeps: tuple[Keep, ...] = ()
    host_files: int = 0
    most_deletes: float = 0.0
    record_after: Mapping[str, KnownFile] = field(default_factory=dict)

    @property
    def actions(self) -> tuple[Action, ...]:
        """All that is to be done or to be decided, in the order in which it is shown."""
        return (*self.deletes, *self.writes, *self.folders, *self.conflicts)

    @property
    def writes(self) -> tuple[PullAdd | PullUpdate, ...]:
        """The files that are read from the board."""
        return (*self.adds, *self.updates)

    @property
    def changed_here(self) -> tuple[ChangedHere, ...]:
        """What is left alone because only this computer changed it."""
        return tuple(keep for keep in self.keeps if isinstance(keep, ChangedHere))

    @property
    def matches(self) -> bool:
        """Whether what the board has is here, too, as it is there."""
        return not self.actions and not self.changed_here

    @property
    def losses(self) -> tuple[PullDelete, ...]:
        """The files that would be deleted although no sync brought them or knows them."""
        return tuple(delete for delete in self.deletes if not delete.recorded)

    @property
    def needs_consent(self) -> bool:
        """Whether more such files would be deleted than may go without asking."""
        return len(self.losses) > self.most_deletes


def plan_pull(
    board: Mapping[str, BoardFile],
    here: Mapping[str, HostFile],
    record: Mapping[str, KnownFile] | None = None,
    options: PlanOptions | None = None,
) -> PullPlan:
    """Compare, and return what must happen here.

    Args:
        board: What the board has and this computer shall have, by path there.
        here: What this computer has of that kind, likewise.
        record: What both sides had after the last sync, likewise.
        options: How this computer shall become equal; of them ``delete``, ``overwrite``,
            ``max_delete``, ``mounts``, ``homes`` and ``top`` count.

    Raises:
        UnsafeError: The board has nothing that belongs here: that is a mistake, no wish.
    """
    if not board:
        raise UnsafeError(
            "the board has no file that belongs here; nothing was done",
            hint="check the folder of the board, resources and patterns",
        )
    return _PullPlanner(board, here, record or {}, options or PlanOptions()).plan()


class _PullPlanner:
    def __init__(
        self,
        board: Mapping[str, BoardFile],
        here: Mapping[str, HostFile],
        record: Mapping[str, KnownFile],
        options: PlanOptions,
    ) -> None:
        self._board = board
        self._here = here
        self._record = record
        self._options = options

    def plan(self) -> PullPlan:
        actions: list[Action] = [self._take(path) for path in sorted(self._board)]
        actions += [self._leftover(path) for path in sorted(self._here.keys() - self._board)]
        chosen = self._options.max_delete
        share = min(MOST_DELETES, len(self._here) / MOST_SHARE)
        conflicts = (action for action in actions if isinstance(action, Conflict))
        return PullPlan(
            deletes=tuple(action for action in actions if isinstance(action, PullDelete)),
            adds=tuple(action for action in actions if isinstance(action, PullAdd)),
            updates=tuple(action for action in actions if isinstance(action, PullUpdate)),
            conflicts=tuple(sorted(conflicts, key=lambda conflict: conflict.path)),
            keeps=tuple(action for action in actions if isinstance(action, Keep)),
            host_files=len(self._here),
            most_deletes=share if chosen is None else chosen,
            record_after=self._record_after(actions),
        )

    def _take(self, path: str) -> Action:
        """Decide on a file that the board has."""
        file, own = self._board[path], self._here.get(path)
        if own is not None and own.digest == file.digest:
            return Keep(path, "equal", file.size, equal=True)
        if file.problem is not None:
            return Conflict(path, file.problem, file.size)
        if own is None:
            return PullAdd(path, "new", file.size, file)
        return self._change(path, file, own)

    def _change(self, path: str, file: BoardFile, own: HostFile) -> Action:
        base = self._record.get(path)
        if self._options.overwrite:
            reason = "differs"
        elif base is None:
            reason = "differs, and no sync is remembered that tells which side changed"
            return Conflict(path, reason, file.size, own, is_on_board=True)
        elif base.digest == own.digest:
            reason = "changed on the board"
        elif base.digest == file.digest:
            return ChangedHere(path, "changed here only", own.size, equal=False)
        else:
            reason = "changed on both sides since the last sync"
            return Conflict(path, reason, file.size, own, is_on_board=True)
        return PullUpdate(path, reason, file.size, file, own)

    def _leftover(self, path: str) -> Action:
        """Decide on a file that the board does not have."""
        own, base, options = self._here[path], self._record.get(path), self._options
        recorded = base is not None and own.digest == base.digest
        homes = {options.top, *options.homes}
        reason = protection(path, options.mounts, homes, is_recorded=recorded)
        if reason is None and self._is_disputed(path):
            reason = "a file here and a folder on the board, or the reverse"
        if reason is None and not options.delete:
            reason = "nothing shall be deleted"
        if reason is not None:
            return Keep(path, reason, own.size, equal=False)
        if base is not None and not recorded and not options.overwrite:
            reason = "changed here since the last sync, and gone on the board"
            return Conflict(path, reason, own.size, own)
        return PullDelete(path, "not on the board", own.size, own, recorded)

    def _is_disputed(self, path: str) -> bool:
        """Whether a file of the board would need a folder in its place, or it is in a file."""
        return any(
            other.startswith(f"{path}/") or path.startswith(f"{other}/") for other in self._board
        )

    def _record_after(self, actions: Iterable[Action]) -> dict[str, KnownFile]:
        after = dict(self._record)
        for action in actions:
            if isinstance(action, PullDelete):
                after.pop(action.path, None)
            elif isinstance(action, PullAdd | PullUpdate) or (
                isinstance(action, Keep) and action.equal
            ):
                file = self._board[action.path]
                after[action.path] = KnownFile(file.size, file.digest)
        return after
