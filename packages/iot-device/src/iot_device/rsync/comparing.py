"""A board and its record looked at, so that there is a plan; and the plan done and remembered."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iot_device.filesystem import Entry
from iot_device.filesystem.entries import SHORT_DIGEST
from iot_device.rsync.actions import HostFile
from iot_device.rsync.applying import apply, check_consent
from iot_device.rsync.contents import SentContents
from iot_device.rsync.planning import Plan, PlanOptions, plan
from iot_device.rsync.protection import mount_of
from iot_device.rsync.record import SyncRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from iot_device.device import Device
    from iot_device.filesystem import FileSystem, VfsSpace
    from iot_device.rsync.actions import KnownFile
    from iot_device.rsync.applying import OnAction, OnProgress, RsyncResult

__all__ = ["Comparison", "board_entries", "compare", "host_files"]


def host_files(files: Mapping[str, Path]) -> dict[str, HostFile]:
    """Look at the files that belong on a board.

    Args:
        files: Files of this computer, by absolute path on the board.

    Raises:
        OSError: One cannot be read.
    """
    return {path: HostFile.of(file) for path, file in files.items()}


@dataclass(frozen=True)
class Comparison:
    """What a board needs, and all that it takes to give it that.

    Attributes:
        plan: What must happen.
        mounts: Where the board's file systems are mounted.
    """

    plan: Plan
    mounts: frozenset[str]
    _files: FileSystem
    _record: SyncRecord
    _recorded: Mapping[str, KnownFile]
    _rooms: Mapping[str, VfsSpace]

    def apply(
        self,
        *,
        consent: bool = False,
        delete_first: bool = False,
        in_place: bool = False,
        on_action: OnAction | None = None,
        on_progress: OnProgress | None = None,
    ) -> RsyncResult:
        """Do what the plan says, and remember it.

        Raises:
            IotError: As for ``iot_device.rsync.apply``.
            OSError: A file of this computer cannot be read, or the record cannot be written.
        """
        check_consent(self.plan, consent=consent)
        self._record.begin(self._recorded, self.plan)
        result = apply(
            self.plan,
            self._files,
            mounts=self.mounts,
            rooms=self._rooms,
            consent=consent,
            delete_first=delete_first,
            in_place=in_place,
            sent=SentContents(),
            on_action=on_action,
            on_progress=on_progress,
        )
        self._record.finish(self.plan)
        return result


def compare(
    device: Device, host: Mapping[str, HostFile], options: PlanOptions | None = None
) -> Comparison:
    """Look at a board; its files and its clock are not touched.

    One call lists and digests its files; only where something must change, a second one asks for
    its mounts and for room.

    Args:
        device: The board.
        host: What belongs there, by absolute path.
        options: How it shall become equal; ``mounts`` are found out.

    Raises:
        UnsafeError: Nothing belongs on the board.
        BoardOSError: The board refused.
    """
    options = options or PlanOptions()
    record = SyncRecord.of(device.info.uid)
    known = [*host.items(), *record.contents]
    entries = board_entries(device.files, options.top, known)
    recorded = record.settled(entries)
    found = plan(host, entries, recorded, options)
    rooms = {}
    if found.changes:
        mounts, room = device.files.mounts_and_room(options.top)
        options = replace(options, mounts=frozenset(mounts))
        found = plan(host, entries, recorded, options)
        rooms = {} if room is None else {mount_of(options.top, mounts): room}
    return Comparison(found, options.mounts, device.files, record, recorded, rooms)


def board_entries(
    files: FileSystem,
    top: str,
    known: Collection[tuple[str, KnownFile]],
    *,
    skip: Collection[str] = (),
) -> list[Entry]:
    """List what is below a folder, with the folder and those above it; empty if it is not there.

    Args:
        files: The board's files.
        top: The folder.
        known: The paths of files that can be equal, each with what it can be equal to.
        skip: Folders that are not entered.
    """
    sizes = {file.size for _, file in known}
    paths = {path for path, _ in known}
    whole = {file.digest[:SHORT_DIGEST]: file.digest for _, file in known}
    try:
        listed = files.list_tree(top, digests=True, sizes=sizes, skip=skip)
    except FileNotFoundError:
        return []
    entries = []
    while top != "/":
        entries.append(Entry(posixpath.basename(top), top, "dir", 0))
        top = posixpath.dirname(top)
    for entry in listed:
        path = "/" + entry.path.lstrip("/")  # without folders, names have no slash
        digest = entry.digest
        if digest is None and entry.type == "file" and path in paths and entry.size in sizes:
            digest = files.digest(entry.path)
        digest = whole.get(digest, digest) if digest else None
        entries.append(replace(entry, path=path, digest=digest))
    return entries
