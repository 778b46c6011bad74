"""Files of this computer are watched, in a thread of its own, while the main thread works."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

__all__ = ["Changes"]

DEBOUNCE: Final = 300  # milliseconds of quiet: an editor writes more than one file
INTERVAL: Final = 0.1  # seconds; on Windows no signal ends a wait without a limit
BEGIN: Final = 5.0  # seconds after which we go on, also if nobody says that files are watched
RETRY: Final = 0.05  # seconds until a program that just starts can be stopped


class Changes:
    """Notes that files have changed.

    Args:
        folders: Which ones are watched, with all below.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = sorted(set(folders))
        self._changed = threading.Event()
        self._begun = threading.Event()
        self._closed = threading.Event()
        self._interrupt: Callable[[], bool] | None = None
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._begun.wait(BEGIN)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closed.set()
        self._thread.join()

    @property
    def are_waiting(self) -> bool:
        """Whether something changed since ``wait`` returned."""
        return self._changed.is_set()

    def wait(self) -> None:
        """Wait for a change, also one since the last time."""
        while not self._changed.wait(INTERVAL):
            pass
        self._changed.clear()

    @contextmanager
    def stopping(self, interrupt: Callable[[], bool]) -> Iterator[None]:
        """While a program runs, a change stops it.

        Args:
            interrupt: Stops the program and tells whether there was one.
        """
        self._interrupt = interrupt
        try:
            yield
        finally:
            self._interrupt = None

    def _watch(self) -> None:
        from watchfiles import watch  # noqa: PLC0415  (start-up)

        changes = watch(
            *self._folders,
            debounce=DEBOUNCE,
            rust_timeout=int(INTERVAL * 1000),
            yield_on_timeout=True,
            stop_event=self._closed,
            raise_interrupt=False,
        )
        for changed in changes:
            self._begun.set()
            if not changed:
                continue
            self._changed.set()
            while (interrupt := self._interrupt) is not None and not interrupt():
                self._closed.wait(RETRY)
