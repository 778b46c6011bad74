"""Putting a backup back: the files are compared with its manifest first, then with the board."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from iot_device import rsync
from iot_device.backup.manifest import MANIFEST, host_path, read_manifest
from iot_device.backup.staging import finish_commit
from iot_device.errors import UnsafeError, VerificationError
from iot_device.rsync.comparing import board_entries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from iot_device.backup.manifest import BackupManifest
    from iot_device.device import Device
    from iot_device.filesystem import FileSystem
    from iot_device.filesystem.progress import OnProgress

__all__ = ["Restore", "plan_restore"]

# CircuitPython writes it at each start, about the board that it runs on.
_OF_THE_BOARD: Final = "boot_out.txt"


@dataclass(frozen=True)
class Restore:
    """What it takes to put a backup back.

    Attributes:
        manifest: What the backup holds.
        plan: What must happen on the board.
    """

    manifest: BackupManifest
    plan: rsync.Plan
    _files: FileSystem
    _mounts: frozenset[str]

    def apply(
        self,
        *,
        delete_first: bool = False,
        in_place: bool = False,
        on_action: Callable[[rsync.Action], object] | None = None,
        on_progress: OnProgress | None = None,
    ) -> rsync.RsyncResult:
        """Do it: files are written and verified, then deleted.

        Args:
            delete_first: Whether to delete before writing, for want of room.
            in_place: Whether an old file may be removed before its new content is there, where
                there is no room for both: if that is cut, its content is lost.
            on_action: Called with each action that is done.
            on_progress: Called with the bytes that are sent, and those in all.

        Raises:
            UnsafeError: There is room only with ``delete_first``; nothing was done.
            BoardOSError: There is no room (nothing was done), or the board refused.
            VerificationError: What is stored is not what was sent.
        """
        return rsync.apply(
            self.plan,
            self._files,
            mounts=self._mounts,
            consent=True,
            delete_first=delete_first,
            in_place=in_place,
            on_action=on_action,
            on_progress=on_progress,
        )


def plan_restore(device: Device, folder: Path, *, exact: bool = False) -> Restore:
    """Find out what it takes to give a board the files of a backup; nothing is written.

    It may be the backup of another board.

    Args:
        device: The board.
        folder: The backup.
        exact: Whether what the backup does not have is deleted, but for dot files, other file
            systems, and what firmware keeps for itself (``boot_out.txt``, ``webrepl_cfg.py``,
            ``settings.toml``).

    Raises:
        UnsafeError: The folder is no backup, or one that is not complete, with ``exact``.
        VerificationError: A file of the backup is not what it was.
        HostFileError: The manifest cannot be read.
        BoardOSError: The board refused.
    """
    finish_commit(folder)
    manifest = read_manifest(folder)
    if manifest is None:
        raise UnsafeError(
            f"{folder} is no backup: it has no {MANIFEST}",
            hint="iot backup makes one; iot cp -r and iot rsync send other folders",
        )
    if exact and not manifest.complete:
        raise UnsafeError(
            f"the backup in {folder} is not complete, so --exact would delete what it lacks",
            hint="restore it without --exact",
        )
    host = {
        path: _checked(folder, path, facts.sha256)
        for path, facts in manifest.files.items()
        if not path.endswith(f"/{_OF_THE_BOARD}")
    }
    return _planned(device, manifest, host, exact=exact)


def _planned(
    device: Device, manifest: BackupManifest, host: dict[str, rsync.HostFile], *, exact: bool
) -> Restore:
    mounts = frozenset(device.files.mounts())
    others = mounts - {manifest.path}
    entries = board_entries(device.files, manifest.path, host.items(), skip=others)
    options = rsync.PlanOptions(
        top=manifest.path,
        delete=exact,
        overwrite=True,
        max_delete=sys.maxsize,
        mounts=mounts,
        folders=frozenset(manifest.folders),
        programs=True,
    )
    return Restore(manifest, rsync.plan(host, entries, None, options), device.files, mounts)


def _checked(folder: Path, path: str, digest: str) -> rsync.HostFile:
    place = host_path(folder, path)
    try:
        file = rsync.HostFile.of(place)
    except OSError as error:
        raise _damaged(place, path, digest, str(error.strerror)) from None
    if file.digest != digest:
        raise _damaged(place, path, digest, file.digest)
    return file


def _damaged(place: Path, path: str, digest: str, found: str) -> VerificationError:
    return VerificationError(
        f"{place} is not what was backed up; nothing was done",
        path=path,
        expected=digest,
        actual=found,
        hint="the backup is damaged, or somebody changed it: iot backup makes a new one",
    )
