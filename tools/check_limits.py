"""Limits that no linter of ours knows: length of files and functions, and words that are banned."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

__all__ = ["violations"]

MAX_FILE = 500  # lines
MAX_FUNCTION = 40  # lines, without the docstring

# These run on the board, where waiting is what programs do.
_BOARD_FOLDERS = {"_functions", "_vm_code"}


def violations(source: str, name: str) -> list[str]:
    """Return what is wrong with one file, each as ``NAME:LINE: what``.

    Args:
        source: The text of the file.
        name: Its path, for the messages and to tell what runs on a board.
    """
    tree = ast.parse(source)
    found = [(_line(node), what) for node in ast.walk(tree) if (what := _violation(node, name))]
    length = len(source.splitlines())
    if length > MAX_FILE:
        found.append((MAX_FILE + 1, f"file of {length} lines, more than {MAX_FILE}"))
    return [f"{name}:{line}: {what}" for line, what in sorted(found)]


def _violation(node: ast.AST, name: str) -> str | None:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            length = _length(node)
            if length > MAX_FUNCTION:
                return f"function {node.name} of {length} lines, more than {MAX_FUNCTION}"
        case ast.Attribute(value=ast.Name("time"), attr="sleep"):
            return _sleeps(name)
        case ast.ImportFrom(module="time", names=names) if "sleep" in [n.name for n in names]:
            return _sleeps(name)
        case ast.Name("flaky") | ast.Attribute(attr="flaky") | ast.alias(name="flaky"):
            return "a test that fails now and then is a defect: no retries"
        case _:
            pass
    return None


def _sleeps(name: str) -> str | None:
    if _BOARD_FOLDERS.intersection(Path(name).parts):
        return None
    return "no time.sleep: wait for what must happen, with a deadline"


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines from ``def`` to the end, the docstring left out."""
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length


def main() -> int:
    """Check all Python files that git knows or would add; return 1 if one is over a limit."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        capture_output=True,
        text=True,
        check=True,
    )
    names = [name for name in listing.stdout.splitlines() if Path(name).exists()]
    found = [line for name in names for line in violations(Path(name).read_text(), name)]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
