"""The clock of each board, and of boards whose clocks differ: played by modules of their own."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from boards.boards import registry
from iot_device.errors import UnsupportedError
from iot_device.opening import open_device

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boards.boards import StartedBoard
    from iot_device.device import Device

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

# A clock with microseconds in the board's RAM, and an RTC that sets it after LATE milliseconds, as
# over a slow link. The fields begin in the year EPOCH; WHOLE leaves nothing but whole seconds.
PLAYED = """
import sys, time as real
class Time:
    base = 0
    since = real.ticks_us()
    def now(self):
        return self.base + real.ticks_diff(real.ticks_us(), self.since) * 1000
    def localtime(self, seconds=None):
        if seconds is None:
            seconds = self.now() // 1000000000
        return real.gmtime(seconds + SHIFT)[:8]
    sleep_ms = real.sleep_ms
clock = Time()
if not WHOLE:
    clock.time_ns = clock.now
    clock.gmtime = clock.localtime
class RTC:
    def datetime(self, fields):
        real.sleep_ms(LATE)
        year, month, day, weekday, hour, minute, second, rest = fields
        seconds = real.mktime((year, month, day, hour, minute, second, 0, 0)) - SHIFT
        clock.base = seconds * 1000000000
        clock.since = real.ticks_us()
class Machine:
    RTC = RTC
sys.modules['time'] = clock
sys.modules['machine'] = Machine()
"""


@pytest.fixture(scope="module")
def micropython() -> Iterator[StartedBoard]:
    [entry] = [board for board in registry() if board.id == "simulator-micropython"]
    with entry.start() as started:
        yield started


@pytest.mark.parametrize("zone", [UTC, None, ZoneInfo("Asia/Kathmandu")])
def test_a_clock_that_was_set_shows_the_time_of_the_zone(
    board: StartedBoard, device: Device, zone: ZoneInfo | None
) -> None:
    if "rtc" not in (board.capabilities or ()):
        with pytest.raises(UnsupportedError):
            device.clock.set(zone=zone)
        return
    device.clock.set(zone=zone)
    # The other side: what a program on the board finds.
    year, month, day, *rest = device.evaluate("__import__('time').localtime()[:6]")
    there = datetime(year, month, day, *rest)  # noqa: DTZ001  (the zone is what is tested)
    here = datetime.now(UTC).astimezone(zone).replace(tzinfo=None)
    assert abs((there - here).total_seconds()) <= 2
    assert abs(device.clock.read(zone=zone) - datetime.now(UTC)).total_seconds() <= 2


def test_a_clock_is_set_only_beyond_the_tolerance(board: StartedBoard, device: Device) -> None:
    if "rtc" not in (board.capabilities or ()):
        return
    device.execute("__import__('machine').RTC().datetime((2001, 2, 3, 5, 4, 5, 6, 0))")
    sync = device.clock.synchronize(zone=UTC)
    assert sync.before.seconds < -700_000_000
    assert sync.after is not None
    assert abs(sync.after.seconds) <= 1
    assert device.clock.synchronize(zone=UTC).after is None


@pytest.mark.parametrize("shift", [0, 946684800], ids=["epoch-1970", "epoch-2000"])
@pytest.mark.parametrize("whole", [False, True], ids=["microseconds", "seconds"])
def test_the_way_to_the_board_is_learnt(
    micropython: StartedBoard, shift: int, *, whole: bool
) -> None:
    late = 800  # milliseconds; far more than a busy computer needs
    program = PLAYED.replace("SHIFT", str(shift)).replace("WHOLE", str(whole))
    with open_device(micropython.target()) as device:
        device.soft_reset()
        device.execute(program.replace("LATE", str(late)))
        left = device.clock.set(zone=UTC)
        before = time.time()
        nanoseconds = device.evaluate("clock.now()")
        after = time.time()
    truth, doubt = nanoseconds / 1e9 + shift - (before + after) / 2, (after - before) / 2
    assert abs(truth - left.seconds) <= left.uncertainty + doubt + 0.01
    # A clock of whole seconds hides up to half of one.
    assert abs(truth) <= left.uncertainty + doubt + (0.6 if whole else 0.1)


def test_a_program_that_shadows_time_changes_nothing(micropython: StartedBoard) -> None:
    with open_device(micropython.target()) as device:
        device.execute("time = machine = tuple = None\ndef print(*a): raise ValueError")
        assert abs(device.clock.set(zone=UTC).seconds) <= 1
