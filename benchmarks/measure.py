"""Figures, and how they are shown."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Figures", "document", "p95", "table"]

HEADINGS = ("row", "link", "tool", "n", "median", "p95", "to board", "to host", "turns", "remarks")


@dataclass
class Figures:
    """What one tool needed in one row.

    Attributes:
        row: What was measured.
        link: Name of the link; empty where there is none.
        tool: Who did it.
        seconds: One figure for each repetition.
        to_board: Bytes towards the board in one repetition, the last.
        to_host: Bytes from the board, likewise.
        turns: How often the tool wrote after it had got something, likewise.
        lost: Bytes that the board's input ring lost, in all; one is a failure.
        growth: Bytes by which the process's peak memory grew, at most; ``None``: not measured.
        size: Bytes of output that one repetition carries; 0: the row is not about that.
        failures: Sessions that ended with an error, in all; their times do not count.
        no_op: Median of the same tool's no-op command, in seconds; ``None``: no such row.
    """

    row: str
    link: str
    tool: str
    seconds: list[float] = field(default_factory=list)
    to_board: int = 0
    to_host: int = 0
    turns: int = 0
    lost: int = 0
    growth: int | None = None
    size: int = 0
    no_op: float | None = None
    failures: int = 0

    @property
    def median(self) -> float:
        """Median of the seconds; not a number if there are none."""
        return statistics.median(self.seconds or [math.nan])

    @property
    def failed(self) -> bool:
        """Whether the row counts for nothing, or not for all."""
        return self.lost > 0 or self.failures > 0

    @property
    def remarks(self) -> str:
        """What else there is to tell."""
        rate = [f"{self.size / self.median / 1e3:.1f} kB/s of {self.size / 1e6:g} MB"]
        work = (
            [] if self.no_op is None else [f"less no-op {(self.median - self.no_op) * 1e3:.1f} ms"]
        )
        grown = [] if self.growth is None else [f"grew {self.growth / 1e6:.1f} MB"]
        lost = [f"FAILED: the board lost {self.lost} bytes"] if self.lost else []
        lost += [f"FAILED: {self.failures} sessions ended with an error"] if self.failures else []
        return ", ".join((rate if self.size else []) + work + grown + lost)


def p95(seconds: Sequence[float]) -> float:
    """Return the figure that 95 of 100 do not exceed (nearest rank)."""
    ordered = sorted(seconds) or [math.nan]
    return ordered[-(-len(ordered) * 95 // 100) - 1]


def table(rows: Iterable[Figures]) -> str:
    """Return a table in Markdown; times in milliseconds."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(_cells(row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cells(row: Figures) -> tuple[str, ...]:
    times = (f"{row.median * 1e3:.1f} ms", f"{p95(row.seconds) * 1e3:.1f} ms")
    wire = (row.to_board, row.to_host, row.turns)
    sizes = [str(figure) if row.link else "" for figure in wire]
    return (row.row, row.link, row.tool, str(len(row.seconds)), *times, *sizes, row.remarks)


def document(rows: Iterable[Figures]) -> list[dict[str, Any]]:
    """Return the rows for JSON."""
    return [
        {
            **vars(row),
            "median": row.median,
            "p95": p95(row.seconds),
            "failed": row.failed,
        }
        for row in rows
    ]
