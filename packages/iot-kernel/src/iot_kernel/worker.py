"""A thread for work that waits, so that the kernel's event loop stays free."""

from __future__ import annotations

import asyncio
import threading
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Outcome", "in_thread"]


@dataclass(frozen=True)
class Outcome:
    """How a function ended: with a value, or with an error.

    The error is handed over as a value: a ``KeyboardInterrupt`` that is raised while a coroutine
    awaits would end the event loop, and the kernel with it.
    """

    value: Any = None
    error: BaseException | None = None


def in_thread(function: Callable[[], object], name: str) -> asyncio.Future[Outcome]:
    """Run a function in a thread of its own, in a copy of this context.

    The thread is a daemon: one that hangs does not keep the kernel from its end.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Outcome] = loop.create_future()
    context = copy_context()

    def finish(outcome: Outcome) -> None:
        if not future.done():
            future.set_result(outcome)

    def work() -> None:
        try:
            outcome = Outcome(value=context.run(function))
        except BaseException as error:  # noqa: BLE001  (all of them are shown by who awaits)
            outcome = Outcome(error=error)
        loop.call_soon_threadsafe(finish, outcome)

    threading.Thread(target=work, name=name, daemon=True).start()
    return future
