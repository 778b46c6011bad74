"""A bar that shows how far a transfer is: for people at a terminal who wait long enough."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iot_cli.context import Work

__all__ = ["progress_bar"]

PATIENCE: Final = 0.5  # seconds; shorter work needs no bar


@contextmanager
def progress_bar(work: Work) -> Iterator[Callable[[int, int], object] | None]:
    """Give what shall be called with the bytes that are done, and the bytes in all.

    It is ``None`` where nobody would see a bar, or several boards would draw theirs over another.

    Args:
        work: The run of the command.
    """
    sees = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    if work.options.quiet or work.is_one_of_several or not sees:
        yield None
        return
    bar = _Bar()
    try:
        yield bar.update
    finally:
        bar.close()


class _Bar:
    def __init__(self) -> None:
        self._due = time.monotonic() + PATIENCE
        self._progress: Any = None
        self._task: Any = None

    def update(self, done: int, total: int) -> None:
        """Take how far the transfer is; show it, if it takes long."""
        if self._progress is None:
            if done >= total or time.monotonic() < self._due:
                return
            self._show(done, total)
        self._progress.update(self._task, completed=done, total=total)

    def close(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()

    def _show(self, done: int, total: int) -> None:
        from rich.console import Console  # noqa: PLC0415  (start-up)
        from rich.progress import (  # noqa: PLC0415  (start-up)
            BarColumn,
            DownloadColumn,
            Progress,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("", total=total, completed=done)
        self._progress.start()
