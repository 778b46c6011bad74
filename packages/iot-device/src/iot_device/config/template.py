"""The configuration that ``iot config new`` begins with."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from iot_device.config.environment import devices_folder, projects_folder
from iot_device.config.loading import load_configurations
from iot_device.errors import ConfigurationError
from iot_device.names import check_name
from iot_device.text import printable

if TYPE_CHECKING:
    from pathlib import Path

    from iot_device.board_info import BoardInfo

__all__ = ["new_configuration"]

_TEMPLATE = """\
# What belongs on the board {shown}: {machine}.
# "iot rsync" makes it so, "iot rdiff" shows what that would do, "iot config check" finds mistakes.
{name}:
    {identity}

    # The folder in which the files are; a relative one begins at {projects}.
    path: {path}

    # The folder of the board to which they go.
    # install-dir: /

    # What is left alone, here and on the board: patterns as in .gitignore.
    # exclude-patterns: [boot_out.txt, /data*]

    resources:
        - main.py
        # - lib                 # what is in a folder, but a package as a whole
        # - secrets.py:         # from another folder
        #     path: $IOT_LIBS
"""


def new_configuration(name: str, info: BoardInfo, location: str | None = None) -> Path:
    """Write a configuration for a board, with comments that say what to fill in.

    Args:
        name: The board's name.
        info: What the board is.
        location: Where it is plugged in, for a board without a uid.

    Returns:
        The new file.

    Raises:
        InvalidTargetError: As a target the name would mean something else.
        ConfigurationError: The name or the board has a configuration already, or the board can
            not be told from others.
        OSError: The file cannot be written.
    """
    check_name(name)
    file = devices_folder() / f"{name}.yaml"
    _check_new(name, info.uid, location, file)
    if info.uid is None and location is None:
        raise ConfigurationError(
            "this board has no uid, and is not on USB", file=file, hint="give it usb: LOCATION"
        )
    identity = f"uid: {_colons(info.uid)}" if info.uid else f"usb: {json.dumps(location)}"
    word = name if re.fullmatch(r"[A-Za-z][\w-]*", name, re.ASCII) else json.dumps(name)
    text = _TEMPLATE.format(
        shown=printable(name),
        machine=_comment(f"{info.machine}, {info.implementation} {info.version}"),
        name=word,
        identity=identity,
        projects=_comment(str(projects_folder())),
        path=word,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8") as new:
        new.write(text)
    return file


def _check_new(name: str, uid: str | None, location: str | None, file: Path) -> None:
    configurations = load_configurations()
    names = {board.name: board.place for board in configurations.identities}
    other = configurations.name_of(uid, None if uid else location)
    if name in names:
        place = names[name]
        raise ConfigurationError(
            f"there is a configuration for {name}", file=place.file, line=place.line
        )
    if other:
        place = names[other]
        raise ConfigurationError(
            f"this board has the name {other}", file=place.file, line=place.line
        )
    if file.exists():
        raise ConfigurationError("this file is there already", file=file)


def _colons(uid: str) -> str:
    return ":".join(uid[index : index + 2] for index in range(0, len(uid), 2))


def _comment(text: str) -> str:
    """Make words of others fit for one line of comment."""
    return " ".join(printable(text).split())
