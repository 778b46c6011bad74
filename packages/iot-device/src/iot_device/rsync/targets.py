"""Whether names that a board tells can be files of this computer, all of them beside each other."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from iot_device.copying import ignores_case, name_problem, same_name
from iot_device.rsync.pull_planning import BoardFile

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

__all__ = ["checked_beside", "place_below"]


def place_below(root: Path, name: str) -> BoardFile:
    """Return the place of a file of a board below a folder of this computer, yet without content.

    Args:
        root: The folder.
        name: The path in it, as the board tells it.
    """
    parts = name.split("/")
    for part in parts:
        if (problem := name_problem(part)) is not None:
            return BoardFile(0, "", root, root, f"{part!a} cannot be a name here: {problem}")
    return BoardFile(0, "", root.joinpath(*parts), root)


def checked_beside(files: Mapping[str, BoardFile], here: Collection[str]) -> dict[str, BoardFile]:
    """Return files of a board with what hinders them here.

    Args:
        files: The files of the board that belong here, by path there.
        here: The paths of those that are here already.
    """
    alike = Counter(same_name(str(file.target)) for file in files.values())
    found = {}
    for path, file in files.items():
        problem = file.problem or _obstacle(file, is_here=path in here)
        if problem is None and alike[same_name(str(file.target))] > 1:
            problem = _problem_of_case(file)
        found[path] = replace(file, problem=problem)
    return found


def _obstacle(file: BoardFile, *, is_here: bool) -> str | None:
    if file.root is None:
        return None
    folder = file.root
    for part in file.target.relative_to(file.root).parts[:-1]:
        folder /= part
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            return f"{folder} is in the way here and stays"
    if not is_here and os.path.lexists(file.target):
        return f"{file.target} is here already and does not take part"
    return None


def _problem_of_case(file: BoardFile) -> str | None:
    is_one = ignores_case(file.target.parent)
    return "here it would be one file with another one" if is_one else None
