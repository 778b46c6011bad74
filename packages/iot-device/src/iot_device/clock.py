"""The board's clock (RTC): read it, measure how far it is off, set it.

A board's clock shows a date and a time of day, and knows no time zone: some people let it run in
UTC, most in their local time. So each call says which one is meant. What is read are the fields of
the date, never seconds since an epoch: firmware counts those from 1970 or from 2000.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from iot_device.errors import ResultError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo

    from iot_device.session import Session

__all__ = ["Clock", "ClockOffset", "ClockSync", "clock_text"]

TOLERANCE: Final = 3.0  # seconds; people have relied on this one
READINGS: Final = 4
SETTINGS: Final = 3  # until what is left cannot be told from nothing
GOOD: Final = 0.005  # seconds; better than this no program on a board can tell
_MARGIN: Final = 0.02  # seconds; a wait on the board is never shorter
_TIMEOUT: Final = 10.0  # seconds
_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905  (short)


@dataclass(frozen=True)
class ClockOffset:
    """How far the board's clock is ahead of this computer's.

    Attributes:
        seconds: Negative if it is behind.
        uncertainty: By how many seconds the truth may be more or less than that.
    """

    seconds: float
    uncertainty: float


@dataclass(frozen=True)
class ClockSync:
    """What a time sync found and did.

    Attributes:
        before: The offset that was found.
        after: The offset that is left; ``None`` if the clock was not set.
    """

    before: ClockOffset
    after: ClockOffset | None


@dataclass(frozen=True)
class _Reading:
    """What the board's clock showed, between two moments of this computer's clock.

    Attributes:
        shown: What it showed.
        resolution: Seconds; it showed this until the next step.
        asked: Seconds since 1970: it was not read before that.
        answered: Seconds since 1970: it was not read after that.
    """

    shown: datetime
    resolution: float
    asked: float
    answered: float

    def offsets(self, zone: tzinfo | None) -> tuple[float, float]:
        """Return the least and the greatest offset that can be true, in seconds."""
        least = (self.shown - shown_at(self.answered, zone)).total_seconds()
        greatest = (self.shown - shown_at(self.asked, zone)).total_seconds()
        return least, greatest + self.resolution


class Clock:
    """The board's clock.

    ``zone`` is what it shall show: a time zone, or ``None`` for the local time of this computer.

    Args:
        session: The session with the board.
        now: Tells this computer's time, in seconds since 1970.
    """

    def __init__(self, session: Session, *, now: Callable[[], float] = time.time) -> None:
        self._session = session
        self._now = now

    def read(self, *, zone: tzinfo | None = None) -> datetime:
        """Return the board's time, in UTC.

        An hour that comes twice, when clocks are put back, is taken for the one that is nearer to
        this computer's time.

        Args:
            zone: The time zone in which the board's clock runs.

        Raises:
            UnsupportedError: The board has no clock.
            ResultError: What it shows is no date.
        """
        reading = self._read_once()
        return utc_from(reading.shown, zone, near=reading.answered)

    def offset(self, *, zone: tzinfo | None = None) -> ClockOffset:
        """Measure how far the board's clock is ahead, several times, and return the best of it.

        Args:
            zone: The time zone in which the board's clock should run.

        Raises:
            UnsupportedError: The board has no clock.
            ResultError: What it shows is no date.
        """
        return _narrowest([self._read_once().offsets(zone) for _ in range(READINGS)])

    def set(self, *, zone: tzinfo | None = None) -> ClockOffset:
        """Set the board's clock; return the offset that is left.

        It begins with a whole second, which the board waits for. How long the program travels is
        learnt from the offset that is left, and then the clock is set again.

        Args:
            zone: The time zone in which it shall run.

        Raises:
            UnsupportedError: The board has no clock that can be set.
            ResultError: What it shows afterwards is no date.
        """
        left = self._set_after(0.0, zone)
        lead = 0.0
        for _ in range(SETTINGS - 1):
            if abs(left.seconds) <= max(left.uncertainty, GOOD):
                break
            lead -= left.seconds
            left = self._set_after(lead, zone)
        return left

    def synchronize(self, *, zone: tzinfo | None = None, tolerance: float = TOLERANCE) -> ClockSync:
        """Set the board's clock if it is off by more than the tolerance.

        Args:
            zone: The time zone in which it shall run.
            tolerance: Seconds.

        Raises:
            UnsupportedError: The board has no clock, or it must be set and cannot be.
            ResultError: What it shows is no date.
        """
        before = _narrowest([self._read_once().offsets(zone)])
        if abs(before.seconds) + before.uncertainty <= tolerance:
            return ClockSync(before, None)  # one answer is enough
        before = self.offset(zone=zone)
        if abs(before.seconds) <= tolerance:
            return ClockSync(before, None)
        return ClockSync(before, self.set(zone=zone))

    def _read_once(self) -> _Reading:
        asked = self._now()
        items = self._session.call("clock_read", timeout=_TIMEOUT)
        answered = self._now()
        match items:
            case [([*fields], int(microseconds))]:
                shown, resolution = _shown_from(fields, microseconds)
                return _Reading(shown, resolution, asked, answered)
            case []:
                raise _no_clock("time.localtime")
            case other:
                raise ResultError("the board's time makes no sense", text=ascii(other))

    def _set_after(self, lead: float, zone: tzinfo | None) -> ClockOffset:
        """Set the clock, as if the program needed ``lead`` seconds to the board."""
        reaches = self._now() + _MARGIN + lead
        second = math.ceil(reaches)
        wait = round((second - reaches + _MARGIN) * 1000)
        shown = shown_at(second, zone)
        date, clock = (shown.year, shown.month, shown.day), (shown.hour, shown.minute, shown.second)
        arguments = date, shown.weekday(), clock, wait
        if self._session.call("clock_set", *arguments, timeout=_TIMEOUT) != [1]:
            raise _no_clock("machine.RTC")
        return self.offset(zone=zone)


def shown_at(seconds: float, zone: tzinfo | None) -> datetime:
    """Return what a clock in this zone shows, as a date without a zone.

    Args:
        seconds: Since 1970, in UTC.
        zone: The zone; ``None`` for the local one.
    """
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone).replace(tzinfo=None)


def utc_from(shown: datetime, zone: tzinfo | None, *, near: float) -> datetime:
    """Return what time it is, in UTC, when a clock in this zone shows ``shown``.

    Args:
        shown: A date without a zone.
        zone: The zone; ``None`` for the local one.
        near: Which of two moments is meant, where clocks are put back: the one nearer to this, in
            seconds since 1970.
    """
    moments = [
        (shown if zone is None else shown.replace(tzinfo=zone)).replace(fold=fold).astimezone(UTC)
        for fold in (0, 1)
    ]
    return min(moments, key=lambda moment: abs(moment.timestamp() - near))


def clock_text(moment: datetime) -> str:
    """Return a date as ``gettime`` has always shown it, in any locale: 2026-Nov-20 13:10:12."""
    return f"{moment.year:04}-{_MONTHS[moment.month - 1]}-{moment:%d %H:%M:%S}"


def _shown_from(fields: Sequence[object], microseconds: int) -> tuple[datetime, float]:
    match fields:
        case [int(year), int(month), int(day), int(hour), int(minute), int(second)]:
            pass
        case _:
            raise ResultError("the board's time makes no sense", text=ascii(fields))
    try:
        shown = datetime(year, month, day, hour, minute, second, tzinfo=UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise ResultError("the board's time is no date", text=ascii(fields)) from None
    if microseconds <= 0:  # a clock of whole seconds says 0
        return shown, 1.0
    resolution = 0.001 if microseconds % 1000 == 0 else 0.000001
    return shown + timedelta(microseconds=microseconds), resolution


def _narrowest(offsets: Sequence[tuple[float, float]]) -> ClockOffset:
    """Return the offset that all measurements allow; if there is none, that of the best one."""
    least, greatest = max(low for low, _ in offsets), min(high for _, high in offsets)
    if least > greatest:
        least, greatest = min(offsets, key=lambda bounds: bounds[1] - bounds[0])
    return ClockOffset((least + greatest) / 2, (greatest - least) / 2)


def _no_clock(feature: str) -> UnsupportedError:
    return UnsupportedError(
        f"this board has no clock that iot can use: its firmware has no {feature}",
        feature=feature,
        hint="time: none in the board's configuration leaves the clock alone",
    )
