# ruff: noqa: A002, ARG001, ARG002, F403, PLW0603, RET503, RUF012  (boards' names)
"""``machine`` of a simulated board. There is no ``Timer``: this VM has nothing to run it."""

import sim_board
import sim_time
import utime
from umachine import *

PWRON_RESET = 1
HARD_RESET = 2
SOFT_RESET = 5
_frequency = 125_000_000


def unique_id():
    return sim_board.uid


def reset():
    sim_board.ask_and_wait(b"h")


def soft_reset():
    raise SystemExit


def bootloader(timeout=0):
    sim_board.ask_and_wait(b"b")


def deepsleep(milliseconds=-1):
    sim_board.ask_and_wait(b"d", milliseconds)


def lightsleep(milliseconds=0):
    utime.sleep_ms(milliseconds)


def freq(hertz=None):
    global _frequency
    if hertz is None:
        return _frequency
    _frequency = hertz


def reset_cause():
    return PWRON_RESET


class RTC:
    def datetime(self, value=None):
        if value is None:
            year, month, day, hour, minute, second, weekday, _ = sim_time.gmtime()
            return year, month, day, weekday, hour, minute, second, 0
        year, month, day, _, hour, minute, second = value[:7]
        days = _days(year, month, day) - _days(1970, 1, 1)
        seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
        sim_board.set_clock_offset(seconds - int(utime.time()))

    def init(self, value):
        self.datetime(value)


def _days(year, month, day):
    """Return the days since the first of March of the year 0."""
    if month < 3:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month - 457) // 5 + day


class Pin:
    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_RISING = 8
    IRQ_FALLING = 4
    _values = {}

    def __init__(self, id, mode=-1, pull=-1, value=None):
        self._id = id
        if value is not None:
            self.value(value)

    def init(self, mode=-1, pull=-1, value=None):
        if value is not None:
            self.value(value)

    def value(self, value=None):
        if value is None:
            return Pin._values.get(self._id, 0)
        Pin._values[self._id] = int(bool(value))

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def toggle(self):
        self.value(not self.value())

    high = on
    low = off
    __call__ = value

    def irq(self, handler=None, trigger=0):
        pass

    def __repr__(self):
        return f"Pin({self._id})"
