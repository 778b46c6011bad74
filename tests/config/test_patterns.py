"""Patterns, by property: against Python's glob, against git, and against the earlier rules."""

from __future__ import annotations

import fnmatch
import glob
import subprocess
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iot_device.config.patterns import BoardPatterns, includes

NAMES = st.sampled_from(["a", "b", "ab", "data", "data2", "lib", "a.py", "b.mpy", ".x", ".x.py"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
GLOB_PARTS = st.sampled_from(["**", "*", "*.py", "a*", "?", "[!a]*", "data", ".*", "a.py"])
GLOBS = st.builds(
    lambda parts, end: "./" + "/".join(parts) + end,
    st.lists(GLOB_PARTS, min_size=1, max_size=4),
    st.sampled_from(["", "/"]),
)
GIT_PARTS = st.sampled_from(["**", "*", "*.py", "a*", "?", "data", "data*", "lib", "a.py"])
GIT_PATTERNS = st.builds(
    lambda start, parts, end: start + "/".join(parts) + end,
    st.sampled_from(["", "/", "!", "!/"]),
    st.lists(GIT_PARTS, min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
    # For git, a/** does not mean the folder a itself. For us it does, which protects more.
).filter(lambda pattern: not pattern.rstrip("/").endswith("/**"))


def make_tree(root: Path, paths: list[str]) -> dict[str, bool]:
    """Make files at the paths, as far as they go together; return path -> whether a folder."""
    for path in paths:
        file = root / path
        if any((root / parent).is_file() for parent in PurePath(path).parents) or file.exists():
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    return {found.relative_to(root).as_posix(): found.is_dir() for found in root.rglob("*")}


@given(st.lists(PATHS, max_size=8), GLOBS)
def test_include_patterns_take_what_glob_takes(paths: list[str], pattern: str) -> None:
    with TemporaryDirectory() as folder:
        tree = make_tree(Path(folder), paths)
        hits = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207  (its rules)
        # For ./data/** it gives data/ also where there is none.
        expected = {PurePath(hit).as_posix() for hit in hits} & set(tree)
    taken = {path for path, is_dir in tree.items() if includes(pattern, path, "", is_folder=is_dir)}
    assert taken == expected


@pytest.mark.slow
@settings(max_examples=60)
@example(["a/a/a"], ["**/", "!/*"])
@example(["data/data/a.py", "data/b"], ["/data", "!*.py"])
@given(st.lists(PATHS, min_size=1, max_size=8), st.lists(GIT_PATTERNS, min_size=1, max_size=3))
def test_exclude_patterns_match_what_git_ignores(paths: list[str], patterns: list[str]) -> None:
    check_against_git(paths, patterns)


@pytest.mark.slow
@pytest.mark.parametrize(
    "patterns",
    [["*.py", "!a.py"], ["/data/*", "!/data/a.py"], ["/data/", "!/data/a.py"], ["data*", "!data2"]],
)
def test_patterns_take_back_what_they_take_back_in_git(patterns: list[str]) -> None:
    folders = ("", "data/", "data2/", "lib/data/")
    check_against_git([f"{folder}{name}" for folder in folders for name in ("a.py", "b")], patterns)


def check_against_git(paths: list[str], patterns: list[str]) -> None:
    with TemporaryDirectory() as folder:
        git = ["git", "-C", folder, "-c", "core.excludesFile="]
        subprocess.run([*git, "init", "-q"], check=True)
        tree = make_tree(Path(folder, "tree"), paths)
        Path(folder, "tree", ".gitignore").write_text("\n".join(patterns) + "\n")
        files = sorted(path for path, is_folder in tree.items() if not is_folder)
        asked = subprocess.run(
            [*git[:2], f"{folder}/tree", *git[3:], "check-ignore", "--no-index", "--stdin", "-z"],
            input="\0".join(files),
            capture_output=True,
            text=True,
            check=False,
        )
    ignored = set(asked.stdout.split("\0")) - {""}
    board = BoardPatterns(patterns)
    assert {path for path in files if board.match(f"/{path}")} == ignored


@given(PATHS, st.sampled_from(["/data*", "/lib*", "/a*", "*.py", "*.mpy", "*data*"]))
def test_old_patterns_of_the_common_kinds_protect_what_they_did(path: str, pattern: str) -> None:
    """In the earlier system ``*`` also stood for slashes, and the whole path had to fit."""
    was_protected = fnmatch.fnmatchcase(f"/{path}", pattern)
    assert BoardPatterns([pattern]).match(f"/{path}") or not was_protected


@given(PATHS, PATHS, st.lists(GIT_PATTERNS, max_size=3))
def test_what_is_in_an_excluded_folder_is_excluded(
    folder: str, path: str, patterns: list[str]
) -> None:
    board = BoardPatterns(patterns)
    if board.match(f"/{folder}", is_folder=True):
        assert board.match(f"/{folder}/{path}")


@given(PATHS)
def test_a_pattern_with_a_leading_slash_is_rooted_at_the_board(path: str) -> None:
    assert includes("/lib", path, f"/lib/{path}")
    assert not includes("/lib", path, f"/flash/lib/{path}")
    assert BoardPatterns(["/lib"]).match(f"/lib/{path}")
    assert not BoardPatterns(["/lib"]).match(f"/flash/lib/{path}")


def test_boot_out_is_protected_by_its_bare_name() -> None:
    assert BoardPatterns(["boot_out.txt"]).match("/boot_out.txt")
