"""Which files belong on a board: globs on the host's side, ``.gitignore`` patterns on the board's.

Include patterns are those of Python's ``glob``, as they always were; they are matched here against
a listing, because ``glob`` itself runs in circles where links to folders do.
"""

from __future__ import annotations

import fnmatch
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

__all__ = ["BoardPatterns", "includes", "pattern_problem", "shows_hidden"]


class BoardPatterns:
    """Patterns as in ``.gitignore``, for absolute paths on the board.

    Args:
        patterns: The patterns; of several that fit, the last one counts.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._rules = _rules(tuple(patterns))

    def match(self, path: str, *, is_folder: bool = False) -> bool:
        """Whether a path, or a folder above it, is meant.

        What is in a folder that is meant is, too: no pattern takes it back, as in git.

        Args:
            path: An absolute path on the board.
            is_folder: Whether it is a folder.
        """
        parts = path.strip("/").split("/")
        above = ("/".join(parts[:count]) + "/" for count in range(1, len(parts)))
        return any(map(self._means, above)) or self._means(
            "/".join(parts) + ("/" if is_folder else "")
        )

    def _means(self, path: str) -> bool:
        """Whether a path is meant by itself, whatever is above it; folders end in a slash.

        ``match_file`` of pathspec lets ``!/*`` take back also what is in the folders that it fits.
        For git it fits those folders only.
        """
        fitting = (excludes for excludes, rule in self._rules if _fits_itself(rule, path))
        return next(fitting, False)


def _fits_itself(rule: re.Pattern[str], path: str) -> bool:
    # The only group of pathspec's rules is the slash behind the folder that fits.
    return any(
        found.lastindex is None or found.end(1) == len(path) for found in rule.finditer(path)
    )


@lru_cache(maxsize=64)
def _rules(patterns: tuple[str, ...]) -> tuple[tuple[bool, re.Pattern[str]], ...]:
    """Return whether each pattern excludes, and as what it is matched; the last one first."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415  (start-up)

    return tuple(
        (bool(pattern.include), pattern.regex)
        for pattern in reversed(GitIgnoreSpec.from_lines(patterns).patterns)
        if pattern.regex is not None  # a comment has none
    )


def includes(pattern: str, path: str, board_path: str, *, is_folder: bool = False) -> bool:
    """Whether an include pattern takes a file or folder.

    Args:
        pattern: A glob relative to the resource; with a leading slash a pattern as in
            ``.gitignore``, for the path on the board.
        path: The path relative to the resource.
        board_path: The absolute path on the board.
        is_folder: Whether it is a folder.
    """
    if pattern.startswith("/"):
        return BoardPatterns([pattern]).match(board_path, is_folder=is_folder)
    if pattern.endswith("/") and not is_folder:
        return False
    parts = _parts(pattern)
    if not is_folder and parts[-1:] == ("**",):
        parts = (*parts, "*")  # at its end, ** is also the folder before it, but never a file
    return _fits(parts, tuple(path.split("/")))


def shows_hidden(pattern: str) -> bool:
    """Whether an include pattern names files or folders whose names begin with a dot."""
    return any(part.startswith(".") for part in _parts(pattern))


def pattern_problem(pattern: str) -> str | None:
    """Return what is wrong with a pattern; ``None`` if nothing is."""
    if not pattern.strip():
        return "the pattern is empty"
    if pattern.startswith("#"):
        return r"# begins a comment here: write \#"
    if ".." in pattern.split("/"):
        return "a pattern cannot lead out of its folder"
    try:
        _rules((pattern,))
    except ValueError as error:
        return str(error)
    return None


def _parts(pattern: str) -> tuple[str, ...]:
    return tuple(part for part in pattern.split("/") if part not in ("", "."))


@lru_cache(maxsize=4096)
def _fits(parts: tuple[str, ...], names: tuple[str, ...]) -> bool:
    if not parts:
        return not names
    if parts[0] == "**":
        if _fits(parts[1:], names):
            return True
        return bool(names) and not names[0].startswith(".") and _fits(parts, names[1:])
    if not names or (names[0].startswith(".") and not parts[0].startswith(".")):
        return False
    return fnmatch.fnmatch(names[0], parts[0]) and _fits(parts[1:], names[1:])
