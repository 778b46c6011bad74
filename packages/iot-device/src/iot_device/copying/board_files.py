"""A board's side of a copy."""

from __future__ import annotations

import errno
import posixpath
from typing import TYPE_CHECKING

from iot_device.copying.board_names import board_ignores_case, same_board_name
from iot_device.copying.steps import MAX_DEPTH, Found, Node
from iot_device.errors import BoardOSError, UnsafeError
from iot_device.filesystem.paths import is_root

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from iot_device.copying.steps import CopyProof
    from iot_device.filesystem import Entry, FileStat, FileSystem

__all__ = ["BoardFiles"]


class BoardFiles:
    """The files of a board, as a side of a copy.

    Args:
        files: The board's files.
        skip: Folders that are copied without what is in them; as absolute as what is copied.
    """

    def __init__(self, files: FileSystem, *, skip: Iterable[str] = ()) -> None:
        self.files = files
        self._skip = frozenset(skip)

    def label(self, path: str) -> str:
        """Return a path as people write it: with a colon."""
        return f":{path}"

    def join(self, folder: str, name: str) -> str:
        """Return the path of a name in a folder."""
        return posixpath.join(folder, name)

    def destination(self, text: str) -> str:
        """Return a destination as it is used in paths."""
        return text.rstrip("/") or text[:1]

    def needs_folder(self, text: str) -> bool:
        """Tell whether a destination, as it is written, can only be a folder."""
        return text.endswith("/")

    def is_folder(self, path: str) -> bool:
        """Tell whether there is a folder."""
        return is_root(path) or self.files.is_dir(path)

    def no_folder(self, path: str) -> BoardOSError:
        """Return the error that there is no such folder."""
        return BoardOSError(errno.ENOTDIR, path)

    def scan(self, paths: Sequence[str], *, recursive: bool) -> list[Node]:
        """Look at what is to be copied."""
        named = [path for path in paths if not is_root(path)]
        facts = dict(zip(named, self.files.stat_many(named), strict=True))
        return [self._scan(path, facts.get(path), recursive=recursive) for path in paths]

    def look(self, nodes: Sequence[tuple[str, Node]]) -> dict[str, Found]:
        """Return what there is where nodes are to be copied to, and in the folders among them.

        With digests of the files in folders: they cost no round trip.
        """
        plain = [target for target, node in nodes if node.type == "file"]
        facts = zip(plain, self.files.stat_many(plain), strict=True)
        found = {path: Found(fact.type, fact.size) for path, fact in facts if fact is not None}
        for target, node in nodes:
            if node.type == "dir":
                found |= self._look_into(target, set(_sizes(node)))
        return found

    def folder_problem(self, _path: str) -> UnsafeError | None:
        """Tell why a folder cannot be used: nothing on a board leads elsewhere."""
        return None

    def same_name(self, path: str) -> str:
        """Return what is equal for paths that are one file where case is ignored."""
        return same_board_name(path)

    def ignores_case(self, path: str) -> bool:
        """Tell whether that is so in the folder of a path, which need not exist.

        Raises:
            BoardOSError: The board refused.
        """
        return board_ignores_case(self.files, posixpath.dirname(path))

    def digests(self, paths: Sequence[str]) -> list[str | None]:
        """Return the SHA-256 digest of each file in hex; ``None`` where the board has none."""
        return self.files.digest_many(paths)

    @property
    def reading_proof(self) -> CopyProof:
        """How files that are read are compared with the originals."""
        return "sha256" if self.files.has_digest() else "length"

    def _scan(self, path: str, facts: FileStat | None, *, recursive: bool) -> Node:
        name = _base_name(path)
        if facts is None and not is_root(path):
            problem = BoardOSError(errno.ENOENT, path)
            return Node(path, name, "file", problem=problem)
        if facts is not None and facts.is_special:
            return _special(path, name)
        if facts is not None and facts.type == "file":
            return Node(path, name, "file", facts.size)
        if not recursive:
            error = BoardOSError(errno.EISDIR, path or ".", hint="cp -r copies folders")
            return Node(path, name, "dir", problem=error)
        try:
            entries = self.files.list_tree(path, skip=self._skip)
            return _tree(path, entries, self._special_among(entries))
        except BoardOSError as error:
            return Node(path, name, "dir", problem=error)

    def _special_among(self, entries: Iterable[Entry]) -> set[str]:
        """Return the paths of what may have no end: in a listing it is a file of 0 bytes."""
        empty = [entry.path for entry in entries if entry.type == "file" and not entry.size]
        facts = zip(empty, self.files.stat_many(empty), strict=True)
        return {path for path, fact in facts if fact is not None and fact.is_special}

    def _look_into(self, target: str, sizes: set[int]) -> dict[str, Found]:
        try:
            entries = self.files.list_tree(target, digests=True, sizes=sizes)
        except FileNotFoundError:
            return {}
        except NotADirectoryError:
            return {target: Found("file", 0)}
        found = {entry.path: Found(entry.type, entry.size, entry.digest) for entry in entries}
        return {target: Found("dir", 0), **found}


def _base_name(path: str) -> str:
    name = posixpath.basename(path.rstrip("/"))
    return "" if name in (".", "..") else name


def _sizes(node: Node) -> Iterable[int]:
    if node.type == "file":
        yield node.size
    for child in node.children:
        yield from _sizes(child)


def _tree(top: str, entries: Iterable[Entry], special: Collection[str]) -> Node:
    """Make the tree of a folder from the list of all that is in it, and of what has no end."""
    folder = top.rstrip("/") or top[:1]
    prefix = folder if folder in ("", "/") else f"{folder}/"
    entries = list(entries)
    if folder == "/" and not any(entry.path.startswith("/") for entry in entries):
        prefix = ""  # without folders names have no slash
    inside: dict[str, list[Entry]] = {prefix: []}
    refused: list[Node] = []
    # Folders come before what is in them; what is in none of them has a path for a name.
    for entry in entries:
        above = entry.path.removesuffix(entry.name)
        if above not in inside:
            refused.append(_astray(entry, entry.path.removeprefix(prefix)))
            continue
        if entry.path in special:
            refused.append(_special(entry.path, entry.name))
            continue
        inside[above].append(entry)
        if entry.type == "dir":
            inside[f"{entry.path}/"] = []
    children = (*_children(prefix, inside, 0), *refused)
    return Node(top, _base_name(top), "dir", children=children)


def _astray(entry: Entry, name: str) -> Node:
    problem = UnsafeError(f"the board's name {name!a} cannot be used: it is a path, not a name")
    return Node(entry.path, name, entry.type, problem=problem)


def _special(path: str, name: str) -> Node:
    reason = "a device, a pipe or the like: it may have no end"
    return Node(path, name, "file", problem=BoardOSError(errno.EINVAL, path, reason))


def _children(prefix: str, inside: Mapping[str, list[Entry]], depth: int) -> tuple[Node, ...]:
    return tuple(_node(entry, inside, depth + 1) for entry in inside[prefix])


def _node(entry: Entry, inside: Mapping[str, list[Entry]], depth: int) -> Node:
    if entry.type == "file":
        return Node(entry.path, entry.name, "file", entry.size)
    if depth > MAX_DEPTH:
        problem = UnsafeError(f":{entry.path} is more than {MAX_DEPTH} folders deep")
        return Node(entry.path, entry.name, "dir", problem=problem)
    children = _children(f"{entry.path}/", inside, depth)
    return Node(entry.path, entry.name, "dir", children=children)
