"""Notes of which boards were left at their prompt, so that a look into them disturbs nobody.

Nothing that a host can send tells a board at its prompt from a program that waits in ``input()``:
Ctrl-A, which goes to the raw REPL, ends that (``readline.c`` returns on Ctrl-A in an empty line).
So it is noted who left a board there, and that nobody wrote to the port since. Linux notes the
time of that, to 8 seconds, at the port's file (``tty_update_time`` in ``drivers/tty/tty_io.c``),
and a board that is plugged in or resets its USB gets a new file. What shows nowhere is the reset
button of a board behind a UART adapter.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from iot_device.errors import InvalidTargetError
from iot_device.state_files import read_state, remove_state, state_file, write_state
from iot_device.transports.url import parse_url

__all__ = ["forget_prompt", "is_left_at_prompt", "note_prompt"]


def note_prompt(target: str) -> None:
    """Note that a board was left at its prompt; do so after closing the port."""
    place, state = _place(target), _state_of_port(target)
    if place is not None and state:
        write_state(place, state)


def forget_prompt(target: str) -> None:
    """Forget the note: from now on something else may run on the board."""
    place = _place(target)
    if place is not None:
        remove_state(place)


def is_left_at_prompt(target: str) -> bool:
    """Whether the board was left at its prompt, and nobody wrote to its port since."""
    place, state = _place(target), _state_of_port(target)
    return place is not None and state != "" and read_state(place) == state


def _place(target: str) -> Path | None:
    port = _port(target)
    if port is None:
        return None
    return state_file("prompts", quote(os.path.realpath(port), safe=""))


def _port(target: str) -> str | None:
    """Return the port's file; ``None`` where there is none that tells when it was written to."""
    with suppress(InvalidTargetError):
        url = parse_url(target)
        if sys.platform == "linux" and url.scheme == "serial":
            return url.path
    return None


def _state_of_port(target: str) -> str:
    try:
        status = Path(_port(target) or "").stat()
    except OSError:
        return ""
    # Of the time of the last write Linux keeps whole seconds, and those to 8.
    last_write = int(status.st_mtime)
    return f"{status.st_dev} {status.st_ino} {status.st_ctime_ns} {last_write}"
