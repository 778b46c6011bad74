"""The person's terminal on POSIX. Imported there only."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import threading
import tty
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["raw_terminal"]

_READ: Final = 4096  # bytes; the most that a terminal holds back for one read (n_tty.c)


@contextmanager
def raw_terminal(on_typed: Callable[[bytes], object]) -> Iterator[None]:
    """See ``terminal.raw_terminal``."""
    descriptor = sys.stdin.fileno()
    settings = termios.tcgetattr(descriptor)

    def restore() -> None:
        with suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(descriptor, termios.TCSADRAIN, settings)

    try:
        with _before_death(restore), _reading(descriptor, on_typed):
            # Not TCSAFLUSH: what was typed before is for the board.
            tty.setraw(descriptor, termios.TCSADRAIN)
            yield
    finally:
        restore()


@contextmanager
def _before_death(restore: Callable[[], None]) -> Iterator[None]:
    """Do it also before a signal that would end this process without a word."""

    def die(number: int, _frame: FrameType | None) -> None:
        restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    before = {number: signal.signal(number, die) for number in (signal.SIGHUP, signal.SIGQUIT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _reading(descriptor: int, on_typed: Callable[[bytes], object]) -> Iterator[None]:
    """Read in a thread, which has ended when this does: the next keys are for the shell."""
    stop_reader, stop_writer = os.pipe()
    thread = threading.Thread(
        target=_read_loop, args=(descriptor, stop_reader, on_typed), name="iot-keys", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        os.close(stop_writer)
        thread.join()
        os.close(stop_reader)


def _read_loop(descriptor: int, stop: int, on_typed: Callable[[bytes], object]) -> None:
    while True:
        ready, _, _ = select.select([descriptor, stop], [], [])
        if stop in ready:
            return
        try:
            typed = os.read(descriptor, _READ)
        except OSError:  # EIO: the terminal is gone
            typed = b""
        on_typed(typed)
        if not typed:
            return
