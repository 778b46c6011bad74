"""What rsync has put on a board, remembered on this computer, by the board's uid.

The record says what may be deleted without asking, and tells a change on the board from a change
here. It is written before the board is changed, too: what a killed run wrote is known by its digest
when the board is seen again.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, Self

from iot_device.copying import write_host_file
from iot_device.rsync.actions import KnownFile
from iot_device.state_files import state_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from iot_device.filesystem import Entry
    from iot_device.rsync.planning import Plan
    from iot_device.rsync.pull_planning import PullPlan

__all__ = ["SyncRecord"]

_UID: Final = re.compile(r"[0-9a-f]{1,64}")


class SyncRecord:
    """The record of one board.

    Args:
        path: Its file; ``None``: nothing is remembered, as for boards without a uid.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._files, self._pending = _read(path)

    @classmethod
    def of(cls, uid: str | None) -> Self:
        """Return the record of a board with this uid (hex digits)."""
        if uid is None or not _UID.fullmatch(uid):
            return cls(None)
        return cls(state_file("rsync", f"{uid}.json"))

    @property
    def contents(self) -> list[tuple[str, KnownFile]]:
        """The paths of all files that are known, each with a content that it can have."""
        return [*self._files.items(), *self._pending.items()]

    def settled(self, board: Iterable[Entry]) -> dict[str, KnownFile]:
        """Return what is known to be from rsync, now that the board tells what it has.

        Args:
            board: The board's files, with digests.
        """
        digests = {entry.path: entry.digest for entry in board}
        arrived = {
            path: file for path, file in self._pending.items() if digests.get(path) == file.digest
        }
        return {**self._files, **arrived}

    def begin(self, record: Mapping[str, KnownFile], plan: Plan) -> None:
        """Remember, before the board is changed, what is about to be written.

        Raises:
            HostFileError: It cannot be written.
        """
        planned = {write.path: KnownFile(write.size, write.file.digest) for write in plan.writes}
        self._write(dict(record), planned)

    def finish(self, plan: Plan | PullPlan) -> None:
        """Remember what both sides have, now that the plan is done.

        Raises:
            HostFileError: It cannot be written.
        """
        self._write(dict(plan.record_after), {})

    def _write(self, files: dict[str, KnownFile], pending: dict[str, KnownFile]) -> None:
        if (files, pending) == (self._files, self._pending):
            return
        self._files, self._pending = files, pending
        if self._path is not None:
            document = {"version": 1, "files": _document(files), "pending": _document(pending)}
            self._path.parent.mkdir(parents=True, exist_ok=True)
            data = json.dumps(document, indent=1).encode()
            write_host_file(self._path, data, follow=False)


def _document(files: Mapping[str, KnownFile]) -> dict[str, dict[str, Any]]:
    return {path: asdict(file) for path, file in sorted(files.items())}


def _read(path: Path | None) -> tuple[dict[str, KnownFile], dict[str, KnownFile]]:
    """Read a record; one that is missing or makes no sense is empty: then all deletes count."""
    try:
        document = json.loads(path.read_bytes()) if path is not None else {}
        return _files(document.get("files", {})), _files(document.get("pending", {}))
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return {}, {}


def _files(document: Mapping[str, Any]) -> dict[str, KnownFile]:
    return {
        path: KnownFile(int(facts["size"]), str(facts["digest"]))
        for path, facts in document.items()
    }
