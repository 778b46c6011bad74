"""Where the checks look. Tests give them other folders."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from iot_device.discovery import BoardCandidate, serial_candidates

__all__ = ["Surroundings"]


def _jupyter_folders() -> list[Path]:
    """Return where Jupyter looks for kernels (its documentation: "Common Directories")."""
    named = [Path(text) for text in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if text]
    if own := os.environ.get("JUPYTER_DATA_DIR"):
        user = Path(own)
    elif sys.platform == "darwin":
        user = Path.home() / "Library" / "Jupyter"
    elif sys.platform == "win32":
        user = Path(os.environ.get("APPDATA", Path.home())) / "jupyter"
    else:
        data = os.environ.get("XDG_DATA_HOME")
        user = (Path(data) if data else Path.home() / ".local" / "share") / "jupyter"
    system = [Path(sys.prefix) / "share" / "jupyter", Path("/usr/local/share/jupyter")]
    return [*named, user, *system, Path("/usr/share/jupyter")]


def _own_groups() -> list[int]:
    return [] if sys.platform == "win32" else [os.getgid(), *os.getgroups()]


@dataclass(frozen=True)
class Surroundings:
    """What the checks look at.

    Attributes:
        candidates: The serial ports that are attached.
        processes: Where Linux shows processes; elsewhere there is no such folder.
        groups: Where groups of users are listed.
        own_groups: The ids of ours.
        python_path: Where Python looks for packages.
        jupyter_folders: Where Jupyter looks for kernels.
    """

    candidates: list[BoardCandidate] = field(default_factory=serial_candidates)
    processes: Path = Path("/proc")
    groups: Path = Path("/etc/group")
    own_groups: list[int] = field(default_factory=_own_groups)
    python_path: list[str] = field(default_factory=lambda: list(sys.path))
    jupyter_folders: list[Path] = field(default_factory=_jupyter_folders)
