"""The file ``iot.toml`` of a project: which board it is for, and where its configurations are."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from iot_device.errors import ConfigurationError

__all__ = ["FILE_NAME", "Project", "find_project"]

FILE_NAME: Final = "iot.toml"
_KEYS: Final = ("device", "devices")


@dataclass(frozen=True)
class Project:
    """What an ``iot.toml`` says.

    Attributes:
        file: The file.
        device: The target of commands that name no other.
        devices: Folder of the configurations, absolute.
    """

    file: Path
    device: str | None = None
    devices: Path | None = None

    @property
    def folder(self) -> Path:
        """The folder of the project."""
        return self.file.parent


def find_project(start: Path | None = None) -> Project | None:
    """Read the nearest ``iot.toml``, from a folder upwards; ``None`` if there is none.

    Args:
        start: Where to begin; ``None``: in the current folder.

    Raises:
        ConfigurationError: The file makes no sense.
        OSError: It cannot be read.
    """
    folder = Path.cwd() if start is None else start.absolute()
    for place in (folder, *folder.parents):
        file = place / FILE_NAME
        if file.is_file():
            return _read(file)
    return None


def _read(file: Path) -> Project:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:  # bad UTF-8 as well
        raise ConfigurationError(f"this is no TOML: {error}", file=file) from error
    for key, value in values.items():
        if key not in _KEYS:
            raise ConfigurationError(
                f"unknown key {key!r}: expected {' or '.join(_KEYS)}", file=file
            )
        if not isinstance(value, str) or not value:
            raise ConfigurationError(f"{key}: expected a text", file=file)
    devices = values.get("devices")
    return Project(
        file, values.get("device"), file.parent / Path(devices).expanduser() if devices else None
    )
