"""New files of a backup wait beside the old ones until all are here, and then take their places.

The manifest in the waiting folder is written last: where it is, the change is decided, and whoever
finds it finishes the change; where it is not, what waits there is thrown away.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from iot_device.backup.manifest import MANIFEST, STAGING, host_path, read_manifest
from iot_device.copying import CopyFile, MakeFolder, write_host_file
from iot_device.errors import HostFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iot_device.backup.manifest import BackupManifest
    from iot_device.copying import CopyStep

__all__ = ["commit", "digest_of", "discard", "finish_commit", "stage"]

_ASIDE = ".~iot-old"


def stage(folder: Path, steps: Sequence[CopyStep]) -> tuple[CopyStep, ...]:
    """Return the steps with targets in the waiting folder, in which their folders are made.

    Raises:
        HostFileError: It cannot be made.
    """
    with _host_errors(folder):
        # For nobody else to read: a board's files hold passwords.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        waiting = folder / STAGING
        waiting.mkdir()
        staged: list[CopyStep] = []
        for step in steps:
            if isinstance(step, CopyFile):
                target = waiting / Path(step.target).relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                staged.append(replace(step, target=str(target), named=False, old_size=None))
            elif not isinstance(step, MakeFolder):
                staged.append(step)
        return tuple(staged)


def discard(folder: Path) -> None:
    """Throw away what waits, and the folder too if there is nothing else in it."""
    shutil.rmtree(folder / STAGING, ignore_errors=True)
    with suppress(OSError):
        folder.rmdir()


def commit(folder: Path, manifest: BackupManifest) -> None:
    """Decide on the change and do it.

    Raises:
        HostFileError: A file cannot be written; the next use of the backup tries again.
    """
    document = json.dumps(manifest.document(), indent=1)
    write_host_file(folder / STAGING / MANIFEST, document.encode(), follow=False)
    finish_commit(folder)


def finish_commit(folder: Path) -> None:
    """Do a change that is decided; throw away one that is not.

    Raises:
        HostFileError: A file cannot be written.
    """
    waiting = folder / STAGING
    if not waiting.is_dir():
        return
    new = read_manifest(waiting)
    with _host_errors(folder):
        if new is not None:
            _remove_old(folder, read_manifest(folder), new)
            _put_new(folder, new)
        shutil.rmtree(waiting)


def digest_of(file: Path) -> str:
    """Return the SHA-256 digest of a file in hex.

    Raises:
        OSError: It cannot be read.
    """
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _remove_old(folder: Path, old: BackupManifest | None, new: BackupManifest) -> None:
    """Remove what an older backup put there and the new one lacks; what a person changed stays."""
    if old is None:
        return
    for path, facts in old.files.items():
        file = host_path(folder, path)
        if path not in new.files and _is_file(file) and digest_of(file) == facts.sha256:
            file.unlink()
    for path in sorted(set(old.folders) - set(new.folders), reverse=True):
        with suppress(OSError):  # there is something else in it, or it is gone
            host_path(folder, path).rmdir()


def _put_new(folder: Path, new: BackupManifest) -> None:
    waiting = folder / STAGING
    for path in sorted(new.folders):
        place = host_path(folder, path)
        if _is_file(place):
            place.rename(f"{place}{_ASIDE}")
        place.mkdir(parents=True, exist_ok=True)
    for path in new.files:
        source, place = host_path(waiting, path), host_path(folder, path)
        if _is_file(source):
            if place.is_dir() and not place.is_symlink():
                place.rename(f"{place}{_ASIDE}")
            source.replace(place)
    (waiting / MANIFEST).replace(folder / MANIFEST)


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


@contextmanager
def _host_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        path = str(error.filename or folder)
        raise HostFileError(f"{path}: {error.strerror}", path=path) from error
