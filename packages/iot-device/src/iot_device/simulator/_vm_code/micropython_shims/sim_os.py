# ruff: noqa: F403, PYI024, SLF001  (the module of the firmware, and what boards have besides)
"""``os`` of a simulated board."""

import sys
from collections import namedtuple

from uos import *

_Uname = namedtuple("uname_result", ("sysname", "nodename", "release", "version", "machine"))


def uname():
    release = ".".join(str(number) for number in sys.implementation.version[:3])
    version = sys.version.split("MicroPython ", 1)[1]
    return _Uname(sys.platform, sys.platform, release, version, sys.implementation._machine)


def sync():
    pass
