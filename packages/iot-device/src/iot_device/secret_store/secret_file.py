"""Files with secrets: read only if nobody else may read them, parsed, never run."""

from __future__ import annotations

import ast
import json
import os
import stat
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iot_device.errors import ConfigurationError, UnsafeError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OldLine", "changing", "read_old_file", "read_old_lines", "read_secret_file"]

_LOCK_TIME: Final = 10.0  # seconds; another process needs it for milliseconds


def read_secret_file(file: Path) -> dict[str, str]:
    """Return the secrets in a file of ours; none if it is not there.

    Raises:
        UnsafeError: Others may read the file.
        ConfigurationError: It has another form.
        OSError: It cannot be read.
    """
    text = _read_private(file)
    if text is None:
        return {}
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
        # No "from": the error of the parser would hold the text of the file.
        raise ConfigurationError("this is no file of secrets, as iot writes it", file=file)
    return values


@dataclass(frozen=True)
class OldLine:
    """A statement of an old ``secrets.py``.

    Attributes:
        line: Where it begins, from 1.
        name: The variable that it sets; ``None``: it is no such assignment.
        value: What that is set to; ``None``: no literal text or number.
    """

    line: int
    name: str | None
    value: str | None = field(repr=False)


def read_old_file(file: Path) -> dict[str, str]:
    """Return what ``NAME = "text"`` says in a ``secrets.py``; the file is parsed and never run.

    Values that are no literal texts or numbers are left out. None if it is not there.

    Raises:
        UnsafeError: Others may read the file.
        ConfigurationError: It is no Python.
        OSError: It cannot be read.
    """
    lines = read_old_lines(file)
    return {line.name: line.value for line in lines if line.name and line.value is not None}


def read_old_lines(file: Path) -> list[OldLine]:
    """Return the statements of a ``secrets.py``, without imports and comments; it is never run.

    Raises:
        UnsafeError: Others may read the file.
        ConfigurationError: It is no Python.
        OSError: It cannot be read.
    """
    text = _read_private(file)
    try:
        tree = ast.parse(text or "")
    except (SyntaxError, ValueError) as error:
        problem = ConfigurationError(
            "this is no Python", file=file, line=getattr(error, "lineno", None)
        )
    else:
        return [line for node in tree.body if (line := _old_line(node)) is not None]
    raise problem  # out here, because the parser's error holds a line of the file


def _old_line(node: ast.stmt) -> OldLine | None:
    match node:
        case ast.Assign(targets=[ast.Name(name)], value=value):
            return OldLine(node.lineno, name, _literal(value))
        case ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value):
            return OldLine(node.lineno, name, _literal(value))
        case ast.Expr(ast.Constant()) | ast.Pass() | ast.Import():
            return None
        case _:
            return OldLine(node.lineno, None, None)


def _literal(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(str() | int() | float() as value) if not isinstance(value, bool):
            return str(value)
        case _:
            return None


@contextmanager
def changing(file: Path) -> Iterator[dict[str, str]]:
    """Give the secrets in a file of ours; what the block makes of them is written.

    Raises:
        UnsafeError: Others may read the file.
        ConfigurationError: It has another form.
        OSError: It cannot be written.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415  (start-up)

    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with FileLock(file.with_suffix(".lock"), timeout=_LOCK_TIME):
            values = read_secret_file(file)
            yield values
            _write_private(file, json.dumps(values, indent=1))
    except Timeout:
        raise OSError(f"another process holds {file.with_suffix('.lock')}") from None


def _read_private(file: Path) -> str | None:
    """Return the text of a file that only its owner can read."""
    try:
        with file.open(encoding="utf-8") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise UnsafeError(
                    f"others may read {file}, which holds secrets", hint=f"chmod 600 {file}"
                )
            return opened.read()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise ConfigurationError("this is no UTF-8", file=file) from None


def _write_private(file: Path, text: str) -> None:
    # mkstemp makes files with mode 0600.
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as new:
            new.write(text)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
