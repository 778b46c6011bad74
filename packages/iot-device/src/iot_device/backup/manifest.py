"""What a backup says about itself: a file beside the board's files, written last."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from iot_device.copying import name_problem
from iot_device.errors import HostFileError, UnsafeError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["MANIFEST", "STAGING", "BackupFile", "BackupManifest", "host_path", "read_manifest"]

MANIFEST: Final = ".iot-backup.json"
STAGING: Final = ".iot-backup.new"  # a folder: what is not in place yet
_FORMAT: Final = 1


@dataclass(frozen=True)
class BackupFile:
    """A file of the board, in bytes and as its SHA-256 digest in hex."""

    size: int
    sha256: str


@dataclass(frozen=True)
class BackupManifest:
    """What a backup holds.

    Attributes:
        uid: The board's unique id; ``None`` if its firmware tells none.
        firmware: What ran on it: ``implementation``, ``version``, ``platform``, ``machine``.
        made: When it was made, as ISO 8601 in UTC.
        path: The folder of the board that it holds.
        complete: Whether all files are in it.
        skipped: Where other file systems are mounted, which are not in it.
        folders: The folders, absolute.
        files: The files, by absolute path.
    """

    uid: str | None
    firmware: dict[str, str]
    made: str
    path: str = "/"
    complete: bool = True
    skipped: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    files: Mapping[str, BackupFile] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return it as it is written."""
        return {"format": _FORMAT, **asdict(self)}


def host_path(folder: Path, path: str) -> Path:
    """Return where a file of the board stands in the folder of its backup.

    Raises:
        UnsafeError: The path leads out of the folder.
    """
    parts = path.removeprefix("/").split("/")
    if not path.startswith("/") or any(name_problem(part) is not None for part in parts):
        raise UnsafeError(f"{folder / MANIFEST} names {path!a}, which leads elsewhere")
    return folder.joinpath(*parts)


def read_manifest(folder: Path) -> BackupManifest | None:
    """Return the manifest of the backup in a folder; ``None`` if it holds none.

    Raises:
        HostFileError: It cannot be read, or makes no sense.
    """
    file = folder / MANIFEST
    try:
        document = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise HostFileError(f"{file}: {error.strerror}", path=str(file)) from error
    except ValueError as error:
        raise HostFileError(f"{file} is damaged: {error}", path=str(file)) from None
    try:
        return _manifest_from(document)
    except (TypeError, KeyError, ValueError, AttributeError):
        message = f"{file} is not the manifest of a backup that this version knows"
        raise HostFileError(message, path=str(file)) from None


def _manifest_from(document: Any) -> BackupManifest:
    if document["format"] != _FORMAT:
        raise ValueError(document["format"])
    uid = document["uid"]
    return BackupManifest(
        uid=None if uid is None else str(uid),
        firmware={str(name): str(value) for name, value in document["firmware"].items()},
        made=str(document["made"]),
        path=str(document["path"]),
        complete=document["complete"] is True,
        skipped=tuple(map(str, document["skipped"])),
        folders=tuple(map(str, document["folders"])),
        files={
            str(path): BackupFile(int(facts["size"]), str(facts["sha256"]))
            for path, facts in document["files"].items()
        },
    )
