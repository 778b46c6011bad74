"""The samples of a cell: the table that is kept, and what of it a chart draws."""

from __future__ import annotations

import time
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from iot_kernel.plotting.parsing import TIMESTAMP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iot_kernel.plotting.parsing import Sample

__all__ = ["MAX_SERIES", "MAX_VALUES", "TIME", "Points", "Samples"]

MAX_SERIES: Final = 50
MAX_VALUES: Final = 4_000_000  # of all series: some 200 MB of memory

TIME: Final = "time"
"""The x axis that is the time of arrival, where the lines have no series of this name."""


class Points(NamedTuple):
    """Points of a series; one without y is a gap, one without x has no place in a chart."""

    x: list[float | None]
    y: list[float | None]


@dataclass
class _Series:
    """The values of a series, each with its x, and the numbers of the samples that have one."""

    rows: list[int] = field(default_factory=list)
    x: list[float | None] = field(default_factory=list)
    y: list[float | None] = field(default_factory=list)

    def add(self, row: int, x: float | None, y: float | None) -> None:
        """Add the value of a sample."""
        self.rows.append(row)
        self.x.append(x)
        self.y.append(y)

    def newest(self, count: int | None) -> Points:
        """Return the newest points; ``None``: all."""
        start = max(0, len(self.y) - count) if count is not None else 0
        return Points(self.x[start:], self.y[start:])

    def forget(self, row: int) -> int:
        """Forget what is older than a sample; return how many values that were."""
        count = bisect_left(self.rows, row)
        del self.rows[:count], self.x[:count], self.y[:count]
        return count

    def column(self, first: int, end: int) -> list[float | None]:
        """Return one value for each sample."""
        if len(self.y) == end - first:
            return self.y.copy()
        column: list[float | None] = [None] * (end - first)
        for row, value in zip(self.rows, self.y, strict=True):
            column[row - first] = value
        return column


class Samples:
    """The samples.

    Args:
        x: The series that is the x axis; ``None``: the timestamps, where the first sample has one,
            else the numbers of the samples.
        clock: Tells the time, in seconds.
    """

    def __init__(self, x: str | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.x = x
        self.count = 0
        """How many there were; the oldest may be forgotten."""
        self.notices: list[str] = []
        """What a person must know of it, each once."""
        self._clock = clock
        self._started: float | None = None  # with the time of arrival as x
        self._first = 0  # the oldest that is kept
        self._values = 0
        self._series: dict[str, _Series] = {}

    @property
    def names(self) -> list[str]:
        """The series that a chart draws, in the order in which they came."""
        return [name for name in self._series if name != self.x]

    @property
    def problem(self) -> str | None:
        """Why a chart shows nothing; ``None``: it shows something."""
        if self.count == 0:
            return "none of the lines is a sample; %%plot -h tells which ones are"
        if self.x is not None and self.x not in self._series:
            return f"no sample has {self.x!r}; --x can be {' or '.join(self.names)}"
        return None if self.names else f"there is nothing but {self.x!r}, the x axis"

    def add(self, sample: Sample) -> None:
        """Take the next sample."""
        if self.count == 0:
            self._choose_x(sample)
        if self._started is not None:
            sample = {TIME: round(self._clock() - self._started, 3), **sample}
        x = self.count if self.x is None else sample.get(self.x)
        for name, value in sample.items():
            series = self._series_of(name)
            if series is not None:
                series.add(self.count, x, value)
                self._values += 1
        self.count += 1
        if self._values > MAX_VALUES:
            self._forget_half()

    def _choose_x(self, sample: Sample) -> None:
        if self.x is None and TIMESTAMP in sample:
            self.x = TIMESTAMP
        elif self.x == TIME and TIME not in sample:
            self._started = self._clock()

    def _series_of(self, name: str) -> _Series | None:
        if name not in self._series:
            if len(self._series) == MAX_SERIES:
                self._tell(f"there are more than {MAX_SERIES} series; the others are left out")
                return None
            self._series[name] = _Series()
        return self._series[name]

    def _forget_half(self) -> None:
        self._tell(f"there are more than {MAX_VALUES} values; the oldest half is forgotten")
        self._first += (self.count - self._first) // 2
        self._values -= sum(series.forget(self._first) for series in self._series.values())

    def _tell(self, notice: str) -> None:
        if notice not in self.notices:
            self.notices.append(notice)

    def newest(self, count: int | None) -> dict[str, Points]:
        """Return the newest points of each series that a chart draws; ``None``: all of them."""
        return {name: self._series[name].newest(count) for name in self.names}

    def ranges(self) -> Iterator[tuple[str, tuple[float, float]]]:
        """Yield the lowest and the highest value of each series that a chart draws."""
        for name in self.names:
            numbers = [value for value in self._series[name].y if value is not None]
            if numbers:
                yield name, (min(numbers), max(numbers))

    def columns(self) -> dict[str, list[float | None]]:
        """Return the table: a list for each series, ``None`` where a sample has no value of it."""
        return {
            name: series.column(self._first, self.count) for name, series in self._series.items()
        }
