# ruff: noqa: F403  (the module of the firmware, with the board's clock)
"""``time`` of a simulated board: its clock can be set; it knows no time zones."""

import sim_board
import utime
from utime import *


def time():
    return int(utime.time()) + sim_board.clock_offset


def time_ns():
    return utime.time_ns() + sim_board.clock_offset * 1_000_000_000


def gmtime(seconds=None):
    return utime.gmtime(time() if seconds is None else seconds)[:8]


localtime = gmtime
