"""One command on several boards at once: for each in a thread of its own, as if it were alone.

Signals reach the main thread only. It passes them on: the first Ctrl-C to the programs on the
boards; everything else ends the boards' threads when they next read or write.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from iot_cli import exit_codes
from iot_cli.board_output import BoardOutput, Screen
from iot_cli.context import Work
from iot_cli.errors import PartlyDoneError, as_iot_error, note_details
from iot_cli.output import ReaderGoneError, note, redirected, write_json
from iot_cli.signals import TimeIsUpError
from iot_cli.text import printable
from iot_device import IotError
from iot_device.targets import find_boards, resolve_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from iot_device import FoundBoard, Transport
    from iot_device.targets import Asking

__all__ = ["run_for_each"]

INTERVAL: Final = 0.1  # seconds between two looks at the threads
PATIENCE: Final = 3.0  # seconds that a board gets to be left tidy; it needs a second at most


def run_for_each(work: Work, command: Callable[[Work], Any]) -> int:
    """Run a command on each of the boards that the target names; return the exit code.

    Args:
        work: The run of the command; its target is a list or ``all``.
        command: Does the work for one board and returns its exit code, or ``None``.

    Raises:
        click.UsageError: The command makes no sense.
        PartlyDoneError: Some boards failed.
        KeyboardInterrupt: Ctrl-C stopped boards.
        TerminatedError: SIGTERM did.
        ReaderGoneError: Nobody reads our output any more.
    """
    screen, given = Screen(), _SharedInput(work)
    names = resolve_targets(work.options.target)
    work.waits_for("the boards to be found")
    found = find_boards(names, on_probe=work.tell_of_probe)
    boards = [
        _Board(_BoardWork(work, name, board, given), command, screen)
        for name, board in zip(names, found, strict=True)
    ]
    crowd = _Crowd(boards)
    with work.signals.passed_on(crowd.stop):
        crowd.run()
    screen.close()
    work.boards_left = any(board.thread.is_alive() for board in boards)
    return _conclude(work, boards, crowd.stopped_by)


class _SharedInput:
    """Standard input, of which each board gets all."""

    def __init__(self, work: Work) -> None:
        self._read = work.read_input
        self._lock = threading.Lock()
        self._data: bytes | None = None

    def read(self) -> bytes:
        with self._lock:
            if self._data is None:
                self._data = self._read()
            return self._data


class _BoardWork(Work):
    """The run of a command on one of the boards.

    Args:
        work: The run as a whole.
        name: The board's target.
        found: Where it is, or why it was not found.
        given: What stands on standard input, for all boards.

    Attributes:
        name: The board's target.
        conclusion: What sums up what the command did; part of the board's result.
    """

    is_one_of_several = True

    def __init__(
        self, work: Work, name: str, found: FoundBoard | IotError, given: _SharedInput
    ) -> None:
        super().__init__()
        self.name = name
        self.conclusion: str | None = None
        self._found = found
        self.options = replace(work.options, target=name)
        self._whole = work
        self._given = given
        self._stop: BaseException | None = None
        self._pipe: Transport | None = None

    def board(self, *, asks: Asking = "to check") -> FoundBoard:  # noqa: ARG002  (was asked before)
        """Return the board, which was found together with the others."""
        if isinstance(self._found, IotError):
            raise self._found
        return self._found

    def wrap(self, pipe: Transport) -> Transport:
        """Return a pipe that ends where the command is stopped."""
        self._pipe = pipe
        return _StoppableTransport(pipe, self.check_stop)

    def conclude(self, text: str) -> None:
        """Keep it for the board's result; each line of a script has its own."""
        if self._shared is None:
            self.conclusion = text
        else:
            self.tell(text)

    def remaining(self) -> float | None:
        """Return the seconds that are left for all boards; ``None`` if there is no limit."""
        return self._whole.remaining()

    def waits_for(self, what: str) -> None:
        """Say what the command does from now on; end if it shall stop."""
        super().waits_for(what)
        self.check_stop()

    def read_input(self) -> bytes:
        """Return what stood on standard input."""
        return self._given.read()

    def read_line(self, _prompt: str) -> str:
        """Refuse: one line cannot be for all boards.

        Raises:
            EOFError: Always.
        """
        raise EOFError

    def stop(self, reason: BaseException) -> None:
        """Have ``reason`` raised in the board's thread when it next reads, writes or begins."""
        self._stop = reason
        if self._pipe is not None:
            self._pipe.wake()

    def check_stop(self) -> None:
        """Raise, once, what the command shall end with."""
        reason, self._stop = self._stop, None
        if isinstance(reason, TimeIsUpError):
            raise TimeIsUpError(self.signals.waiting_for)
        if reason is not None:
            raise reason


class _StoppableTransport:
    """A transport whose user can be ended from another thread, as a signal ends the main thread.

    Args:
        transport: The pipe to the board.
        check_stop: Raises if the user shall end.
    """

    def __init__(self, transport: Transport, check_stop: Callable[[], None]) -> None:
        self._transport = transport
        self._check_stop = check_stop
        self.wake = transport.wake
        self.close = transport.close

    @property
    def url(self) -> str:
        return self._transport.url

    def open(self) -> None:
        self._check_stop()
        self._transport.open()

    def read(self, timeout: float | None) -> bytes:
        self._check_stop()
        data = self._transport.read(timeout)
        if not data:
            self._check_stop()
        return data

    def write(self, data: bytes, timeout: float | None) -> int:
        self._check_stop()
        return self._transport.write(data, timeout)


class _Board:
    """One of the boards, and how its command ended.

    Attributes:
        name: Its target.
        output: Where its output goes.
        thread: Works for it.
        code: Exit code of the command.
        error: What ended it, if it did not end by itself.
    """

    def __init__(self, work: _BoardWork, command: Callable[[Work], Any], screen: Screen) -> None:
        self.name = work.name
        self.output = BoardOutput(work.name, screen, collects=work.options.json)
        self.thread = threading.Thread(target=self._run, name=work.name, daemon=True)
        self.code = exit_codes.GOOD
        self.error: BaseException | None = None
        self._work = work
        self._command = command
        self._given_up: tuple[float, BaseException] | None = None

    def stop(self, reason: BaseException) -> None:
        """Do with a signal what a command for this board alone would do."""
        if isinstance(reason, KeyboardInterrupt) and self._work.signals.interrupt_program():
            return
        if self._given_up is None:
            self._given_up = time.monotonic() + PATIENCE, reason
        self._work.stop(reason)

    def is_over(self) -> bool:
        """Whether the command has ended, or did not end in time after being stopped."""
        if not self.thread.is_alive():
            return True
        if self._given_up is None or time.monotonic() < self._given_up[0]:
            return False
        self.error = self._given_up[1]
        return True

    def document(self) -> Any:
        """Return what ``--json`` shows."""
        if self.output.document is None and self.error is not None:
            shown = as_iot_error(self.error)
            return {"error": shown.name, "message": shown.message}
        return self.output.document

    def result_lines(self) -> str:
        """Return how it ended, in words."""
        done = [] if self._work.conclusion is None else [self._work.conclusion]
        if self.error is None:
            code = "ok" if self.code == exit_codes.GOOD else f"exit code {self.code}"
            lines = [": ".join([code, *done])]
        else:
            shown = as_iot_error(self.error)
            hint = [] if shown.hint is None else [f"hint: {shown.hint}"]
            lines = [*done, *hint, f"error[{shown.name}]: {shown.message}"]
        return "\n".join(printable(f"{self.name}: {line}") for line in lines)

    def _run(self) -> None:
        with redirected(self.output):
            try:
                try:
                    self.code = self._command(self._work) or exit_codes.GOOD
                finally:
                    self.output.finish()
            except BaseException as error:  # noqa: BLE001  (the main thread reports it)
                self.error = error
                if not isinstance(error, ReaderGoneError):
                    note_details(error, self._work.options)


class _Crowd:
    """All boards.

    Attributes:
        stopped_by: What came last of Ctrl-C, SIGTERM and the end of ``--timeout``.
    """

    def __init__(self, boards: Sequence[_Board]) -> None:
        self.stopped_by: BaseException | None = None
        self._boards = boards

    def run(self) -> None:
        """Do the work; return when it is done or given up."""
        for board in self._boards:
            board.thread.start()
        for board in self._boards:
            while not board.is_over():
                # With a timeout: on Windows no signal ends a wait without one.
                board.thread.join(INTERVAL)
                if any(isinstance(other.error, ReaderGoneError) for other in self._boards):
                    self.stop(ReaderGoneError())

    def stop(self, reason: BaseException) -> None:
        """Stop all boards; called in signal handlers too."""
        self.stopped_by = reason
        for board in self._boards:
            board.stop(reason)


def _conclude(work: Work, boards: Sequence[_Board], stopped_by: BaseException | None) -> int:
    """Show the results; return the exit code or raise what tells it."""
    errors = [board.error for board in boards if board.error is not None]
    gone = [error for error in errors if isinstance(error, ReaderGoneError)]
    refused = [error for error in errors if isinstance(error, click.UsageError)]
    if gone or len(refused) == len(boards):
        raise (gone or refused)[0]
    if work.options.json:
        write_json({board.name: board.document() for board in boards})
    for board in boards:
        is_good = board.error is None and board.code == exit_codes.GOOD
        if not (is_good and work.options.quiet):
            note(board.result_lines())
    codes = [
        board.code if board.error is None else as_iot_error(board.error).exit_code
        for board in boards
    ]
    return _exit_code(codes, errors, stopped_by)


def _exit_code(
    codes: Sequence[int], errors: Sequence[BaseException], stopped_by: BaseException | None
) -> int:
    failed = len(codes) - codes.count(exit_codes.GOOD)
    if failed and stopped_by is not None and not isinstance(stopped_by, TimeIsUpError):
        raise stopped_by
    if failed and len(set(codes)) > 1:
        raise PartlyDoneError(f"{failed} of {len(codes)} boards failed")
    if errors:
        note(f"iot: error[{as_iot_error(errors[0]).name}]: all {len(codes)} boards failed")
    return codes[0]
