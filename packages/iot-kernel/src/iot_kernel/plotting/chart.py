"""Points of series as a chart. Pure.

The chart is Vega-Lite, made here as a whole. What a board sends is in it only as numbers, and as
names that are data: no name is a key, an expression or a field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from iot_device import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from iot_kernel.plotting.samples import Points

__all__ = ["MAX_POINTS", "MIME_TYPE", "bundle"]

MIME_TYPE: Final = "application/vnd.vegalite.v5+json"
"""JupyterLab 4 renders Vega-Lite up to 5, without any extension."""

MAX_POINTS: Final = 2000
"""In a chart, of all series together; it is 600 pixels wide."""

_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
_FEW: Final = 40  # points that are drawn as dots, too

_Point: TypeAlias = tuple[float | None, float | None]


def bundle(series: Mapping[str, Points], x: str | None, count: int) -> dict[str, Any]:
    """Return a chart as the data of a display message, and in words where none can be shown.

    Args:
        series: The points by the names of their series.
        x: What the x axis is; ``None``: the number of the sample.
        count: How many samples there were.
    """
    limit = MAX_POINTS // max(1, len(series))
    drawn = {name: list(thinned(points, limit)) for name, points in series.items()}
    is_thinned = any(len(drawn[name]) < len(points.y) for name, points in series.items())
    note = counted(count, "sample") + (", thinned for this chart" if is_thinned else "")
    return {
        MIME_TYPE: _specification(drawn, "sample" if x is None else x, note),
        "text/plain": f"<plot of {note}: {', '.join(series)}>",
    }


def thinned(points: Points, limit: int) -> Iterator[_Point]:
    """Yield at most this many of the points: with the highest and the lowest of each stretch.

    Args:
        points: In their order.
        limit: How many; at least 3.
    """
    count = len(points.y)
    for place in range(count) if count <= limit else _extremes(points.y, limit // 3):
        yield points.x[place], points.y[place]


def _extremes(values: Sequence[float | None], stretches: int) -> Iterator[int]:
    """Yield the places of the highest and the lowest value, and of a gap, in each stretch."""
    for index in range(stretches):
        start, end = (len(values) * edge // stretches for edge in (index, index + 1))
        stretch = values[start:end]
        numbers = [value for value in stretch if value is not None]
        extremes = {min(numbers), max(numbers)} if numbers else set()
        wanted = extremes | ({None} if len(numbers) < len(stretch) else set())
        yield from sorted(start + stretch.index(value) for value in wanted)


def _specification(
    series: Mapping[str, Sequence[_Point]], x_title: str, note: str
) -> dict[str, Any]:
    rows = [
        {"x": x, "y": y, "series": name}
        for name, points in series.items()
        for x, y in points
        if x is not None
    ]
    return {
        "$schema": _SCHEMA,
        "usermeta": {"embedOptions": {"renderer": "svg"}},  # sharp on every screen, and readable
        "title": {"text": note, "anchor": "start", "fontWeight": "normal", "fontSize": 11},
        "width": 600,
        "height": 300,
        "data": {"values": rows},
        "mark": {"type": "line", "point": len(rows) <= _FEW},
        "encoding": {
            "x": {
                "field": "x",
                "type": "quantitative",
                "title": x_title,
                "scale": {"zero": False, "nice": False},
            },
            "y": {"field": "y", "type": "quantitative", "title": None, "scale": {"zero": False}},
            "color": {
                "field": "series",
                "type": "nominal",
                "title": None,
                "scale": {"domain": list(series), "scheme": _colours(len(series))},
            },
        },
    }


def _colours(count: int) -> str:
    """Return the palette of Vega in which this many series can be told apart best."""
    return "tableau10" if count <= 10 else "tableau20"
