"""The numbers with which ``iot`` ends. The table stands in ``iot_device.errors``.

Each error class carries its own number; these are the ones that no class of the library has.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "BROKEN_PIPE",
    "DEFECT",
    "DIFFERENT",
    "GOOD",
    "INTERRUPTED",
    "PARTLY_DONE",
    "PROBLEM_FOUND",
    "PROGRAM_RAISED",
    "TIMEOUT",
    "USAGE",
]

GOOD: Final = 0
PROGRAM_RAISED: Final = 1
DIFFERENT: Final = 1  # what rdiff found
PROBLEM_FOUND: Final = 1  # by iot doctor
USAGE: Final = 2  # also: a file of the host cannot be read or written
TIMEOUT: Final = 4
PARTLY_DONE: Final = 8
DEFECT: Final = 70  # a defect of iot itself; EX_SOFTWARE of BSD's sysexits.h
INTERRUPTED: Final = 130  # Ctrl-C or SIGTERM
BROKEN_PIPE: Final = 141  # who read our output went away; what a shell reports for SIGPIPE
