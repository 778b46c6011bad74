"""What is remembered of boards that are reset when their port is opened, from process to process.

One small file for each user, ``ports.json`` in the folder for state; by uid, because ports change.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["Habit", "habit_at", "habit_of", "remember"]


@dataclass(frozen=True)
class Habit:
    """How to open the port of a board that is reset by opening it.

    Attributes:
        lines: ``on``, ``off`` or ``keep``, for DTR and RTS; empty if nothing helps.
        usb: The USB serial number at which the board was; empty if there was none.
    """

    lines: str
    usb: str = ""


def habit_of(uid: str) -> Habit | None:
    """Return what is remembered of the board with this uid."""
    return _read().get(uid) if uid else None


def habit_at(usb: str | None) -> Habit | None:
    """Return what is remembered of the board with this USB serial number."""
    return next((habit for habit in _read().values() if usb and habit.usb == usb), None)


def remember(uid: str, habit: Habit) -> None:
    """Remember it; without a uid, or where the file cannot be written, nothing happens."""
    if not uid:
        return
    habits = {**_read(), uid: habit}
    text = json.dumps({key: asdict(value) for key, value in habits.items()}, indent=1)
    with suppress(OSError):
        path = _path()
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all, also if two processes write.
        part = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
        part.write_text(text, encoding="utf-8")
        part.replace(path)


def _read() -> dict[str, Habit]:
    with suppress(OSError, ValueError):
        document: Any = json.loads(_path().read_text(encoding="utf-8"))
        if isinstance(document, dict):
            return {uid: habit for uid, entry in document.items() if (habit := _habit(entry))}
    return {}


def _habit(entry: Any) -> Habit | None:
    match entry:
        case {"lines": "on" | "off" | "keep" | "" as lines, "usb": str(usb)}:
            return Habit(lines, usb)
        case _:
            return None


def _path() -> Path:
    import platformdirs  # noqa: PLC0415  (start-up)

    return Path(platformdirs.user_state_dir("iot", appauthor=False)) / "ports.json"
