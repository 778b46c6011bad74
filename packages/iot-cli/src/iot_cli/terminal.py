"""The person's terminal, raw: each key as it is pressed, and no echo."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from iot_cli import exit_codes
from iot_device import IotError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = ["NoTerminalError", "raw_terminal"]


class NoTerminalError(IotError):
    """Standard input is no terminal."""

    name = "usage"
    exit_code = exit_codes.USAGE


def raw_terminal(on_typed: Callable[[bytes], object]) -> AbstractContextManager[None]:
    """Make the terminal of standard input raw; in the end it is as it was before.

    Args:
        on_typed: Called with what was typed, in a thread of its own; with ``b""`` once when the
            terminal is gone.
    """
    if sys.platform == "win32":
        from iot_cli import terminal_windows as terminal  # noqa: PLC0415  (its own modules)
    else:
        from iot_cli import terminal_posix as terminal  # noqa: PLC0415  (its own modules)
    return terminal.raw_terminal(on_typed)
