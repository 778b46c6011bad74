"""Where configurations and the files that they name are on this computer."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iot_device.config.project import find_project
from iot_device.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "SECRETS_NAME",
    "devices_folder",
    "expand",
    "libraries_folder",
    "old_secrets_file",
    "projects_folder",
]

SECRETS_NAME: Final = "secrets.py"  # as the earlier system and CircuitPython have it


def projects_folder() -> Path:
    """Return what relative paths in configurations begin at.

    ``$IOT_PROJECTS``; else the folder of an ``iot.toml`` that names the configurations; else
    ``~/projects``.
    """
    if given := _given("IOT_PROJECTS", with_defaults=False):
        return given
    project = find_project()
    if project is not None and project.devices is not None:
        return project.folder
    return expand("~/projects", with_defaults=False)


def devices_folder() -> Path:
    """Return where the configurations are.

    ``$IOT_DEVICES``; else what an ``iot.toml`` says; else ``devices`` in the folder of projects.
    """
    if given := _given("IOT_DEVICES"):
        return given
    project = find_project()
    if project is not None and project.devices is not None:
        return project.devices
    return projects_folder() / "devices"


def libraries_folder() -> Path:
    """Return ``$IOT_LIBS``, else ``libs`` in the folder of projects."""
    return _given("IOT_LIBS") or projects_folder() / "libs"


def old_secrets_file() -> Path:
    """Return ``$IOT_SECRETS``, else ``secrets.py`` in ``$IOT_LIBS``."""
    return _given("IOT_SECRETS") or libraries_folder() / SECRETS_NAME


def _given(variable: str, *, with_defaults: bool = True) -> Path | None:
    """Return the path in a variable of the environment; ``None`` if it is not set, or empty.

    Raises:
        ConfigurationError: It names a variable or a person that there is not.
    """
    text = os.environ.get(variable)
    if not text:
        return None
    try:
        return expand(text, with_defaults=with_defaults)
    except LookupError as error:
        raise ConfigurationError(f"{variable}: there is no variable {error}", file=text) from error
    except RuntimeError as error:
        raise ConfigurationError(f"{variable}: there is no such user", file=text) from error


# What these stand for in paths although the environment does not have them.
_DEFAULTS: dict[str, Callable[[], Path]] = {
    "IOT_PROJECTS": projects_folder,
    "IOT_DEVICES": devices_folder,
    "IOT_LIBS": libraries_folder,
}


def expand(text: str, *, with_defaults: bool = True) -> Path:
    """Return the path with ``~`` and ``$VARIABLES`` replaced; absolute.

    Args:
        text: The path as a person wrote it.
        with_defaults: Whether ``$IOT_PROJECTS`` and the like have a meaning if nobody set them.

    Raises:
        LookupError: There is no such variable; the argument is its name.
        RuntimeError: There is no such user.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name not in os.environ and with_defaults and name in _DEFAULTS:
            return str(_DEFAULTS[name]())
        if name not in os.environ:
            raise LookupError(name)
        return os.environ[name]

    replaced = re.sub(r"\$(?:(\w+)|\{(\w+)\})", value, text)
    return Path(replaced).expanduser().absolute()
