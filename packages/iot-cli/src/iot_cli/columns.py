"""Rows in columns, for terminals and pipes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from iot_cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["columns"]

_UNLIMITED: Final = 10_000  # columns


def columns(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows below headings; in a terminal no wider than that, elsewhere never cut.

    Args:
        headings: One for each column.
        rows: The cells; what a terminal must not get is made visible.
    """
    from rich.console import Console  # noqa: PLC0415  (start-up)
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*headings, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else _UNLIMITED)
    with console.capture() as capture:
        console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())
