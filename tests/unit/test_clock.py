"""Times and zones, without a board; a scripted session stands for the board's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_device.clock import Clock, clock_text, shown_at, utc_from
from iot_device.errors import ResultError, UnsupportedError

BERLIN = ZoneInfo("Europe/Berlin")
ODD_ZONES = [
    ZoneInfo("Asia/Kathmandu"),  # 5:45
    ZoneInfo("Australia/Lord_Howe"),  # half an hour of summer time
    ZoneInfo("Pacific/Kiritimati"),  # 14 hours ahead
    ZoneInfo("Africa/Casablanca"),  # summer time that ends for Ramadan
    ZoneInfo("America/St_Johns"),
    timezone(timedelta(hours=-12)),
    UTC,
]
# Boards' clocks end in 2099; the moments lie within all that zones know.
moments = st.integers(946_684_800, 4_000_000_000)


class ScriptedSession:
    """Gives prepared answers; each call takes ``seconds`` of the clock that it carries."""

    def __init__(self, answers: list[list[Any]], start: float, seconds: float = 0.0) -> None:
        self.time = start
        self._answers = answers
        self._seconds = seconds

    def call(self, _name: str, *_arguments: object, timeout: float) -> list[Any]:
        assert timeout > 0
        self.time += self._seconds
        return self._answers.pop(0)


def clock_of(answers: list[list[Any]], start: float = 0.0, seconds: float = 0.0) -> Clock:
    session = ScriptedSession(answers, start, seconds)
    return Clock(session, now=lambda: session.time)  # type: ignore[arg-type]  # has what it needs


def answer(shown: datetime, microseconds: int = -1) -> list[Any]:
    return [(shown.timetuple()[:6], microseconds)]


@given(moment=moments, zone=st.sampled_from([BERLIN, *ODD_ZONES]))
def test_what_a_clock_shows_leads_back_to_the_moment(moment: int, zone: ZoneInfo) -> None:
    assert utc_from(shown_at(moment, zone), zone, near=moment).timestamp() == moment


@given(moment=moments)
def test_the_local_zone_is_a_zone_like_others(moment: int) -> None:
    assert utc_from(shown_at(moment, None), None, near=moment).timestamp() == moment


@pytest.mark.parametrize("hour", [0, 1])
def test_the_hour_that_comes_twice_is_the_nearer_one(hour: int) -> None:
    # In the night to 2026-10-25, 2:30 comes at 0:30 and at 1:30 UTC.
    moment = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    assert shown_at(moment.timestamp(), BERLIN) == datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001
    assert utc_from(datetime(2026, 10, 25, 2, 30), BERLIN, near=moment.timestamp()) == moment  # noqa: DTZ001


def test_a_board_that_knows_no_summer_time_is_an_hour_off_after_the_change() -> None:
    after = datetime(2026, 3, 29, 1, 0, 5, tzinfo=UTC)  # 3:00:05 in Berlin; the board shows 2:00:05
    shown = answer(datetime(2026, 3, 29, 2, 0, 5))  # noqa: DTZ001
    clock = clock_of([shown] * 4, start=after.timestamp())
    offset = clock.offset(zone=BERLIN)
    assert (round(offset.seconds), offset.uncertainty) == (-3600, 0.5)
    assert clock_of([shown], start=after.timestamp()).read(zone=BERLIN) <= after


def test_the_uncertainty_is_what_the_way_and_the_clock_leave_open() -> None:
    start = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
    shown = [answer(start + timedelta(seconds=5), 300_001)] * 4
    offset = clock_of(shown[:1] * 4, start.timestamp(), seconds=0.1).offset(zone=UTC)
    # Four answers, 0.1 s each, all show the same: between the first question and the last answer.
    assert 4.9 <= offset.seconds <= 5.3
    assert offset.uncertainty <= 0.2


def test_a_clock_of_whole_seconds_is_known_better_the_more_it_is_asked() -> None:
    start = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
    shown = [answer(start + timedelta(seconds=second)) for second in (10, 10, 11, 11)]
    # Asked each 0.25 s: the step to the next second lies in the third question.
    offset = clock_of(shown, start.timestamp(), seconds=0.25).offset(zone=UTC)
    assert (offset.seconds, offset.uncertainty) == (10.5, 0.25)


@pytest.mark.parametrize(
    "items",
    [
        [((2026, 13, 1, 0, 0, 0), -1)],
        [((0, 0, 0, 0, 0, 0), -1)],
        [((2026, 1, 1, 0, 0), -1)],
        [(("x",) * 6, -1)],
        [(("2026",), "x")],
        [1],
        [((2026, 1, 1, 0, 0, 0), -1)] * 2,
    ],
)
def test_what_is_no_date_is_refused(items: list[Any]) -> None:
    with pytest.raises(ResultError):
        clock_of([items]).read()


def test_a_board_without_a_clock_is_told_by_name() -> None:
    with pytest.raises(UnsupportedError, match="no clock") as caught:
        clock_of([[]]).read()
    assert caught.value.feature == "time.localtime"
    with pytest.raises(UnsupportedError) as caught:
        clock_of([[0]]).set()
    assert caught.value.feature == "machine.RTC"


def test_the_text_of_a_time_is_the_one_that_people_know() -> None:
    assert clock_text(datetime(2026, 11, 20, 13, 10, 12, tzinfo=UTC)) == "2026-Nov-20 13:10:12"
    assert clock_text(datetime(2000, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2000-Jan-02 03:04:05"
