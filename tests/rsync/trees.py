"""Random trees for property tests: few names, so that they collide."""

from __future__ import annotations

import posixpath
from typing import TypeVar

from hypothesis import strategies as st

Content = TypeVar("Content", bound=bytes | None)

NAMES = ["a", "A", "lib", "boot.py", "main.py", ".hidden", "data", "settings.toml", "x.py"]
CONTENTS = [b"", b"1", b"2", b"other"]

paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(
    lambda parts: "/" + "/".join(parts)
)


def _consistent(tree: dict[str, Content]) -> dict[str, Content]:
    """Leave out what would be below a file."""
    files = {path for path, data in tree.items() if data is not None}
    return {path: data for path, data in tree.items() if not files.intersection(above(path))}


def above(path: str) -> list[str]:
    """Return the folders that lead to a path."""
    found = []
    while (path := posixpath.dirname(path)) != "/":
        found.append(path)
    return found


contents = st.sampled_from(CONTENTS)
board_trees = st.dictionaries(paths, st.one_of(st.none(), contents), max_size=8).map(_consistent)
host_trees = st.dictionaries(paths, contents, min_size=1, max_size=6).map(_consistent)
