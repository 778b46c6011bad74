"""Small facts that are kept on this computer from one process to the next, as JSON.

They help where they are there, and nobody is told where they cannot be written.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BEGUN_WRITES", "has_state", "read_state", "remove_state", "state_file", "write_state"]

BEGUN_WRITES: Final = "begun-writes"  # the folder of the writes that were not seen to end


def state_file(*names: str) -> Path:
    """Return the path of a file in the user's folder for such; the last name is the file's."""
    import platformdirs  # noqa: PLC0415  (start-up)

    return platformdirs.user_state_path("iot", appauthor=False).joinpath(*names)


def has_state(folder: str) -> bool:
    """Tell whether a folder for such facts holds any."""
    with suppress(OSError):
        return any(state_file(folder).iterdir())
    return False


def read_state(path: Path) -> Any:
    """Return what a file holds; ``None`` if there is none, or it makes no sense."""
    with suppress(OSError, ValueError):
        return json.loads(path.read_bytes())
    return None


def write_state(path: Path, document: Any) -> None:
    """Write a file, whole or not at all, also if two processes write it."""
    part = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            part.write_text(json.dumps(document), encoding="utf-8")
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)


def remove_state(path: Path) -> None:
    """Remove a file, if there is one."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
