"""What a person can do next, in the words of a notebook.

Most hints of the library fit everywhere. Others name commands of ``iot``: here they name the
magics that do the same, and else the line with ``!`` that calls the command.
"""

from __future__ import annotations

import os
import re
from typing import Final

from iot_device import (
    AmbiguousTargetError,
    BoardTimeoutError,
    IotError,
    PortBusyError,
    PortNotFoundError,
    UnknownEndError,
)

__all__ = ["BUTTON", "hint_of"]

BUTTON: Final = (
    "press the board's reset button, or unplug it and plug it in again, and run the cell again; "
    "%disconnect has its port opened anew, which switches a simulated board off and on"
)
"""What helps where a board does not answer."""

# The library writes its commands in these words; hints are texts for people, not for decisions.
_COMMANDS: Final = {
    "cp -": "%cp -",
    "iot backup": "%backup",
    "iot config new NAME": "%name NAME",
    "iot cp": "%cp",
    "iot devices": "%discover",
    "iot rm": "%rm",
    "iot rsync FOLDER": "!iot rsync FOLDER",
    "iot rsync": "%rsync",
    "iot softreset": "%softreset",
    "iot uid": "%uid",
    "iot ": "!iot ",
    "longer (--wait SECONDS)": "longer",
    "rdiff ": "%rdiff ",
}
_COMMAND: Final = re.compile("|".join(rf"\b{re.escape(words)}" for words in _COMMANDS))


def hint_of(error: IotError) -> str | None:
    """Return what a notebook says below an error of the library; ``None``: nothing."""
    match error:
        case PortNotFoundError(port="", available=()):
            return "plug one in, name one with %connect, or try the simulated one: %sim"
        case PortNotFoundError(port=""):
            return f"if it is one, name it: %connect {' or '.join(error.available)}"
        case AmbiguousTargetError(port=""):
            return f"name one: %connect {' or '.join(error.candidates)}"
        case UnknownEndError(hint=None):
            return "variables are gone if it was reset; %softreset and %hardreset do so on purpose"
        case PortBusyError():
            return _hint_of_busy(error)
        case _:
            return BUTTON if isinstance(error, BoardTimeoutError) else _in_a_cell(error.hint)


def _in_a_cell(hint: str | None) -> str | None:
    return hint and _COMMAND.sub(lambda found: _COMMANDS[found[0]], hint)


def _hint_of_busy(error: PortBusyError) -> str | None:
    if error.since is None:  # a program of somebody else
        return _in_a_cell(error.hint)
    if error.pid == os.getpid():
        return "this notebook has it open: %disconnect, while it is the current one, ends that"
    if error.port.startswith("sim:"):
        return "shut down the notebook that uses it, or take another folder: %sim FOLDER"
    return f"wait until it is done, stop what runs there, or end process {error.pid}"
