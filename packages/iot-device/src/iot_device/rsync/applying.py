"""Doing what a plan says: files are written and verified first, deletes come last."""

from __future__ import annotations

import errno
import hashlib
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from iot_device.errors import BoardOSError, IotError, UnsafeError, UnsupportedError
from iot_device.filesystem.paths import ASIDE
from iot_device.rsync.actions import Update
from iot_device.rsync.contents import SMALLEST
from iot_device.rsync.names import check_names
from iot_device.rsync.protection import mount_of
from iot_device.rsync.room import check_room
from iot_device.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from iot_device.filesystem import FileSystem, Proof, VfsSpace, WriteResult
    from iot_device.rsync.actions import Action, Add
    from iot_device.rsync.contents import SentContents
    from iot_device.rsync.planning import Plan

__all__ = ["RsyncResult", "apply"]

OnAction: TypeAlias = "Callable[[Action], object]"
OnProgress: TypeAlias = "Callable[[int, int], object]"


@dataclass(frozen=True)
class RsyncResult:
    """What was done.

    Attributes:
        written: What was proved about each file that was written.
        deleted: How many files and folders were deleted.
        folders: How many folders were made.
    """

    written: tuple[WriteResult, ...]
    deleted: int
    folders: int

    @property
    def proofs(self) -> set[Proof]:
        """How what was written was compared with what was sent."""
        return {written.proof for written in self.written}


def apply(  # noqa: PLR0913  (each is a decision of its own)
    plan: Plan,
    files: FileSystem,
    *,
    mounts: Collection[str] = ("/",),
    rooms: Mapping[str, VfsSpace] = MappingProxyType({}),
    consent: bool = False,
    delete_first: bool = False,
    in_place: bool = False,
    sent: SentContents | None = None,
    on_action: OnAction | None = None,
    on_progress: OnProgress | None = None,
) -> RsyncResult:
    """Do what a plan says.

    What stands in the way is renamed aside; then files are written, each verified; then things are
    deleted. Whatever happens on the way, no content is lost that the plan does not replace or
    delete.

    Args:
        plan: What to do.
        files: The board's files.
        mounts: Where its file systems are mounted.
        rooms: The room of those of which it is known; the board is asked for that of the others.
        consent: Whether a person agreed to the deletes, where ``plan.needs_consent``.
        delete_first: Whether to delete before writing, for want of room.
        in_place: Whether an old file may be removed before its new content is there, where there is
            no room for both: if that is cut, its content is lost.
        sent: Where large files are kept that were sent, so that of a change only that travels;
            ``None``: the board is asked for the digests of their blocks.
        on_action: Called with each action that is done.
        on_progress: Called with the bytes that are sent, and those in all.

    Raises:
        UnsafeError: Consent is needed, two files would be one on the board, or there is room only
            with ``delete_first``; nothing was done.
        BoardOSError: There is no room (nothing was done), or the board refused.
        VerificationError: What is stored is not what was sent.
        OSError: A file of this computer cannot be read.
    """
    check_consent(plan, consent=consent)
    check_names(plan, files)
    contents = {write.path: _content(write) for write in plan.writes}
    _check_room(plan, files, mounts, rooms, delete_first=delete_first, in_place=in_place)
    run = _Run(plan, _Writer(files, contents, sent, on_action, on_progress, in_place=in_place))
    return run.deleting_first() if delete_first else run.deleting_last()


def check_consent(plan: Plan, *, consent: bool) -> None:
    """Raise if the plan deletes more than it may without a person's consent.

    Raises:
        UnsafeError: It does; nothing was done.
    """
    if plan.needs_consent and not consent:
        raise UnsafeError(
            f"{len(plan.losses)} of the board's {counted(plan.board_files, 'file')} would be "
            "deleted that rsync did not put there; nothing was done",
            hint="rdiff shows them; --yes deletes them, --max-delete sets how many may go; "
            "with --upload-only, or without --delete, nothing is deleted",
        )


class _Writer:
    """Writes files: of large ones that changed little only the change travels."""

    def __init__(
        self,
        files: FileSystem,
        contents: Mapping[str, bytes],
        sent: SentContents | None,
        on_action: OnAction | None,
        on_progress: OnProgress | None,
        *,
        in_place: bool,
    ) -> None:
        self.files = files
        self._in_place = in_place
        self._contents = contents
        self._sent = sent
        self._on_action = on_action
        self._on_progress = on_progress

    def write(self, writes: Sequence[Add | Update]) -> list[WriteResult]:
        """Write files, each verified."""
        results = []
        rest: dict[str, Add | Update] = {}
        for write in writes:
            result = self._change(write) if isinstance(write, Update) else None
            if result is None:
                rest[write.path] = write
            else:
                results.append(result)
                self._done(write)
        if rest:
            results += self._write_whole(rest)
        return results

    def _write_whole(self, writes: Mapping[str, Add | Update]) -> list[WriteResult]:
        return self.files.write_many(
            [(path, self._contents[path]) for path in writes],
            # Where there are no folders, names have no slash.
            on_result=lambda result: self._done(writes["/" + result.path.lstrip("/")]),
            on_progress=self._on_progress,
            in_place=self._in_place,
        )

    def _change(self, update: Update) -> WriteResult | None:
        if min(update.size, update.old_size) < SMALLEST:
            return None
        known = self._sent.get(update.old_digest) if self._sent and update.old_digest else None
        old = update.old_size if known is None else known
        try:
            return self.files.write_changes(update.path, self._contents[update.path], old)
        except BoardOSError as error:
            if error.errno == errno.ENOSPC and self._in_place:
                return None  # it is built beside the old one
            raise

    def _done(self, write: Add | Update) -> None:
        if self._sent is not None:
            self._sent.add(self._contents[write.path])
        self.tell(write)

    def tell(self, action: Action) -> None:
        """Tell that an action is done."""
        if self._on_action is not None:
            self._on_action(action)


class _Run:
    def __init__(self, plan: Plan, writer: _Writer) -> None:
        self._plan = plan
        self._writer = writer
        self._files = writer.files
        self._aside: dict[str, str] = {}

    def deleting_first(self) -> RsyncResult:
        self._delete()
        return self._result(self._write())

    def deleting_last(self) -> RsyncResult:
        self._aside = {d.path: self._name_aside(d.path) for d in self._plan.deletes if d.in_the_way}
        try:
            self._rename_aside()
            written = self._write()
        except BaseException as error:
            self._rename_back()
            if self._plan.deletes:
                _add(error, "nothing was deleted")
            raise
        self._delete()
        return self._result(written)

    def _name_aside(self, path: str) -> str:
        """Return a name that nothing has, not even what an earlier run left."""
        taken = {action.path for action in (*self._plan.deletes, *self._plan.keeps)}
        name = path + ASIDE
        while name in taken:
            name += "~"
        return name

    def _rename_aside(self) -> None:
        # The outermost first: what is in a folder goes with it.
        for path in sorted(self._aside, key=lambda path: path.count("/")):
            if self._moved(path) == self._aside[path]:
                self._files.rename(path, self._aside[path])

    def _rename_back(self) -> None:
        """Undo it, as far as the board still answers and no new file stands there."""
        for folder in reversed(self._plan.folders if self._aside else ()):
            with suppress(Exception):  # it has a new file
                self._files.rmdir(folder)
        for path in self._aside:
            with suppress(Exception):  # the error that brought us here is the one to tell
                if self._moved(path) == self._aside[path] and not self._files.exists(path):
                    self._files.rename(self._aside[path], path)

    def _moved(self, path: str) -> str:
        """Return where something stands now that what was in the way is aside."""
        for old in self._aside:
            if path.startswith(f"{old}/"):
                return self._moved(old) + path.removeprefix(old)
        return self._aside.get(path, path)

    def _write(self) -> list[WriteResult]:
        if self._plan.folders:
            self._files.make_folders(self._plan.folders)
        return self._writer.write(self._plan.writes)

    def _delete(self) -> None:
        if self._plan.deletes:
            self._files.remove_many([self._moved(delete.path) for delete in self._plan.deletes])
        for delete in self._plan.deletes:
            self._writer.tell(delete)

    def _result(self, written: list[WriteResult]) -> RsyncResult:
        return RsyncResult(tuple(written), len(self._plan.deletes), len(self._plan.folders))


def _content(write: Add | Update) -> bytes:
    """Read a file of this computer, all of which are in memory before the board is changed.

    Raises:
        OSError: It cannot be read.
        UnsafeError: It is another one than when it was compared.
    """
    data = write.file.read()
    if hashlib.sha256(data).hexdigest() != write.file.digest:
        raise UnsafeError(
            f"{write.file.source!s} changed after it was compared; nothing was done",
            hint="try again",
        )
    return data


def _check_room(
    plan: Plan,
    files: FileSystem,
    mounts: Collection[str],
    rooms: Mapping[str, VfsSpace],
    *,
    delete_first: bool,
    in_place: bool,
) -> None:
    for mount in sorted({mount_of(write.path, mounts) for write in plan.writes}):
        try:
            space = rooms.get(mount) or files.statvfs(mount)
        except (OSError, UnsupportedError):
            continue  # such a board tells no figures; it refuses each file for which it has no room
        check_room(
            mount,
            space,
            [write for write in plan.writes if mount_of(write.path, mounts) == mount],
            [delete for delete in plan.deletes if mount_of(delete.path, mounts) == mount],
            delete_first=delete_first,
            in_place=in_place,
        )


def _add(error: BaseException, state: str) -> None:
    """Add to an error in what state the board is."""
    if isinstance(error, IotError):
        error.message = f"{error.message}; {state}"
    else:
        error.add_note(state)
