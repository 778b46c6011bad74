"""What is remembered of boards that are reset when their port is opened, from process to process.

One small file for each user, ``ports.json`` in the folder for state; by uid, because ports change.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from iot_device.state_files import read_state, state_file, write_state

if TYPE_CHECKING:
    from pathlib import Path

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
    write_state(_file(), {key: asdict(value) for key, value in habits.items()})


def _read() -> dict[str, Habit]:
    document = read_state(_file())
    entries = document.items() if isinstance(document, dict) else ()
    return {uid: habit for uid, entry in entries if (habit := _habit(entry))}


def _habit(entry: Any) -> Habit | None:
    match entry:
        case {"lines": "on" | "off" | "keep" | "" as lines, "usb": str(usb)}:
            return Habit(lines, usb)
        case _:
            return None


def _file() -> Path:
    return state_file("ports.json")
