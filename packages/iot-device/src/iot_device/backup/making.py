"""Making a backup: beside the old one, which stays whole until the new one is."""

from __future__ import annotations

import errno
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iot_device.backup.manifest import (
    BackupFile,
    BackupManifest,
    host_path,
    read_manifest,
)
from iot_device.backup.staging import commit, digest_of, discard, finish_commit, stage
from iot_device.copying import (
    BoardFiles,
    CopyFile,
    CopyPlan,
    HostFiles,
    KeepFile,
    plan_tree,
    run_copy,
)
from iot_device.errors import BoardOSError, UnsafeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.copying import CopyOutcome, CopyReport
    from iot_device.device import Device
    from iot_device.filesystem.progress import OnProgress

__all__ = ["BackupResult", "make_backup"]

# Where boards whose root holds nothing but file systems have their own flash (stm32, M5Stack).
_FLASH: Final = "/flash"


@dataclass(frozen=True)
class BackupResult:
    """What became of a backup.

    Attributes:
        manifest: What it holds.
        report: What was copied, what was in it already, and what failed.
        is_kept: Whether it is there now. It is not where something failed and the older backup,
            which is complete, was left in its place.
    """

    manifest: BackupManifest
    report: CopyReport
    is_kept: bool


def make_backup(
    device: Device,
    folder: Path,
    *,
    path: str | None = None,
    force: bool = False,
    on_outcome: Callable[[CopyOutcome], object] | None = None,
    on_progress: OnProgress | None = None,
) -> BackupResult:
    """Copy all files of a board into a folder, with a manifest that tells what they are.

    An older backup of the same board is brought up to date: only what changed is read, and until
    all of that is here, the older one stays as it is. Other file systems of the board, mounted
    below ``path``, are left out.

    Args:
        device: The board.
        folder: Where the backup goes; it is made, for nobody else to read, if it is not there.
        path: A folder of the board; ``None``: all that is on its own flash.
        force: Whether to use a folder that holds something else than an older backup of this
            board and path.
        on_outcome: Called with what became of each file.
        on_progress: Called with the bytes that are copied, and the bytes in all.

    Raises:
        UnsafeError: The folder holds something else; nothing was done.
        HostFileError: The folder cannot be written; an older backup is as it was.
        BoardOSError: There is no such folder on the board, ...; likewise.
    """
    mounts = device.files.mounts()
    top = device.files.absolute(path or (_FLASH if _FLASH in mounts else "/"))
    finish_commit(folder)
    old = _old_backup(device, folder, top, force=force)
    skipped = [point for point in mounts if point != top and f"{point}/".startswith(_below(top))]
    plan = _plan(device, folder, top, skipped)
    try:
        staged = replace(plan, steps=stage(folder, plan.steps))
        report = run_copy(staged, on_outcome=on_outcome, on_progress=on_progress)
        manifest = _manifest(device, top, staged, report, skipped)
    except BaseException:
        discard(folder)
        raise
    if report.failed and old is not None and old.complete:
        discard(folder)
        return BackupResult(manifest, report, is_kept=False)
    if old is not None:
        manifest = _with_older(manifest, old, report)
    commit(folder, manifest)
    return BackupResult(manifest, report, is_kept=True)


def _plan(device: Device, folder: Path, top: str, skipped: list[str]) -> CopyPlan:
    if device.files.stat(top).type != "dir":
        raise BoardOSError(errno.ENOTDIR, top)
    target = folder if top == "/" else host_path(folder, top)
    return plan_tree(BoardFiles(device.files, skip=skipped), top, HostFiles(), str(target))


def _below(top: str) -> str:
    return f"{top.rstrip('/')}/"


def _old_backup(device: Device, folder: Path, top: str, *, force: bool) -> BackupManifest | None:
    """Return the older backup of the same files.

    Raises:
        UnsafeError: There is something else in the folder.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    old = read_manifest(folder)
    if old is None:
        problem = f"{folder} holds something else than a backup"
    elif (old.uid, old.firmware if old.uid is None else None) != _identity(device):
        problem = f"{folder} holds the backup of another board ({old.uid or 'without a uid'})"
    elif old.path != top:
        problem = f"{folder} holds a backup of :{old.path}, not of :{top}"
    else:
        return old
    if force and folder.is_dir():
        return None
    raise UnsafeError(f"{problem}; nothing was done", hint="choose another folder, or --force")


def _identity(device: Device) -> tuple[str | None, dict[str, str] | None]:
    uid = device.info.uid
    return uid, None if uid is not None else _firmware(device)


def _firmware(device: Device) -> dict[str, str]:
    info = device.info
    return {
        "implementation": info.implementation,
        "version": info.version,
        "platform": info.platform,
        "machine": info.machine,
    }


def _manifest(
    device: Device, top: str, staged: CopyPlan, report: CopyReport, skipped: list[str]
) -> BackupManifest:
    """Describe what is here now, by what the files of this computer hold."""
    failed = {outcome.source for outcome in report.failed}
    here = [
        step
        for step in staged.steps
        if isinstance(step, CopyFile | KeepFile) and staged.source.label(step.source) not in failed
    ]
    return BackupManifest(
        uid=device.info.uid,
        firmware=_firmware(device),
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        path=top,
        complete=not report.failed,
        skipped=tuple(skipped),
        folders=tuple(sorted(set(staged.folders) - {"/", *skipped})),
        # Where there are no folders, names have no slash.
        files={f"/{step.source.lstrip('/')}": _described(Path(step.target)) for step in here},
    )


def _described(file: Path) -> BackupFile:
    return BackupFile(file.stat().st_size, digest_of(file))


def _with_older(new: BackupManifest, old: BackupManifest, report: CopyReport) -> BackupManifest:
    """Keep the older copies of files that could not be copied now."""
    failed = {outcome.source for outcome in report.failed}
    kept = {path: facts for path, facts in old.files.items() if f":{path}" in failed}
    return replace(new, files={**new.files, **kept})
