"""A plan in words: the lines that people know from the earlier system, and a summary."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from iot_device.copying import verified_by
from iot_device.rsync.actions import Add, Conflict, Delete, Update
from iot_device.rsync.pull_planning import PullAdd, PullDelete, PullPlan, PullUpdate
from iot_device.text import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from iot_device.filesystem import FileSystem, Proof
    from iot_device.rsync.actions import Action, ActionKind
    from iot_device.rsync.planning import Plan
    from iot_device.rsync.pull_planning import ChangedHere

__all__ = ["Colour", "action_line", "plan_lines", "plan_summary", "text_diff"]

_Contents: TypeAlias = tuple[bytes | None, bytes | None]
Colour: TypeAlias = Literal["red", "green", "blue", "magenta", "white"]

COLOURS: Final[Mapping[ActionKind, Colour]] = {
    "delete": "red",
    "add": "green",
    "update": "blue",
    "conflict": "magenta",
    "keep": "white",
}
_MATCH: Final = "Directories match"


def plan_lines(plan: Plan | PullPlan) -> list[tuple[str, Colour]]:
    """Return the lines that show a plan, and the colour of each."""
    if plan.matches:
        return [(_MATCH, "green")]
    return [action_line(action) for action in (*plan.actions, *_changed_here(plan))]


def action_line(action: Action) -> tuple[str, Colour]:
    """Return the line that shows an action, and its colour."""
    kind = "CONFLICT  " if action.kind == "conflict" else f"{action.kind.upper():<8}"
    line = f"{kind}{action.path}"
    if action.kind in ("conflict", "keep"):
        line = f"{line}: {action.reason}"
    return line, COLOURS[action.kind]


def plan_summary(
    plan: Plan | PullPlan,
    *,
    skipped: int = 0,
    done: bool = False,
    proofs: Collection[Proof] = (),
) -> str:
    """Return what is to be done, or was done, in one line.

    Args:
        plan: The plan.
        skipped: How many files patterns leave out.
        done: Whether it was done.
        proofs: How what was written was verified.
    """
    to_be = "" if done else "to be "
    sent = sum(write.size for write in plan.writes)
    counts = [
        (len(plan.deletes), f"{to_be}deleted"),
        (len(plan.adds), f"{to_be}added"),
        (len(plan.updates), f"{to_be}updated"),
        (len(plan.conflicts), "in conflict"),
        (len(_changed_here(plan)), "changed here only"),
        (sum(keep.equal for keep in plan.keeps), "equal"),
    ]
    parts = [f"{count} {what}" for count, what in counts if count]
    parts += [counted(sent, "byte")] if sent else []
    parts += verified_by(proofs)
    parts += [f"{counted(skipped, 'file')} not matched: --show-skipped"] if skipped else []
    return ", ".join(parts)


def _changed_here(plan: Plan | PullPlan) -> tuple[ChangedHere, ...]:
    return plan.changed_here if isinstance(plan, PullPlan) else ()


def text_diff(action: Action, files: FileSystem) -> Iterator[str]:
    """Yield the lines of a unified diff: from what one side has to what it would get.

    Of a conflict it goes from the board's content to that of this computer.

    Args:
        action: One that changes a file, or a conflict about one; of others there is no line.
        files: The board's files.

    Raises:
        OSError: A file of this computer cannot be read, or the board refused.
    """
    if isinstance(action, Delete | Add | Update | Conflict):
        old, new, here, there = *_contents(action, files), "board", "host"
    elif isinstance(action, PullDelete | PullAdd | PullUpdate):
        old, new, here, there = *_pulled_contents(action, files), "host", "board"
    else:
        return
    names = (
        "/dev/null" if old is None else f"{here}:{action.path}",
        "/dev/null" if new is None else f"{there}:{action.path}",
    )
    try:
        before, after = ((data or b"").decode().splitlines() for data in (old, new))
    except UnicodeDecodeError:
        yield f"{names[0]} and {names[1]} differ, and are no text"
        return
    yield from difflib.unified_diff(before, after, *names, lineterm="")


def _contents(action: Delete | Add | Update | Conflict, files: FileSystem) -> _Contents:
    """Return what the board has and what it would get, or what this computer has."""
    if isinstance(action, Conflict):
        there = files.read(action.path) if action.is_on_board else None
        return there, None if action.file is None else action.file.read()
    if isinstance(action, Delete):
        return (files.read(action.path) if action.type == "file" else None), None
    new = action.file.read()
    return (files.read(action.path) if isinstance(action, Update) else None), new


def _pulled_contents(action: PullDelete | PullAdd | PullUpdate, files: FileSystem) -> _Contents:
    """Return what this computer has and what it would get."""
    if isinstance(action, PullDelete):
        return action.old.read(), None
    new = files.read(action.path)
    return (action.old.read() if isinstance(action, PullUpdate) else None), new
