"""The face of the library: a device is an open handle to a board."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from iot_device.errors import ExecutionError, IotError, UnsupportedError
from iot_device.session import Session
from iot_device.sharing import SharedTransport
from iot_device.state_files import BEGUN_WRITES, has_state

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from iot_device.board_info import BoardInfo
    from iot_device.clock import Clock
    from iot_device.filesystem import FileSystem, Leftover
    from iot_device.results import ExecutionResult
    from iot_device.sharing.events import PortEvent
    from iot_device.transports import Transport

__all__ = ["Device"]


class Device:
    """A handle to a board. Making one does nothing; ``open`` opens.

    Calls from several threads take turns, each whole. A board whose link was lost, or whose port
    was given to another process, is looked for and opened again by the next call; if another
    board is there now, that is an error.

    Args:
        transport: The byte pipe to the board.
        gives_way: Whether to give the port up between two calls: at once when another process of
            ours asks, and after five idle seconds.
        on_event: Called with what happened to the board while its port was not ours, in the
            thread whose call opened it again.
        on_leftover: Called with what an interrupted write left on the board, and what became of
            it, in the thread of the first call.
        uids: The unique ids that the board may have; empty: any. If it has another one, the first
            call that needs its REPL raises ``PortNotFoundError``, and nothing was written.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        gives_way: bool = False,
        on_event: Callable[[PortEvent], object] | None = None,
        on_leftover: Callable[[Leftover], object] | None = None,
        uids: frozenset[str] = frozenset(),
    ) -> None:
        self._session = Session(transport, uids=uids)
        self._session.share(gives_way=gives_way, on_event=self._take_event)
        self._on_event = on_event
        self._on_leftover = on_leftover
        self._info: BoardInfo | None = None
        self._session.meeting.on_met = self._settle_leftovers

    def __repr__(self) -> str:
        return f"<Device {self.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The URL of the board, without secrets."""
        return self._session.transport.url

    @property
    def location(self) -> str | None:
        """Where the board is plugged in, as the operating system counts; ``None`` if not on USB."""
        transport = self._session.transport
        return transport.location if isinstance(transport, SharedTransport) else None

    @property
    def holds_port(self) -> bool:
        """Whether the port is open now, so that no other process can use the board."""
        return self._session.turns.holds_port

    @property
    def known_uid(self) -> str:
        """The board's unique id, as far as it is known; empty if not. The board is not asked."""
        return self._session.known_uid

    @property
    def gives_way(self) -> bool:
        """Whether the port is given up between two calls; can be set, see ``Device``.

        Given up to those who ask only if it was true when the port was opened.
        """
        return self._session.turns.gives_way

    @gives_way.setter
    def gives_way(self, gives_way: bool) -> None:
        self._session.share(gives_way=gives_way, on_event=self._take_event)

    @property
    def stopped_program(self) -> bool:
        """Whether a program was running on the board and had to be stopped."""
        return self._session.stopped_program

    @cached_property
    def files(self) -> FileSystem:
        """The board's files."""
        from iot_device.filesystem import FileSystem  # noqa: PLC0415  (start-up)

        files = FileSystem(self._session)
        files.on_leftover = self._on_leftover or files.on_leftover
        return files

    @cached_property
    def clock(self) -> Clock:
        """The board's clock."""
        from iot_device.clock import Clock  # noqa: PLC0415  (start-up)

        return Clock(self._session)

    @property
    def info(self) -> BoardInfo:
        """What the board is; asked once. ``free_memory`` and the like are of that moment."""
        from iot_device.board_info import QUESTIONS, board_info_from  # noqa: PLC0415  (start-up)
        from iot_device.config import name_of  # noqa: PLC0415  (start-up)

        if self._info is None:
            info = board_info_from(self._ask(QUESTIONS))
            self._info = replace(info, name=name_of(info.uid, self.location))
        return self._info

    def open(self) -> None:
        """Open the transport.

        Raises:
            ConnectError: It cannot be opened.
        """
        self._session.open()

    def close(self) -> None:
        """Leave the board at its friendly prompt and close. A second call does nothing."""
        self._session.close()

    def release(self) -> None:
        """Give the port up now, for another program; the next call opens it again."""
        self._session.turns.release()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Make several calls one piece of work: nobody else gets the board between them."""
        with self._session.turns:
            yield

    def execute(  # noqa: PLR0913  (all but the first are rarely given, and by name)
        self,
        source: str | bytes,
        arguments: Sequence[str] = (),
        *,
        on_output: Callable[[bytes], object] | None = None,
        timeout: float | None = None,
        stdin: Callable[[str], str] | None = None,
        check: bool = True,
        want_value: bool = False,
    ) -> ExecutionResult:
        """Run a program on the board.

        Args:
            source: The program.
            arguments: What it finds in ``sys.argv``, its name first.
            on_output: Called with each piece of output as it arrives.
            timeout: Seconds that the program may run; ``None`` for ever.
            stdin: Called with the prompt when the program calls ``input()``; returns the line.
            check: Raise if the program raised; else return the result that tells so.
            want_value: Also ask for the ``repr`` of the last statement, if it is an expression;
                the board keeps the value as ``_``.

        Raises:
            InvalidSourceError: The program contains control bytes; nothing was sent.
            UnsupportedError: There are arguments, and the firmware has no ``sys.argv``.
            ExecutionError: The program raised, with ``check``.
            UnknownEndError: It is not known how the program ended, with ``check``.
            BoardTimeoutError: It did not end in time and was interrupted, or the board is silent.
            ConnectionLostError: The link is gone.
        """
        with self._session.turns, self._arguments(arguments):
            return self._session.execute(
                source,
                on_output=on_output,
                timeout=timeout,
                stdin=stdin,
                check=check,
                want_value=want_value,
            )

    def evaluate(self, expression: str, *, timeout: float | None = None) -> Any:
        """Return the value of an expression on the board, as far as it is a literal of Python.

        Args:
            expression: One expression; it sees the board's globals.
            timeout: Seconds that it may take; ``None`` for ever.

        Raises:
            InvalidSourceError: It is not one expression.
            ExecutionError: It raised.
            ResultError: Its value is too long or no literal.
        """
        return self._session.evaluate(expression, timeout=timeout)

    def run(
        self,
        path: str | os.PathLike[str],
        arguments: Sequence[str] = (),
        *,
        on_output: Callable[[bytes], object] | None = None,
        timeout: float | None = None,
        stdin: Callable[[str], str] | None = None,
        check: bool = True,
    ) -> ExecutionResult:
        """Run a program of the host on the board, without storing it there.

        Args:
            path: The file on the host.
            arguments: What the program finds in ``sys.argv[1:]``.
            on_output: Called with each piece of output as it arrives.
            timeout: Seconds that the program may run; ``None`` for ever.
            stdin: Called with the prompt when the program calls ``input()``; returns the line.
            check: Raise if the program raised; else return the result that tells so.

        Raises:
            OSError: The file cannot be read.
            UnsupportedError: There are arguments, and the firmware has no ``sys.argv``.
            IotError: As for ``execute``.
        """
        return self.execute(
            Path(path).read_bytes(),
            [Path(path).name, *arguments] if arguments else (),
            on_output=on_output,
            timeout=timeout,
            stdin=stdin,
            check=check,
        )

    def interrupt(self) -> bool:
        """Stop the program that runs; from any thread or signal handler.

        Returns:
            Whether one ran; otherwise nothing happens.
        """
        return self._session.interrupt()

    def take_idle_output(self) -> bytes:
        """Return and forget what the board wrote while no program of ours ran; wait for nothing.

        Timers and threads of an earlier program do that. The last 4096 bytes are kept; what comes
        while the port is closed is lost.
        """
        return self._session.take_idle_output()

    def soft_reset(self, *, run_main: bool = False) -> None:
        """Start the board's Python anew: variables are gone, ``boot.py`` runs.

        Args:
            run_main: Also run ``main.py``; it runs on when this returns.
        """
        self._forget()
        self._session.soft_reset(run_main=run_main)

    def hard_reset(
        self,
        *,
        timeout: float = 10.0,
        on_output: Callable[[bytes], object] | None = None,
        patience: float = 2.5,
    ) -> None:
        """Reset the whole board, as its reset button does; its port may go away and come back.

        Args:
            timeout: Seconds in which it must be back.
            on_output: Called with each piece of what ``boot.py`` and ``main.py`` write, until the
                prompt, but not much longer than ten seconds. ``main.py`` may run on then.
            patience: Seconds of silence after which that is waited for no more.

        Raises:
            ExecutionError: The firmware has no ``machine.reset``.
            ConnectError: The port did not come back.
        """
        self._forget()
        self._session.reset(
            "__import__('machine').reset()",
            timeout=timeout,
            on_output=on_output,
            patience=patience,
        )

    def bootloader(self) -> None:
        """Go to the bootloader, in which firmware is flashed; the device is closed then.

        Raises:
            ExecutionError: The firmware has no ``machine.bootloader``.
        """
        self._forget()
        self._session.reset("__import__('machine').bootloader()", reopens=False)
        self._session.close()

    def _take_event(self, event: PortEvent) -> None:
        if event.kind == "reset":
            self._forget()
        if self._on_event is not None:
            self._on_event(event)

    def _forget(self) -> None:
        """What is known of the board may be another thing after a reset."""
        self._info = None
        if "files" in self.__dict__:
            self.files.forget()

    def _settle_leftovers(self) -> None:
        # Most computers have none to settle, and most commands no other use for files.
        if has_state(BEGUN_WRITES):
            self.files.settle_leftovers()

    def _ask(self, questions: Sequence[tuple[str, str]]) -> list[Any]:
        try:
            return self._session.call("board_values", tuple(questions))
        except ExecutionError as error:
            if error.result.exception != "MemoryError" or len(questions) == 1:
                raise
        half = len(questions) // 2
        return self._ask(questions[:half]) + self._ask(questions[half:])

    @contextmanager
    def _arguments(self, arguments: Sequence[str]) -> Iterator[None]:
        if not arguments:
            yield
            return
        self._set_arguments(list(arguments))
        try:
            yield
        finally:
            with suppress(IotError):  # after a reset or a lost link there is nothing to undo
                self._set_arguments([""])

    def _set_arguments(self, arguments: list[str]) -> None:
        result = self._session.execute(
            f"__import__('sys').argv[:] = {arguments!a}", timeout=10.0, check=False
        )
        if result.status == "error":
            raise UnsupportedError(
                "this firmware has no sys.argv",
                feature="sys.argv",
                hint="run the program without arguments",
            )
