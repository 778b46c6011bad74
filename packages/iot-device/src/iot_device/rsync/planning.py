"""The plan: what must happen so that a board has what this computer says; pure.

Rule 1: what is not surely ours to delete stays, and what is kept is said.
Rule 2: equal means equal content. Times and sizes decide nothing.
Rule 3: where both sides changed since the last sync, a person decides.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from iot_device.errors import UnsafeError
from iot_device.filesystem.paths import ASIDE, TEMPORARY, temporary_for
from iot_device.rsync.actions import Add, Conflict, Delete, Keep, KnownFile, Update
from iot_device.rsync.protection import protection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from iot_device.filesystem import Entry
    from iot_device.rsync.actions import Action, HostFile

__all__ = ["Plan", "PlanOptions", "plan"]

MOST_DELETES: Final = 10  # files that rsync did not put there
MOST_SHARE: Final = 5  # or one of so many files of the board, whichever is smaller


class Excludes(Protocol):
    """Tells whether a path on the board is left alone."""

    def __call__(self, path: str, /, *, is_folder: bool) -> bool:
        """Tell it of an absolute path, which need not exist."""
        ...


def _nothing(_path: str, *, is_folder: bool) -> bool:  # noqa: ARG001  (as Excludes has it)
    return False


@dataclass(frozen=True)
class PlanOptions:
    """How the board shall become equal.

    Attributes:
        top: The folder that shall be equal; nothing outside it is deleted.
        delete: Whether what the host does not have is deleted.
        overwrite: Whether what changed on both sides is overwritten.
        max_delete: How many files that rsync did not put there may be deleted without asking;
            ``None``: 10, or a fifth of the board's files, whichever is smaller.
        mounts: Where the board's file systems are mounted.
        homes: Folders whose file systems are meant as well as that of ``top``.
        folders: Folders that the board shall have, beside those in which files belong.
        excludes: Tells whether a path on the board is left alone.
        programs: Whether ``boot.py`` and ``main.py`` may be deleted although rsync did not put
            them there.
    """

    top: str = "/"
    delete: bool = False
    overwrite: bool = False
    max_delete: int | None = None
    mounts: frozenset[str] = frozenset({"/"})
    homes: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    excludes: Excludes = _nothing
    programs: bool = False


@dataclass(frozen=True)
class Plan:
    """What must happen so that the board is equal.

    Attributes:
        deletes: In the order in which they can be done: what is in a folder stands before it.
        adds: Sorted by path.
        updates: Sorted by path.
        conflicts: Sorted by path.
        keeps: Sorted by path; all files of the board that stay as they are.
        folders: Folders that must be made, each after the one that holds it.
        board_files: How many files the board has.
        most_deletes: How many files that rsync did not put there may go without asking.
        record_after: What rsync has put there, by path, when all is done.
    """

    deletes: tuple[Delete, ...] = ()
    adds: tuple[Add, ...] = ()
    updates: tuple[Update, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    keeps: tuple[Keep, ...] = ()
    folders: tuple[str, ...] = ()
    board_files: int = 0
    most_deletes: float = 0.0
    record_after: Mapping[str, KnownFile] = field(default_factory=dict)

    @property
    def changes(self) -> tuple[Delete | Add | Update, ...]:
        """What is to be done, in the order in which it is shown."""
        return (*self.deletes, *self.adds, *self.updates)

    @property
    def actions(self) -> tuple[Action, ...]:
        """All that is to be done or to be decided, in the order in which it is shown."""
        return (*self.changes, *self.conflicts)

    @property
    def writes(self) -> tuple[Add | Update, ...]:
        """The files that are sent, those first that leave more room than before."""
        return tuple(sorted((*self.updates, *self.adds), key=_growth))

    @property
    def matches(self) -> bool:
        """Whether there is nothing to do and nothing to decide."""
        return not self.actions and not self.folders

    @property
    def losses(self) -> tuple[Delete, ...]:
        """The files that would be deleted although rsync did not put them there."""
        return tuple(d for d in self.deletes if d.type == "file" and not d.recorded)

    @property
    def needs_consent(self) -> bool:
        """Whether more such files would be deleted than may go without asking."""
        return len(self.losses) > self.most_deletes


def plan(
    host: Mapping[str, HostFile],
    board: Iterable[Entry],
    record: Mapping[str, KnownFile] | None = None,
    options: PlanOptions | None = None,
) -> Plan:
    """Compare, and return what must happen.

    Args:
        host: What belongs on the board, by absolute path there.
        board: What the board has; paths are absolute. A file without a digest is taken for
            another one than those of host and record.
        record: What earlier syncs put there, by path.
        options: How the board shall become equal.

    Raises:
        UnsafeError: Nothing belongs on the board: that is a mistake, no wish.
    """
    options = options or PlanOptions()
    if not host:
        raise UnsafeError(
            "there is no file that belongs on the board, so everything there would be deleted",
            hint="check path, resources and patterns; iot rm -r removes things on purpose",
        )
    return _Planner(host, {entry.path: entry for entry in board}, record or {}, options).plan()


class _Planner:
    def __init__(
        self,
        host: Mapping[str, HostFile],
        there: Mapping[str, Entry],
        record: Mapping[str, KnownFile],
        options: PlanOptions,
    ) -> None:
        self._host = host
        self._there = there
        self._record = record
        self._options = options
        self._folders = set(options.folders)
        self._folders.update(*(_above(path) for path in (*host, *options.folders)))
        self._names = {path.casefold() for path in (*host, *self._folders)}

    def plan(self) -> Plan:
        leftovers = self._leftovers()
        deletes = {d.path: d for d in leftovers if isinstance(d, Delete)}
        puts = [self._put(path, deletes) for path in sorted(self._host)]
        for put in puts:
            if isinstance(put, Add | Update):
                deletes.pop(temporary_for(put.path), None)  # the write takes it over
        actions = [*leftovers, *puts]
        keeps = tuple(action for action in actions if isinstance(action, Keep))
        files = sum(entry.type == "file" for entry in self._there.values())
        share = min(MOST_DELETES, files / MOST_SHARE)
        chosen = self._options.max_delete
        return Plan(
            deletes=tuple(deletes.values()),
            adds=tuple(action for action in actions if isinstance(action, Add)),
            updates=tuple(action for action in actions if isinstance(action, Update)),
            conflicts=tuple(
                sorted((a for a in actions if isinstance(a, Conflict)), key=lambda a: a.path)
            ),
            keeps=tuple(sorted(keeps, key=lambda keep: keep.path)),
            folders=self._missing_folders(deletes),
            board_files=files,
            most_deletes=share if chosen is None else chosen,
            record_after=self._record_after(actions, deletes),
        )

    def _leftovers(self) -> list[Delete | Keep | Conflict]:
        """Decide on what the host does not have; deepest first."""
        decisions: list[Delete | Keep | Conflict] = []
        used = set(self._folders)
        for path in sorted(self._there, key=lambda path: (-path.count("/"), path)):
            entry = self._there[path]
            if entry.type == "dir" and path in used:
                continue
            if entry.type == "file" and path in self._host:
                continue
            decision = self._leftover(entry)
            if not isinstance(decision, Delete):
                used.update(_above(path))
            if entry.type == "file" or isinstance(decision, Delete):
                decisions.append(decision)
        return decisions

    def _leftover(self, entry: Entry) -> Delete | Keep | Conflict:
        path = entry.path
        # A folder in the place of a file of ours: what is in it are files of others.
        base = self._record.get(path) if entry.type == "file" else None
        recorded = base is not None and entry.digest == base.digest
        if reason := self._reason_to_keep(entry, recorded=recorded):
            return Keep(path, reason, entry.size, equal=False)
        if base is not None and not recorded and not self._options.overwrite:
            reason = "changed on the board since the last sync, and gone here"
            return Conflict(path, reason, entry.size, is_on_board=True)
        ours = recorded or self._is_temporary(path)
        in_the_way = path.casefold() in self._names
        reason = self._reason_to_delete(entry, in_the_way=in_the_way)
        return Delete(path, reason, entry.size, entry.type, recorded=ours, in_the_way=in_the_way)

    def _reason_to_keep(self, entry: Entry, *, recorded: bool) -> str | None:
        options, path = self._options, entry.path
        if path != options.top and not self._is_below_top(path):
            return f"not below {options.top}"
        homes = {options.top, *options.homes}
        known = recorded or options.programs
        if reason := protection(path, options.mounts, homes, is_recorded=known):
            return reason
        if options.excludes(path, is_folder=entry.type == "dir"):
            return "excluded"
        return None if options.delete else "nothing shall be deleted"

    def _is_below_top(self, path: str) -> bool:
        return path.startswith(f"{self._options.top.rstrip('/')}/")

    def _reason_to_delete(self, entry: Entry, *, in_the_way: bool) -> str:
        if self._is_temporary(entry.path):
            return "left by an interrupted transfer"
        if not in_the_way:
            return "not on this computer"
        return f"in the way of a {'folder' if entry.type == 'file' else 'file'}"

    def _is_temporary(self, path: str) -> bool:
        """Whether it is a temporary name of a file that will be written anew."""
        ends = (TEMPORARY, ASIDE)
        return any(path.endswith(end) and path.removesuffix(end) in self._host for end in ends)

    def _put(self, path: str, deletes: Mapping[str, Delete]) -> Add | Update | Keep | Conflict:
        file, entry = self._host[path], self._there.get(path)
        if (obstacle := self._obstacle(path)) is not None and obstacle not in deletes:
            kind = self._there[obstacle].type
            reason = f"{obstacle} is a {'folder' if kind == 'dir' else 'file'} there and stays"
            return Conflict(path, reason, file.size)
        if entry is None or obstacle is not None:
            return Add(path, "new", file.size, file)
        if entry.digest == file.digest:
            return Keep(path, "equal", file.size, equal=True)
        return self._change(file, entry)

    def _change(self, file: HostFile, entry: Entry) -> Update | Conflict:
        base = self._record.get(entry.path)
        if base is None:
            reason = "differs"
        elif base.digest == entry.digest:
            reason = "changed here"
        elif base.digest == file.digest or self._options.overwrite:
            reason = "changed on the board"
        else:
            reason = "changed on both sides since the last sync"
            return Conflict(entry.path, reason, file.size, file, is_on_board=True)
        return Update(entry.path, reason, file.size, file, entry.size, entry.digest)

    def _obstacle(self, path: str) -> str | None:
        """Return what has the wrong type on the way to a path, or there; ``None``: nothing has."""
        for step in (*_above(path), path):
            wrong = "dir" if step in self._host else "file"
            if step in self._there and self._there[step].type == wrong:
                return step
        return None

    def _missing_folders(self, deletes: Mapping[str, Delete]) -> tuple[str, ...]:
        """Return the folders to make, but for those in whose way something stays."""
        missing = (
            folder
            for folder in self._folders
            if (folder not in self._there or folder in deletes)
            and ((obstacle := self._obstacle(folder)) is None or obstacle in deletes)
        )
        return tuple(sorted(missing, key=lambda folder: (folder.count("/"), folder)))

    def _record_after(
        self, actions: Iterable[Action], deletes: Mapping[str, Delete]
    ) -> dict[str, KnownFile]:
        after = {
            path: digest
            for path, digest in self._record.items()
            if path not in deletes and (path in self._there or not self._is_below_top(path))
        }
        for action in actions:
            if isinstance(action, Add | Update) or (isinstance(action, Keep) and action.equal):
                file = self._host[action.path]
                after[action.path] = KnownFile(file.size, file.digest)
        return after


def _above(path: str) -> list[str]:
    """Return the folders that lead to a path, the outermost first; without the root."""
    folders = []
    while (path := posixpath.dirname(path)) != "/":
        folders.append(path)
    return folders[::-1]


def _growth(action: Add | Update) -> tuple[int, str]:
    old = action.old_size if isinstance(action, Update) else 0
    return action.size - old, action.path
