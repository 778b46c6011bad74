"""This computer's side of a copy."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from iot_device.copying.host_names import check_name, ignores_case, name_problem, same_name
from iot_device.copying.host_writing import link_problem
from iot_device.copying.steps import MAX_DEPTH, Found, Node
from iot_device.errors import HostFileError, UnsafeError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["HostFiles"]

_BLOCK = 1 << 20  # bytes that are hashed at once


class HostFiles:
    """The files of this computer, as a side of a copy; paths are text."""

    def label(self, path: str) -> str:
        """Return a path as people write it."""
        return path

    def join(self, folder: str, name: str) -> str:
        """Return the path of a name in a folder.

        Raises:
            UnsafeError: It is no name for a file here.
        """
        return str(Path(folder, check_name(name)))

    def destination(self, text: str) -> str:
        """Return a destination as it is used in paths."""
        return text

    def needs_folder(self, text: str) -> bool:
        """Tell whether a destination, as it is written, can only be a folder."""
        return text.endswith(("/", os.sep))

    def is_folder(self, path: str) -> bool:
        """Tell whether there is a folder."""
        return Path(path).is_dir()

    def no_folder(self, path: str) -> HostFileError:
        """Return the error that there is no such folder."""
        return HostFileError(f"{path} is no folder", path=path)

    def scan(self, paths: Sequence[str], *, recursive: bool) -> list[Node]:
        """Look at what is to be copied, as a whole, before the first file is written.

        A folder may hold the flash of a simulated board: it would grow as fast as it is copied.
        """
        nodes = [_scan(Path(path), recursive=recursive, depth=0) for path in paths]
        return [
            replace(node, name="") if _means_contents(path) else node
            for path, node in zip(paths, nodes, strict=True)
        ]

    def look(self, nodes: Sequence[tuple[str, Node]]) -> dict[str, Found]:
        """Return what there is where nodes are to be copied to, and in the folders among them."""
        found: dict[str, Found] = {}
        todo = list(nodes)
        while todo:
            target, node = todo.pop()
            there = _found(Path(target))
            if there is None:
                continue
            found[target] = there
            if node.type == "dir" and there.type == "dir":
                good = [child for child in node.children if name_problem(child.name) is None]
                todo += [(self.join(target, child.name), child) for child in good]
        return found

    def folder_problem(self, path: str) -> UnsafeError | None:
        """Tell why a folder whose name came from the other side cannot be used."""
        return link_problem(Path(path))

    def same_name(self, path: str) -> str:
        """Return what is equal for paths that are one file where case is ignored."""
        return same_name(path)

    def ignores_case(self, path: str) -> bool:
        """Tell whether that is so in the folder of a path, which need not exist."""
        return ignores_case(Path(path).parent)

    def digests(self, paths: Sequence[str]) -> list[str | None]:
        """Return the SHA-256 digest of each file in hex; ``None`` for what cannot be read."""
        return [_digest(Path(path)) for path in paths]


def _means_contents(text: str) -> bool:
    """Tell whether a path ends in ``/.``, which ``Path`` leaves out."""
    return text.rstrip(f"/{os.sep}").endswith(("/.", f"{os.sep}."))


def _scan(path: Path, *, recursive: bool, depth: int) -> Node:
    # The last part of "." and ".." is known to the file system only.
    name = path.name if path.name not in ("", "..") else ""
    try:
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            return _scan_folder(path, name, recursive=recursive, depth=depth)
    except OSError as error:
        problem = HostFileError(f"{path}: {error.strerror}", path=str(path))
        return Node(str(path), name, "file", problem=problem)
    if stat.S_ISREG(facts.st_mode):
        return Node(str(path), name, "file", facts.st_size)
    problem = HostFileError(f"{path} is no regular file", path=str(path))
    return Node(str(path), name, "file", problem=problem)


def _scan_folder(path: Path, name: str, *, recursive: bool, depth: int) -> Node:
    if (problem := _folder_problem(path, recursive=recursive, depth=depth)) is not None:
        return Node(str(path), name, "dir", problem=problem)
    entries = sorted(path.iterdir())
    children = tuple(_scan(entry, recursive=recursive, depth=depth + 1) for entry in entries)
    return Node(str(path), name, "dir", children=children)


def _folder_problem(path: Path, *, recursive: bool, depth: int) -> HostFileError | None:
    if not recursive:
        hint = "cp -r copies folders"
        return HostFileError(f"{path} is a folder", path=str(path), hint=hint)
    if depth and path.is_symlink():
        # It may lead round in a circle; only one that the person named is followed.
        message = f"{path} is a link to a folder, which is not followed"
        return HostFileError(message, path=str(path))
    if depth > MAX_DEPTH:
        return HostFileError(f"{path} is more than {MAX_DEPTH} folders deep", path=str(path))
    return None


def _found(path: Path) -> Found | None:
    try:
        facts = path.lstat()
    except (OSError, ValueError):  # a name with NUL, for instance, names nothing
        return None
    if stat.S_ISLNK(facts.st_mode):
        # A link to a folder is no folder of this tree; a link to a file will be replaced.
        return Found("dir", 0) if path.is_dir() else None
    return Found("dir" if stat.S_ISDIR(facts.st_mode) else "file", facts.st_size)


def _digest(path: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()
