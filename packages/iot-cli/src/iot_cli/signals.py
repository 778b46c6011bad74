"""Ctrl-C, SIGTERM, and the end of ``--timeout``: what they stop, and how the command learns it.

All three arrive as signals in the main thread, also while that waits in a system call.
"""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["Signals", "TerminatedError", "TimeIsUpError"]

GRACE: Final = 0.25  # seconds
LONGEST: Final = 1e8  # seconds that every system's timer can take
AGAIN: Final = 0.01  # seconds; a callback of Python's own takes microseconds


class TerminatedError(BaseException):
    """SIGTERM came. As ``KeyboardInterrupt``, it is no ``Exception``: nobody shall catch it."""


class TimeIsUpError(BaseException):
    """The time of ``--timeout`` is over; ``.waiting_for`` tells what for.

    It is no ``Exception``, so that no layer takes it for an error of its own pipe.
    """

    def __init__(self, waiting_for: str) -> None:
        super().__init__(waiting_for)
        self.waiting_for = waiting_for


class Signals:
    """What signals do while a command runs.

    Attributes:
        waiting_for: What the command does now, in words, for the message of ``--timeout``.
    """

    def __init__(self) -> None:
        self.waiting_for = "the command"
        self._interrupt_board: Callable[[], bool] | None = None
        self._stop_boards: Callable[[BaseException], None] | None = None
        self._time_is_up = False

    def install(self) -> None:
        """Handle Ctrl-C and SIGTERM from now on, for the rest of this process."""
        # Also where a shell let SIGINT be ignored: `iot sim &` in a script must end with it.
        signal.signal(signal.SIGINT, self._on_interrupt)
        signal.signal(signal.SIGTERM, self._on_terminate)
        sys.unraisablehook = _raise_again

    def start_timeout(self, seconds: float) -> None:
        """Have ``TimeIsUpError`` raised in the main thread after so many seconds.

        A little later, that is: where the library has a deadline of its own, that goes first,
        because it knows better what did not come.
        """
        seconds = seconds + GRACE if seconds < LONGEST else LONGEST
        if sys.platform != "win32":
            signal.signal(signal.SIGALRM, self._on_alarm)
            signal.setitimer(signal.ITIMER_REAL, seconds)
        else:
            timer = threading.Timer(seconds, self._wake_main_thread)
            timer.daemon = True
            timer.start()

    def end_timeout(self) -> None:
        """Let the time pass: the command is over. Python that ends handles no signal any more."""
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, 0)

    @contextmanager
    def program(self, interrupt: Callable[[], bool]) -> Iterator[None]:
        """While a program of the user runs, the first Ctrl-C is for the program.

        Args:
            interrupt: Stops the program on the board and tells whether there was one; called in
                the signal handler.
        """
        self._interrupt_board = interrupt
        try:
            yield
        finally:
            self._interrupt_board = None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While we read a line for the program, Ctrl-C ends that read too.

        A handler that returned would let the read go on, and the board would wait for its line.
        """
        interrupt, self._interrupt_board = self._interrupt_board, None
        try:
            yield
        finally:
            self._interrupt_board = interrupt

    @contextmanager
    def passed_on(self, stop: Callable[[BaseException], None]) -> Iterator[None]:
        """While several boards work in other threads, signals are for them.

        Args:
            stop: Called in the signal handler with what would be raised otherwise.
        """
        self._stop_boards = stop
        try:
            yield
        finally:
            self._stop_boards = None

    def interrupt_program(self) -> bool:
        """Stop the program of the user that runs; false if there is none, or it was asked to."""
        interrupt, self._interrupt_board = self._interrupt_board, None
        return interrupt is not None and interrupt()

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self._time_is_up:
            self._stop(TimeIsUpError(self.waiting_for))
        elif not self.interrupt_program():
            self._stop(KeyboardInterrupt())

    def _on_terminate(self, _number: int, _frame: FrameType | None) -> None:
        self._stop(TerminatedError())

    def _on_alarm(self, _number: int, _frame: FrameType | None) -> None:
        self._stop(TimeIsUpError(self.waiting_for))

    def _stop(self, reason: BaseException) -> None:
        if self._stop_boards is None:
            raise reason
        self._stop_boards(reason)

    def _wake_main_thread(self) -> None:
        import _thread  # noqa: PLC0415  (only here, on Windows)

        self._time_is_up = True
        _thread.interrupt_main()
        # A read on the board cannot be interrupted by a signal on Windows; this wakes it.
        if self._interrupt_board is not None:
            self._interrupt_board()


def _raise_again(dropped: sys.UnraisableHookArgs) -> None:
    """Let a signal come again that struck where nothing can be raised, and so would be lost.

    That is in callbacks of weak references, each import has such, and in finalizers: CPython prints
    what they raise and goes on.
    """
    numbers: dict[type[BaseException], signal.Signals] = {
        KeyboardInterrupt: signal.SIGINT,
        TerminatedError: signal.SIGTERM,
    }
    if sys.platform != "win32":
        numbers[TimeIsUpError] = signal.SIGALRM
    number = numbers.get(dropped.exc_type)
    if number is None:
        sys.__unraisablehook__(dropped)
        return
    over = [False]
    threading.Thread(target=_send_to_main_thread, args=[number, over], daemon=True).start()
    over[0] = True


def _send_to_main_thread(number: signal.Signals, over: list[bool]) -> None:
    # While the hook runs what is raised is lost, too, and a busy computer can make that long.
    pause = threading.Event()
    pause.wait(AGAIN)
    while not over[0]:
        pause.wait(AGAIN)
    if sys.platform != "win32":  # so that a system call is interrupted, too
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        import _thread  # noqa: PLC0415  (only here, on Windows)

        _thread.interrupt_main(number)
