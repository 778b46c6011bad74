# ruff: noqa: SIM905  (small functions; short tables)
"""``time`` of a board: a clock that can be set, ticks that wrap around, no time zones."""

import calendar
import time as host_time

import board_console
import board_link

_TICKS_PERIOD = 1 << 30

NAMES = (
    "gmtime localtime mktime sleep sleep_ms sleep_us ticks_add ticks_cpu ticks_diff ticks_ms "
    "ticks_us time time_ns"
).split()


class _Clock:
    """The real-time clock: the host's, and by how many seconds it was set ahead."""

    offset = 0

    def now(self):
        return int(host_time.time()) + self.offset

    def set(self, seconds):
        self.offset = seconds - int(host_time.time())
        board_link.send(b"t", b"%d" % self.offset)


clock = _Clock()
sleep = board_console.sleep


def time():
    return clock.now()


def time_ns():
    return host_time.time_ns() + clock.offset * 1_000_000_000


def sleep_ms(milliseconds):
    sleep(milliseconds / 1000)


def sleep_us(microseconds):
    sleep(microseconds / 1_000_000)


def ticks_ms():
    return host_time.monotonic_ns() // 1_000_000 % _TICKS_PERIOD


def ticks_us():
    return host_time.monotonic_ns() // 1000 % _TICKS_PERIOD


def ticks_cpu():
    return host_time.monotonic_ns() % _TICKS_PERIOD


def ticks_add(ticks, delta):
    return (ticks + delta) % _TICKS_PERIOD


def ticks_diff(end, start):
    half = _TICKS_PERIOD // 2
    return (end - start + half) % _TICKS_PERIOD - half


def gmtime(seconds=None):
    return tuple(host_time.gmtime(clock.now() if seconds is None else seconds))[:8]


localtime = gmtime


def mktime(fields):
    return calendar.timegm((*fields[:6], 0, 0, 0))
