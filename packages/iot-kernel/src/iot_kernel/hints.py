"""What a person can do next, in the words of a notebook.

Most hints of the library fit everywhere; these few of them name options of the command ``iot``,
which a cell does not have.
"""

from __future__ import annotations

import os
from typing import Final

from iot_device import (
    AmbiguousTargetError,
    BoardTimeoutError,
    IotError,
    PortBusyError,
    PortNotFoundError,
)

__all__ = ["BUTTON", "hint_of"]

BUTTON: Final = (
    "press the board's reset button, or unplug it and plug it in again, and run the cell again; "
    "%disconnect has its port opened anew, which switches a simulated board off and on"
)
"""What helps where a board does not answer."""


def hint_of(error: IotError) -> str | None:
    """Return what a notebook says below an error of the library; ``None``: nothing."""
    match error:
        case PortNotFoundError(port="", available=()):
            return "plug one in, name one with %connect, or try the simulated one: %sim"
        case PortNotFoundError(port=""):
            return f"if it is one, name it: %connect {' or '.join(error.available)}"
        case AmbiguousTargetError(port=""):
            return f"name one: %connect {' or '.join(error.candidates)}"
        case PortBusyError():
            return _hint_of_busy(error)
        case _:
            return BUTTON if isinstance(error, BoardTimeoutError) else error.hint


def _hint_of_busy(error: PortBusyError) -> str | None:
    if error.since is None:  # a program of somebody else
        return error.hint
    if error.pid == os.getpid():
        return "this notebook has it open: %disconnect, while it is the current one, ends that"
    if error.port.startswith("sim:"):
        return "shut down the notebook that uses it, or take another folder: %sim FOLDER"
    return f"wait until it is done, stop what runs there, or end process {error.pid}"
