"""Which board a notebook used last: one small file of the user, for all notebooks."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from filelock import FileLock

from iot_device.state_files import read_state, state_file, write_state
from iot_kernel.goal import Goal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NotebookMemory", "notebook_path"]

_NAME: Final = "notebooks.json"
_MAX_NOTEBOOKS: Final = 500
_LOCK_TIME: Final = 5.0  # seconds


def notebook_path(
    namespace: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> str | None:
    """Return the path of the notebook that this kernel serves; ``None`` if that is unknown.

    Args:
        namespace: The user's variables on the host: VS Code puts the path there.
        environment: jupyter_server puts the path into ``JPY_SESSION_NAME``.
    """
    for name in (environment.get("JPY_SESSION_NAME"), namespace.get("__vsc_ipynb_file__")):
        if isinstance(name, str) and name.endswith(".ipynb"):
            return str(Path(name).absolute())
    return None


class NotebookMemory:
    """Remembers the board of each notebook, in ``notebooks.json``.

    Several kernels may use it at once. Losing it loses convenience only: a file that cannot be
    read counts as empty, one that cannot be written is left alone.

    Args:
        folder: Where the file is; the user's state folder if left out.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.path: Path = folder / _NAME if folder else state_file(_NAME)

    def recall(self, notebook: str | None) -> Goal | None:
        """Return the board that the notebook used last."""
        return _goal_from(self._read().get(notebook or ""))

    def remember(self, notebook: str | None, goal: Goal) -> None:
        """Keep the board for this notebook; nothing if the notebook is unknown."""
        if notebook is None:
            return
        known = self.recall(notebook)
        if known == goal and known.uid == goal.uid:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=_LOCK_TIME):
                entries = self._read()
                entries[notebook] = {**asdict(goal), "used": time.time()}
                self._write(entries)
        except (OSError, TimeoutError):
            return

    def _read(self) -> dict[str, Any]:
        entries = read_state(self.path)
        return entries if isinstance(entries, dict) else {}

    def _write(self, entries: dict[str, Any]) -> None:
        newest = sorted(entries.items(), key=_used, reverse=True)[:_MAX_NOTEBOOKS]
        write_state(self.path, dict(newest))


def _goal_from(entry: object) -> Goal | None:
    """Return the board of an entry; what is none, is damaged, or of another version, is none."""
    if not isinstance(entry, dict):
        return None
    target, uid, schemes = (entry.get(word) for word in ("target", "uid", "schemes"))
    words = schemes if isinstance(schemes, list) else []
    if not isinstance(target, str) or not all(isinstance(word, str) for word in words):
        return None
    return Goal(target, tuple(words), uid if isinstance(uid, str) else "")


def _used(item: tuple[str, Any]) -> float:
    used = item[1].get("used") if isinstance(item[1], dict) else None
    return used if isinstance(used, float) else 0.0
