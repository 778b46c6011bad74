"""A board looked at for what this computer shall have of it; and that fetched and remembered."""

from __future__ import annotations

import hashlib
import os
import posixpath
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iot_device.config import SkippedFile
from iot_device.copying import make_host_folder, new_host_file
from iot_device.errors import HostFileError, UnsafeError
from iot_device.rsync.actions import Conflict, HostFile
from iot_device.rsync.protection import is_of_firmware, mount_of
from iot_device.rsync.pull_planning import (
    BoardFile,
    PullDelete,
    PullFolder,
    PullPlan,
    PullUpdate,
    plan_pull,
)
from iot_device.rsync.record import SyncRecord
from iot_device.rsync.targets import checked_beside, place_below
from iot_device.text import counted

if TYPE_CHECKING:
    from typing import BinaryIO

    from iot_device.config.model import SkipReason
    from iot_device.device import Device
    from iot_device.filesystem import Entry, FileSystem
    from iot_device.rsync.applying import OnAction, OnProgress
    from iot_device.rsync.pull_planning import PullAdd
    from iot_device.rsync.wanted import Wanted

__all__ = ["PullComparison", "compare_pull"]

_BLOCK: Final = 1 << 20  # bytes that are hashed at once


@dataclass(frozen=True)
class PullComparison:
    """What this computer needs of a board, and all that it takes to get that.

    Attributes:
        plan: What must happen.
        skipped: Files of the board that do not belong here, as far as is known.
    """

    plan: PullPlan
    skipped: tuple[SkippedFile, ...]
    _files: FileSystem
    _record: SyncRecord

    def apply(
        self,
        *,
        consent: bool = False,
        on_action: OnAction | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        """Do what the plan says, and remember it.

        Each file is verified and takes the place of the old one as a whole. Deletes come last.

        Args:
            consent: Whether a person agreed to the deletes, where ``plan.needs_consent``.
            on_action: Called with each action that is done.
            on_progress: Called with the bytes that have come, and those in all.

        Raises:
            UnsafeError: Consent is needed; or a file of this computer is another one than when it
                was compared, and was left alone.
            BoardOSError: The board refused.
            VerificationError: A file of the board changes while it is read.
            HostFileError: A file of this computer cannot be written, or the record cannot.
        """
        _check_consent(self.plan, consent=consent)
        total, before = sum(write.size for write in self.plan.writes), 0
        for write in self.plan.writes:
            self._fetch(write, _from(before, total, on_progress))
            before += write.size
            if on_action is not None:
                on_action(write)
        for folder in self.plan.folders:
            _make_folders(folder.file, folder.file.target)
            if on_action is not None:
                on_action(folder)
        for delete in self.plan.deletes:
            _remove(delete)
            if on_action is not None:
                on_action(delete)
        self._record.finish(self.plan)

    def _fetch(self, write: PullAdd | PullUpdate, on_progress: OnProgress | None) -> None:
        file = write.file
        _make_folders(file, file.target.parent)
        with new_host_file(file.target, follow=file.root is None) as new:
            self._files.download(write.path, new, on_progress=on_progress)
            if _digest_of(new) != file.digest:
                raise UnsafeError(f"{write.path} changed on the board meanwhile", hint="try again")
            _check_unchanged(file.target, write.old if isinstance(write, PullUpdate) else None)


def compare_pull(device: Device, wanted: Wanted) -> PullComparison:
    """Look at a board for what this computer shall have of it; nothing is touched.

    Args:
        device: The board.
        wanted: What the board shall have as seen from here; it tells where its files belong.

    Raises:
        UnsafeError: The board has nothing that belongs here.
        BoardOSError: The board refused; there may be no such folder.
        OSError: A file of this computer cannot be read.
    """
    files, options = device.files, wanted.options
    mounts = frozenset(files.mounts())
    homes = {mount_of(home, mounts) for home in (options.top, *options.homes)}
    entries = files.list_tree(options.top, digests=True, skip=sorted(mounts - homes - {"/"}))
    # Where there are no folders, names have no slash.
    entries = [replace(entry, path=f"/{entry.path.lstrip('/')}") for entry in entries]
    record = SyncRecord.of(device.info.uid)
    recorded = record.settled(entry for entry in entries if entry.type == "file")
    belonging, skipped = _belonging(files, entries, wanted)
    options = replace(options, mounts=mounts)
    found = plan_pull(belonging, wanted.files, recorded, options)
    folders, obstacles = _empty_folders(entries, wanted)
    conflicts = sorted((*found.conflicts, *obstacles), key=lambda conflict: conflict.path)
    found = replace(found, folders=folders, conflicts=tuple(conflicts))
    return PullComparison(found, tuple(skipped), files, record)


def _belonging(
    files: FileSystem, entries: list[Entry], wanted: Wanted
) -> tuple[dict[str, BoardFile], list[SkippedFile]]:
    """Find out which files of the board belong where, and which ones do not."""
    found: dict[str, BoardFile] = {}
    skipped: list[SkippedFile] = []
    tells_digests = files.has_digest()
    for entry in entries:
        if entry.type == "dir":
            continue
        place = _place_of(entry.path, wanted)
        if isinstance(place, SkippedFile):
            skipped.append(place)
        elif entry.digest is None and tells_digests:
            # Such as /dev/random, which has no end.
            skipped.append(SkippedFile(None, entry.path, "no file that can be read"))
        else:
            digest = entry.digest or files.digest(entry.path)
            found[entry.path] = replace(place, size=entry.size, digest=digest)
    return checked_beside(found, wanted.files.keys()), skipped


def _place_of(path: str, wanted: Wanted, *, is_folder: bool = False) -> BoardFile | SkippedFile:
    known = wanted.files.get(path)
    if known is not None and isinstance(known.source, Path) and not is_folder:
        return BoardFile(0, "", known.source, None)
    if is_of_firmware(path):
        return SkippedFile(None, path, "the board's own")
    if wanted.options.excludes(path, is_folder=is_folder):
        return SkippedFile(None, path, "excluded")
    places = wanted.places(path)
    if len(places) != 1:
        reason: SkipReason = "in several resources" if places else "not included"
        return SkippedFile(None, path, reason)
    return place_below(*places[0])


def _empty_folders(
    entries: list[Entry], wanted: Wanted
) -> tuple[tuple[PullFolder, ...], tuple[Conflict, ...]]:
    """Find out which folders without any file must be made, and which cannot be."""
    above = {posixpath.dirname(entry.path) for entry in entries}
    empty = {entry.path for entry in entries if entry.type == "dir"} - above
    found = {path: _place_of(path, wanted, is_folder=True) for path in sorted(empty)}
    places = {path: place for path, place in found.items() if isinstance(place, BoardFile)}
    missing = {path: place for path, place in places.items() if not place.target.is_dir()}
    made, refused = [], []
    for path, place in checked_beside(missing, ()).items():
        if place.problem is None:
            made.append(PullFolder(f"{path}/", "new", 0, place))
        else:
            refused.append(Conflict(path, place.problem, 0))
    return tuple(made), tuple(refused)


def _digest_of(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _make_folders(file: BoardFile, last: Path) -> None:
    """Make the folders down to ``last``; those with names of the board are no links."""
    if file.root is None:
        return
    try:
        file.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HostFileError(f"{file.root}: {error.strerror}", path=str(file.root)) from error
    folder = file.root
    for part in last.relative_to(file.root).parts:
        folder /= part
        make_host_folder(folder, follow=False)


def _check_unchanged(target: Path, old: HostFile | None) -> None:
    """Raise if a file of this computer is another one than when it was compared."""
    if old is None:
        is_same = not os.path.lexists(target)
    else:
        try:
            is_same = HostFile.of(target).digest == old.digest
        except OSError:
            is_same = False
    if not is_same:
        raise UnsafeError(f"{target} changed after it was compared; it is left alone")


def _remove(delete: PullDelete) -> None:
    target = delete.old.source
    assert isinstance(target, Path)  # noqa: S101  (what this computer has are files)
    _check_unchanged(target, delete.old)
    try:
        target.unlink()
    except OSError as error:
        raise HostFileError(f"{target}: {error.strerror}", path=str(target)) from error


def _check_consent(plan: PullPlan, *, consent: bool) -> None:
    if plan.needs_consent and not consent:
        raise UnsafeError(
            f"{len(plan.losses)} of the {counted(plan.host_files, 'file')} here would be deleted "
            "that no sync knows; nothing was done",
            hint="rdiff --pull shows them; --yes deletes them, --max-delete sets how many may go",
        )


def _from(before: int, total: int, tell: OnProgress | None) -> OnProgress | None:
    """Return a callback that adds what came before."""
    if tell is None:
        return None
    return lambda done, _: tell(min(before + done, total), total)
