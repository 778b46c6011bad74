"""Samples, the chart that is made of them, and how often: no kernel, no board."""

from __future__ import annotations

import itertools
import json
import threading
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.plotting import samples as samples_module
from iot_kernel.plotting.chart import MAX_POINTS, MIME_TYPE, bundle, thinned
from iot_kernel.plotting.pace import Pace
from iot_kernel.plotting.samples import MAX_SERIES, Points, Samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pytest

    from iot_kernel.plotting.parsing import Sample


def samples_of(sent: Iterable[Sample], x: str | None = None) -> Samples:
    ticks = iter(range(100, 10_000))
    samples = Samples(x, clock=lambda: float(next(ticks)))
    for sample in sent:
        samples.add(sample)
    return samples


def rows(samples: Samples, window: int | None = None) -> list[dict[str, Any]]:
    data = bundle(samples.newest(window), samples.x, samples.count)
    values: list[dict[str, Any]] = data[MIME_TYPE]["data"]["values"]
    return values


# The table.


def test_the_table_has_a_column_for_each_series_all_equally_long() -> None:
    table = samples_of([{"a": 1}, {"b": 2.5}, {"a": 3, "b": None}]).columns()
    assert table == {"a": [1, None, 3], "b": [None, 2.5, None]}


def test_without_x_it_is_the_number_of_the_sample() -> None:
    samples = samples_of([{"a": 1}, {"b": 2}, {"a": None}])
    assert rows(samples) == [
        {"x": 0, "y": 1, "series": "a"},
        {"x": 2, "y": None, "series": "a"},
        {"x": 1, "y": 2, "series": "b"},
    ]


def test_x_is_a_series_and_samples_without_it_are_in_the_table_only() -> None:
    samples = samples_of([{"t": 5, "a": 1}, {"a": 2}, {"t": None, "a": 3}], "t")
    assert rows(samples) == [{"x": 5, "y": 1, "series": "a"}]
    assert samples.columns()["a"] == [1, 2, 3]


def test_x_is_the_timestamp_where_there_is_one() -> None:
    assert rows(samples_of([{"timestamp": 17, "a": 1}])) == [{"x": 17, "y": 1, "series": "a"}]


def test_time_is_that_of_arrival_unless_the_samples_have_one() -> None:
    samples = samples_of([{"a": 1}, {"a": 2}], "time")
    assert samples.columns() == {"time": [1, 2], "a": [1, 2]}
    assert samples_of([{"time": 7, "a": 1}], "time").columns() == {"time": [7], "a": [1]}


def test_why_a_chart_is_empty_is_told() -> None:
    assert "none of the lines" in str(samples_of([]).problem)
    assert "no sample has 'tme'; --x can be t or a" in str(
        samples_of([{"t": 1, "a": 2}], "tme").problem
    )
    assert "nothing but 't'" in str(samples_of([{"t": 1}], "t").problem)
    assert samples_of([{"a": 1}]).problem is None


def test_ten_thousand_series_are_as_many_as_can_be_told_apart_and_one_notice() -> None:
    samples = samples_of({f"s{n}": n} for n in range(5000))
    samples.add({f"t{n}": n for n in range(5000)})
    assert len(samples.columns()) == MAX_SERIES
    assert len(samples.notices) == 1
    assert {len(column) for column in samples.columns().values()} == {5001}


def test_an_endless_cell_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples_module, "MAX_VALUES", 100)
    samples = samples_of({"a": n, "b": -n} for n in range(1000))
    table = samples.columns()
    assert 25 <= len(table["a"]) <= 50
    assert table["a"][-1] == 999
    assert table["b"] == [-n for n in table["a"] if n is not None]
    assert rows(samples)[0]["x"] == table["a"][0]
    assert len(samples.notices) == 1


# The chart.


def test_the_window_has_the_newest_of_each_series() -> None:
    sent: list[Sample] = [{"a": 1}, {"a": 2}, {"b": 5}, {"a": 3}, {"a": 4}]
    drawn = rows(samples_of(sent), 2)
    assert [(row["series"], row["y"]) for row in drawn] == [("a", 3), ("a", 4), ("b", 5)]


def test_a_chart_of_a_hundred_thousand_samples_is_thinned_and_keeps_its_peaks() -> None:
    samples = samples_of({"a": n % 7, "b": 1 if n != 77_777 else 1000} for n in range(100_000))
    data = bundle(samples.newest(None), samples.x, samples.count)
    drawn = rows(samples)
    assert len(drawn) <= MAX_POINTS
    assert {"x": 77_777, "y": 1000, "series": "b"} in drawn
    assert next(row["x"] for row in drawn if row["series"] == "a") < 700
    assert data["text/plain"] == "<plot of 100000 samples, thinned for this chart: a, b>"
    assert len(json.dumps(data)) < 200_000
    assert len(samples.columns()["a"]) == 100_000


@given(st.lists(st.none() | st.floats(-10, 10), max_size=300), st.integers(3, 40))
def test_thinning_keeps_extremes_gaps_and_order(ys: list[float | None], limit: int) -> None:
    xs: list[float | None] = [float(x) for x in range(len(ys))]
    kept = list(thinned(Points(xs, ys), limit))
    assert len(kept) <= limit
    assert kept == sorted(set(kept), key=lambda point: point[0] or 0)
    assert set(kept) <= set(zip(xs, ys, strict=True))
    numbers = [y for y in ys if y is not None]
    if numbers:
        assert {min(numbers), max(numbers)} <= {y for _, y in kept}
    assert (None in ys) == (None in [y for _, y in kept])


def test_names_of_a_board_are_data_and_nothing_else() -> None:
    name = "</script><img src=x onerror=alert(1)>datum.y"
    spec = bundle({name: Points([0], [1])}, None, 1)[MIME_TYPE]
    assert spec["data"]["values"] == [{"x": 0, "y": 1, "series": name}]
    assert spec["encoding"]["color"]["scale"]["domain"] == [name]
    del spec["data"], spec["encoding"]["color"]["scale"]["domain"]
    assert "onerror" not in json.dumps(spec)
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec


# How often.


class FakeTime:
    """A clock that stands still but while somebody waits; then changes come as they are listed.

    Args:
        changes: When they come, in seconds.
        cost: Seconds that one call takes.
    """

    def __init__(self, changes: list[float], cost: float = 0.0) -> None:
        self.now = 0.0
        self.calls: list[tuple[float, int]] = []
        self.done = threading.Event()
        self._ready = threading.Event()
        self._changes = changes
        self._came = 0
        self._cost = cost
        self._pace: Pace | None = None

    def run(self) -> list[tuple[float, int]]:
        """Return when the function was called, and how many changes it had seen."""
        self._pace = Pace(self._called, lambda: self.now, self._wait_for)
        self._ready.set()
        assert self.done.wait(10)
        self._pace.close()
        return self.calls

    def _called(self) -> None:
        self.calls.append((round(self.now, 3), self._came))
        self.now += self._cost

    def _wait_for(
        self, news: threading.Condition, done: Callable[[], bool], timeout: float | None = None
    ) -> bool:
        assert self._ready.wait(10)
        end = None if timeout is None else self.now + timeout
        while not done():
            if self._changes and (end is None or self._changes[0] <= end):
                self.now = max(self.now, self._changes.pop(0))
                self._came += 1
                assert self._pace is not None
                self._pace.change()
            elif end is not None:
                self.now = end
                return done()
            else:
                self.done.set()
                news.wait_for(done, 10)
        return True


def test_a_flood_is_shown_ten_times_a_second_and_its_end_is() -> None:
    time = FakeTime([n / 1000 for n in range(1, 1001)])
    calls = time.run()
    assert len(calls) <= 11
    assert all(b[0] - a[0] >= 0.0999 for a, b in itertools.pairwise(calls))
    assert calls[-1][1] == 1000


def test_after_a_pause_a_change_is_shown_at_once_and_without_one_nothing_is() -> None:
    assert FakeTime([0.0, 5.0, 60.0]).run() == [(0.1, 1), (5.0, 2), (60.0, 3)]


def test_what_costs_time_is_shown_less_often() -> None:
    time = FakeTime([n / 100 for n in range(1, 1001)], cost=0.2)
    calls = time.run()
    assert len(calls) <= 12
    assert calls[-1][1] == 1000


def test_the_last_change_is_shown_before_close_returns() -> None:
    shown: list[int] = []
    changes = [0]
    pace = Pace(lambda: shown.append(changes[0]))
    for n in range(1, 501):
        changes[0] = n
        pace.change()
    pace.close()
    assert shown[-1] == 500
