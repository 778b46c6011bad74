"""What a copy will do: looked at as a whole before the first byte is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from iot_device.copying.board_files import BoardFiles
from iot_device.copying.host_files import HostFiles
from iot_device.copying.room import check_host_room, check_room
from iot_device.copying.steps import CopyFile, CopyPlan, KeepFile, MakeFolder, RefuseCopy
from iot_device.errors import UnsafeError
from iot_device.filesystem.entries import is_same_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_device.copying.steps import CopyStep, Found, Node
    from iot_device.errors import IotError

__all__ = ["plan_copy", "plan_tree"]

Side: TypeAlias = BoardFiles | HostFiles


def plan_copy(
    source: Side,
    paths: Sequence[str],
    target: Side,
    destination: str,
    *,
    recursive: bool = False,
    in_place: bool = False,
) -> CopyPlan:
    """Find out what it takes to copy files and folders; nothing is written.

    Only if names for a board differ in case, and its file system is empty, it is tried out there
    whether it ignores case.

    Into a folder that is there, each source keeps its name; else the destination is the new name.
    Files that are there with the same content, as their digests tell, are kept. What cannot be
    copied is refused in the plan, and the rest of it stands.

    Args:
        source: The side that is read.
        paths: Files and folders there.
        target: The side that is written.
        destination: Where they go.
        recursive: Whether folders are copied, with all that is in them.
        in_place: Whether an old file on the board may be removed before the new one is there, where
            there is no room for both: if the copy then fails or is cut, its content is lost.

    Raises:
        BoardOSError: The destination must be a folder and is none, or there is not enough room
            for all on the board; the message has the figures.
        HostFileError: Likewise on this computer.
        TypeError: Both sides are this computer.
    """
    if isinstance(source, HostFiles) and isinstance(target, HostFiles):
        raise TypeError("a copy has a board on one side at least")
    place = target.destination(destination)
    into = target.is_folder(place)
    if not into and (len(paths) > 1 or target.needs_folder(destination)):
        raise target.no_folder(destination)
    nodes = source.scan(paths, recursive=recursive)
    return _plan(source, nodes, target, place, into=into, in_place=in_place)


def plan_tree(source: Side, folder: str, target: Side, destination: str) -> CopyPlan:
    """Find out what it takes to make a folder a copy of another one, whether it is there or not.

    What it has beside that stays.

    Raises:
        BoardOSError: There is not enough room for all on the board; the message has the figures.
        HostFileError: Likewise on this computer.
    """
    nodes = source.scan([folder], recursive=True)
    return _plan(source, nodes, target, target.destination(destination), into=False)


def _plan(
    source: Side,
    nodes: Sequence[Node],
    target: Side,
    place: str,
    *,
    into: bool,
    in_place: bool = False,
) -> CopyPlan:
    planner = _Planner(source, target)
    planner.add_all(nodes, place, into=into)
    plan = CopyPlan(source, target, tuple(planner.finish()), tuple(planner.folders), in_place)
    if isinstance(target, BoardFiles):
        check_room(target.files, plan.steps, in_place=in_place)
    else:
        check_host_room(Path(place), plan.steps)
    return plan


@dataclass
class _Planner:
    """Turns trees into steps.

    Args:
        source: The side that is read.
        target: The side that is written.
    """

    source: Side
    target: Side
    steps: list[CopyStep] = field(default_factory=list)
    found: dict[str, Found] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    folders: list[str] = field(default_factory=list)

    def add_all(self, nodes: Sequence[Node], destination: str, *, into: bool) -> None:
        """Plan for each of the things that the person named."""
        tops: list[tuple[str, Node, bool]] = []
        for node in nodes:
            named = not (into and node.name)
            place = destination if named else self._place(destination, node)
            if place is not None:
                tops.append((place, self._with_problem(node, place), named))
        self.found = self.target.look([top[:2] for top in tops if top[1].problem is None])
        clashing = self._clashing([place for place, _, _ in tops])
        for place, node, named in tops:
            self._add(node, place, named=named, other=clashing.get(place))

    def finish(self) -> list[CopyStep]:
        """Return the steps; files that are there with the same content are kept."""
        same = self._unchanged([step for step in self.steps if isinstance(step, CopyFile)])
        return [
            KeepFile(step.source, step.target, step.size)
            if isinstance(step, CopyFile) and step.target in same
            else step
            for step in self.steps
        ]

    def _place(self, folder: str, node: Node) -> str | None:
        try:
            return self.target.join(folder, node.name)
        except UnsafeError as error:
            self._refuse(node, error)
            return None

    def _refuse(self, node: Node, error: IotError) -> None:
        self.steps.append(RefuseCopy(node.path, error))

    def _with_problem(self, node: Node, place: str) -> Node:
        """Return the node, with the problem if it is a folder that would go into itself."""
        source, target = self.source, self.target
        if node.type == "file" or node.problem is not None:
            return node
        if not isinstance(source, BoardFiles) or not isinstance(target, BoardFiles):
            return node
        if source.files is not target.files or not source.files.is_same_or_below(place, node.path):
            return node
        text = f":{node.path} would be copied to itself or into itself"
        return replace(node, problem=UnsafeError(text))

    def _add(self, node: Node, place: str, *, named: bool, other: str | None) -> None:
        problem = node.problem or self._obstacle(node, place, named=named, other=other)
        if problem is not None:
            self._refuse(node, problem)
        elif node.type == "dir":
            self._add_folder(node, place, named=named)
        else:
            there = self.found.get(place)
            old_size = there.size if there is not None and there.type == "file" else None
            self.steps.append(CopyFile(node.path, place, named, node.size, old_size))

    def _obstacle(
        self, node: Node, place: str, *, named: bool, other: str | None
    ) -> UnsafeError | None:
        if other is not None:
            where = "the board" if isinstance(self.target, BoardFiles) else "this computer"
            names = f"{self.target.label(place)} and {self.target.label(other)}"
            return UnsafeError(f"{names} would be one file: {where} ignores case there")
        if node.type == "dir":
            return None if named else self.target.folder_problem(place)
        if place in self.taken:
            return UnsafeError(f"{self.target.label(place)} would be written twice")
        self.taken.add(place)
        return None

    def _add_folder(self, node: Node, place: str, *, named: bool) -> None:
        self.folders.append(node.path)
        there = self.found.get(place)
        if there is None or there.type != "dir":
            self.steps.append(MakeFolder(node.path, place, named))
        inside = [(self._place(place, child), child) for child in node.children]
        clashing = self._clashing([path for path, _ in inside if path is not None])
        for path, child in inside:
            if path is not None:
                self._add(child, path, named=False, other=clashing.get(path))

    def _clashing(self, places: Sequence[str]) -> dict[str, str]:
        """Return those that would be one file with another one, where case is ignored."""
        groups: dict[str, set[str]] = {}
        for place in places:
            groups.setdefault(self.target.same_name(place), set()).add(place)
        alike = [sorted(group) for group in groups.values() if len(group) > 1]
        if not alike or not self.target.ignores_case(alike[0][0]):
            return {}
        return {place: group[place == group[0]] for group in alike for place in group}

    def _unchanged(self, steps: Sequence[CopyFile]) -> set[str]:
        """Return the targets that have the content of their sources already."""
        steps = [step for step in steps if step.size == step.old_size]
        targets = [step.target for step in steps]
        unknown = [path for path in targets if self.found[path].digest is None]
        known = {path: self.found[path].digest for path in targets}
        known |= zip(unknown, self.target.digests(unknown), strict=True)
        sources = self.source.digests([step.source for step in steps])
        pairs = zip(targets, sources, strict=True)
        return {path for path, digest in pairs if is_same_digest(digest, known[path])}
