"""A plan in words: the lines that people know from the earlier system, and a summary."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from iot_device.rsync.actions import Add, Delete, Update

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from iot_device.filesystem import FileSystem
    from iot_device.rsync.actions import Action, ActionKind
    from iot_device.rsync.planning import Plan

__all__ = ["Colour", "action_line", "plan_lines", "plan_summary", "text_diff"]

Colour: TypeAlias = Literal["red", "green", "blue", "magenta", "white"]

COLOURS: Final[Mapping[ActionKind, Colour]] = {
    "delete": "red",
    "add": "green",
    "update": "blue",
    "conflict": "magenta",
    "keep": "white",
}
_MATCH: Final = "Directories match"


def plan_lines(plan: Plan) -> list[tuple[str, Colour]]:
    """Return the lines that show a plan, and the colour of each."""
    if plan.matches:
        return [(_MATCH, "green")]
    return [action_line(action) for action in plan.actions]


def action_line(action: Action) -> tuple[str, Colour]:
    """Return the line that shows an action, and its colour."""
    line = f"{action.kind.upper():<8}{action.path}"
    if action.kind == "conflict":
        line = f"CONFLICT  {action.path}: {action.reason}"
    return line, COLOURS[action.kind]


def plan_summary(plan: Plan, *, skipped: int = 0, done: bool = False) -> str:
    """Return what is to be done, or was done, in one line.

    Args:
        plan: The plan.
        skipped: How many files patterns leave out.
        done: Whether it was done.
    """
    to_be = "" if done else "to be "
    sent = sum(write.size for write in plan.writes)
    counts = [
        (len(plan.deletes), f"{to_be}deleted"),
        (len(plan.adds), f"{to_be}added"),
        (len(plan.updates), f"{to_be}updated"),
        (len(plan.conflicts), "in conflict"),
        (sum(keep.equal for keep in plan.keeps), "equal"),
    ]
    parts = [f"{count} {what}" for count, what in counts if count]
    parts += [f"{sent} bytes"] if sent else []
    parts += [f"{skipped} files not matched: --show-skipped"] if skipped else []
    return ", ".join(parts)


def text_diff(action: Action, files: FileSystem) -> Iterator[str]:
    """Yield the lines of a unified diff: from what the board has to what it would get.

    Args:
        action: One that changes a file; of others there is no line.
        files: The board's files.

    Raises:
        OSError: A file of this computer cannot be read, or the board refused.
    """
    if isinstance(action, Delete) and action.type == "dir":
        return
    old = files.read(action.path) if isinstance(action, Delete | Update) else b""
    new = b""
    if isinstance(action, Add | Update):
        new = action.file.read()
    names = (
        "/dev/null" if isinstance(action, Add) else f"board:{action.path}",
        "/dev/null" if isinstance(action, Delete) else f"host:{action.path}",
    )
    try:
        before, after = old.decode().splitlines(), new.decode().splitlines()
    except UnicodeDecodeError:
        yield f"{names[0]} and {names[1]} differ, and are no text"
        return
    yield from difflib.unified_diff(before, after, *names, lineterm="")
