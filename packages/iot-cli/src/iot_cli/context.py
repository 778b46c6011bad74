"""What all commands share: the global options, the signals, and the board."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

import click

from iot_cli.output import note, write
from iot_cli.signals import Signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iot_device import Device, FoundBoard, Leftover, ProbeResult, Transport
    from iot_device.targets import Asking

__all__ = ["FOR_EACH", "Options", "Work", "examples", "pass_work"]

P = ParamSpec("P")
R = TypeVar("R")

# Commands that work with several boards at once, each of them as with one. Others take one board.
FOR_EACH: Final = frozenset(
    {
        *("info", "name", "uid", "url", "platform"),
        *("exec", "eval", "run"),
        *("ls", "rlist", "tree", "cat", "sha256sum", "df"),
        *("cp", "mv", "rm", "mkdir", "mkdirs", "touch"),
        *("backup", "restore", "rdiff", "rsync", "gettime", "synctime"),
        *("softreset", "hardreset", "bootloader"),
        "script",
    }
)


@dataclass(frozen=True)
class Options:
    """The options that stand before the command.

    Attributes:
        target: The board that is meant; ``None``: the library finds it.
        json: One JSON document on standard output instead of text for people.
        quiet: Nothing on standard error but errors.
        verbose: Also tell what is done.
        debug: On errors also Python's traceback and the last bytes received.
        timeout: Seconds that the whole command may take; ``None`` for ever.
        wait: Seconds to wait for a board that another program uses.
        resume: Start ``main.py`` again at the end, if it had to be stopped.
    """

    target: str | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    timeout: float | None = None
    wait: float = 5.0
    resume: bool = False


class Work:
    """One run of a command.

    Attributes:
        options: The global options.
        signals: What Ctrl-C, SIGTERM and the end of ``--timeout`` do.
        boards_left: Whether boards did not answer to being stopped, and their threads still wait.
        is_one_of_several: Whether other boards do the same at this moment.
    """

    is_one_of_several = False

    def __init__(self) -> None:
        self.options = Options()
        self.signals = Signals()
        self.boards_left = False
        self._end: float | None = None
        self._shared: Device | None = None
        self._restarted = False
        self._restart_command = "iot softreset --main"

    def begin(self, options: Options) -> None:
        """Take the options; from now on ``--timeout`` runs."""
        self.options = options
        if options.timeout is not None:
            self._end = time.monotonic() + options.timeout
            self.signals.start_timeout(options.timeout)

    def remaining(self) -> float | None:
        """Return the seconds that are left of ``--timeout``; ``None`` if there is none."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    def waits_for(self, what: str) -> None:
        """Say what the command does from now on, in case that its time ends meanwhile."""
        self.signals.waiting_for = what

    def tell(self, text: str) -> None:
        """Write a line that the person should know of, unless they want quiet."""
        if not self.options.quiet:
            note(f"iot: {text}")

    def conclude(self, text: str) -> None:
        """Write the line that sums up what the command did, unless the person wants quiet."""
        self.tell(text)

    def detail(self, text: str) -> None:
        """Write a line for those who asked for ``-v``."""
        if self.options.verbose:
            note(f"iot: {text}")

    def board(self, *, asks: Asking = "to check") -> FoundBoard:
        """Find the board that is meant; say which programs were stopped meanwhile.

        Args:
            asks: When boards are asked who they are.
        """
        from iot_device import find_board  # noqa: PLC0415  (start-up)

        self.waits_for("the board to be found")
        return find_board(self.options.target, asks=asks, on_probe=self.tell_of_probe)

    def quiet_board(self) -> FoundBoard:
        """Find the board for a command that does not ask it who it is; say how sure that is."""
        board = self.board(asks="to find")
        if not board.is_sure:
            self.tell(
                f"at {board.url} {board.target} was seen last; only its place tells that it is it"
            )
        return board

    def wrap(self, pipe: Transport) -> Transport:
        """Return the pipe to the board as the command shall see it."""
        return pipe

    def tell_of_probe(self, result: ProbeResult) -> None:
        """Say that a board was asked who it is."""
        url = result.candidate.url
        if result.stopped_program:
            self.tell(f"{url}: main.py was stopped; iot -d {url} softreset --main starts it")
        else:
            self.detail(f"{url}: asked who is there")

    def _tell_of_leftover(self, leftover: Leftover) -> None:
        self.tell(leftover.message)

    @contextmanager
    def open_device(self, *, restarts: bool = False) -> Iterator[Device]:
        """Open the board that is meant; close it in the end.

        If its program was stopped, that is said, or with ``--resume`` it is started again.

        Args:
            restarts: Whether the command itself starts the board's programs anew, if all goes well.
        """
        from iot_device import open_device  # noqa: PLC0415  (start-up)
        from iot_device.prompt_marks import forget_prompt, note_prompt  # noqa: PLC0415

        if self._shared is not None:
            yield self._shared
            self._restarted = restarts
            return
        board = self.board()
        self.waits_for("the board to open")
        opened = open_device(
            board, wait=self.options.wait, on_leftover=self._tell_of_leftover, wrap=self.wrap
        )
        with opened as device:
            url = device.url
            forget_prompt(url)
            self.detail(f"connected to {url}")
            self.waits_for("the board to answer")
            try:
                yield device
            except BaseException as error:
                # Ctrl-C, SIGTERM and the end of --timeout leave no time to start anything.
                has_time = isinstance(error, Exception) and self.remaining() != 0.0
                self._after_failure(device, resume=self.options.resume and has_time)
                raise
            restarts = restarts or self._restarted
            if not restarts:
                self._after_stop(device, resume=self.options.resume)
        if not restarts and not self.options.resume:
            note_prompt(url)

    @contextmanager
    def open_other(self, target: str) -> Iterator[Device]:
        """Open a second board for the same command, as the first one is opened.

        Args:
            target: The words for the board, as behind ``-d``.
        """
        other = copy(self)
        other.options = replace(self.options, target=target)
        other._shared, other._restarted = None, False  # noqa: SLF001  (of this class)
        other._restart_command = f"iot -d {target} softreset --main"  # noqa: SLF001
        with other.open_device() as device:
            yield device

    @contextmanager
    def one_connection(self) -> Iterator[None]:
        """Open the board once for all commands that run within."""
        with self.open_device() as device:
            self._shared = device
            try:
                yield
            finally:
                self._shared = None

    def _after_failure(self, device: Device, *, resume: bool) -> None:
        from iot_device import IotError  # noqa: PLC0415  (start-up)

        try:
            self._after_stop(device, resume=resume)
        except IotError:  # the command failed for the same reason: that is what will be told
            self._after_stop(device, resume=False)

    def _after_stop(self, device: Device, *, resume: bool) -> None:
        """If the board's program was stopped, say so, or start it again."""
        if not device.stopped_program:
            return
        if not resume:
            self.tell(f"main.py was stopped; {self._restart_command} starts it")
            return
        self.waits_for("main.py to start again")
        device.soft_reset(run_main=True)
        self.tell("main.py was stopped and is started again")

    @property
    def is_interactive(self) -> bool:
        """Whether a person can be asked: they sit at a terminal."""
        return sys.stdin.isatty() and sys.stdout.isatty() and not self.options.json

    def read_input(self) -> bytes:
        """Read standard input to its end."""
        return sys.stdin.buffer.read()

    def agrees(self, question: str) -> bool:
        """Ask a person at a terminal a question; without one, nobody agrees."""
        if self.is_one_of_several or not self.is_interactive:
            return False
        write(f"{question} [y/N] ")
        try:
            return self.read_line("").strip().lower() in ("y", "yes")
        except EOFError:  # Ctrl-D
            write("\n")
            return False

    def read_line(self, _prompt: str) -> str:
        """Read a line of standard input for the board's ``input()``.

        Raises:
            EOFError: There is none.
        """
        with self.signals.reading():
            line = sys.stdin.buffer.readline()
        if not line:
            raise EOFError
        return line.decode(errors="replace").rstrip("\r\n")


def pass_work(
    function: Callable[Concatenate[Work, P], R],
) -> Callable[P, R | int]:
    """Give a command the ``Work``; with several boards run it for each of them, all at once."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R | int:
        context = click.get_current_context()
        work = context.find_object(Work)
        assert work is not None  # noqa: S101  (main gives it to click)
        if context.info_name not in FOR_EACH or not _names_several(work.options.target):
            return function(work, *args, **kwargs)
        from iot_cli.many import run_for_each  # noqa: PLC0415  (start-up)

        def command(board: Work) -> Any:
            return function(board, *args, **kwargs)

        return run_for_each(work, command)

    return call


def _names_several(target: str | None) -> bool:
    from iot_device.targets import names_several  # noqa: PLC0415  (start-up)

    return names_several(target)


def examples(*lines: str) -> str:
    """Return the end of a help text: examples, each on a line of its own."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
