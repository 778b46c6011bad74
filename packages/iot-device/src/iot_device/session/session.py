"""A session with one board: enter the raw REPL, run programs, leave."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from iot_device.errors import ConnectionLostError, RemoteProtocolError
from iot_device.protocol.events import Entered, Left, Rebooted
from iot_device.protocol.raw_repl import RawRepl, State
from iot_device.session.boot import Boot
from iot_device.session.calling import IDLE_TIME, Calling
from iot_device.session.entry import BOOT_TIME, ENTRY_TIMEOUT, Entry
from iot_device.session.idle_output import IdleOutput
from iot_device.session.installed import Installed
from iot_device.session.link import PIECE_LARGE, PIECE_SMALL, Link
from iot_device.session.meeting import Meeting
from iot_device.session.outcome import raise_for, result_of
from iot_device.session.output import Collector
from iot_device.session.presence import Presence
from iot_device.session.programs import expression_program, identify_program
from iot_device.session.reopen import reopen
from iot_device.session.run import QUIET, Run
from iot_device.session.runner import new_token
from iot_device.session.values import MAX_VALUE, parse_value
from iot_device.source import check_source, rewrite

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from iot_device.protocol.events import Finished
    from iot_device.results import ExecutionResult
    from iot_device.session.deadline import Clock, Deadline
    from iot_device.session.exchange import Exchange
    from iot_device.sharing.events import PortEvent
    from iot_device.transports.base import Transport

__all__ = ["Session"]

CALL_TIMEOUT: Final = 300.0  # seconds that our own board code may take in all
RESET_TIME: Final = 1.0  # seconds after which a board that resets itself has begun to
RECONNECT_TIME: Final = 4.0  # seconds; a board that boots may need two
LEAVE_TIME: Final = 0.5  # seconds that leaving the raw REPL may take

# Below this size a plain program is as safe as raw paste (it fits in every board's input ring)
# and costs one round trip instead of two.
PLAIN_LIMIT: Final = 240  # bytes

SYNCHRONISE_TRIES: Final = 3

# The one firmware that hangs for ever when it is asked for raw paste, or a program reads its input:
# micropython 1.27 for WebAssembly, whose mp_hal_stdin_rx_chr is no function of the REPL.
_NO_INPUT: Final = frozenset({"webassembly"})


class Session:
    """Runs programs on the board at the other end of a transport.

    Calls from several threads take turns, each whole; ``interrupt`` takes no turn.

    Args:
        transport: The pipe; ``open`` opens it.
        clock: Gives the time in seconds.
        interrupts: Whether a program that runs may be stopped; if not, what needs the REPL raises
            ``BoardTimeoutError`` unless the board is at its prompt.
        uids: The unique ids that the board may have, checked before the first program; empty: any.

    Attributes:
        platform: The board's ``sys.platform``; empty until the first program ran.
        implementation: ``micropython`` or ``circuitpython``; empty until then.
        turns: A context manager that makes several calls one piece of work.
        meeting: What is known of the board, and who is told when it was met.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Clock = time.monotonic,
        interrupts: bool = True,
        uids: frozenset[str] = frozenset(),
    ) -> None:
        self.transport = transport
        self.platform: str = ""
        self.implementation: str = ""
        self._link = Link(transport, clock)
        self._entry = Entry(self._link, interrupts=interrupts)
        self._idle_output = IdleOutput(self._link)
        self.turns: Presence = Presence(transport, self._leave, clock)
        self.meeting: Meeting = Meeting(
            transport, uids, self.turns, self._run_plainly, self._reconnect, self._leave
        )
        self._booting = self._link.deadline(0.0)
        self._in_step = False
        self._raw_paste = True
        self._user_program_runs = False
        self._installed = Installed()
        self._calling = Calling(self._link, self._installed, self._ready, self._run_call)

    @property
    def stopped_program(self) -> bool:
        """Whether a program of the user was running and had to be stopped."""
        return self._entry.stopped_program

    @property
    def known_uid(self) -> str:
        """The board's unique id, known after the first program on a shared transport, or empty."""
        return self.meeting.board.uid

    @property
    def reads_input(self) -> bool:
        """Whether a program can read what the host sends; known after the first program."""
        return self.platform not in _NO_INPUT

    def open(self) -> None:
        """Open the transport; the board is not disturbed until the first program.

        Raises:
            ConnectError: The transport cannot be opened.
        """
        self.turns.open()

    def share(self, *, on_event: Callable[[PortEvent], None], gives_way: bool) -> None:
        """Say how the board is shared with other processes.

        Args:
            on_event: Called with what happened to the board while its port was not ours.
            gives_way: Whether to give the port up between two pieces of work, when another
                process asks and after five seconds.
        """
        self.meeting.on_event = on_event
        self.turns.share(gives_way=gives_way and not self.meeting.must_hold)

    def close(self) -> None:
        """Leave the board at its friendly prompt and close the transport. Never raises."""
        with self.turns:
            try:
                self._leave()
            except Exception:  # noqa: BLE001, S110  (the link is gone or the board is: nothing to do)
                pass
            finally:
                self._in_step = False
                self._forget_board()
                self.turns.close()

    def execute(
        self,
        source: str | bytes,
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
            on_output: Called with each piece of output as it arrives.
            timeout: Seconds that the program may run; ``None`` for ever.
            stdin: Called with the prompt when the program calls ``input()``; returns the line.
            check: Raise if the program raised; else return the result that tells so.
            want_value: Also ask for the value of the last expression.

        Raises:
            InvalidSourceError: The program contains control bytes; nothing was sent.
            ExecutionError: The program raised, with ``check``.
            UnknownEndError: It is not known how the program ended, with ``check``.
            BoardTimeoutError: It did not end in time and was interrupted, or the board is silent.
            ConnectionLostError: The link is gone.
        """
        checked = check_source(source)
        with self.turns:
            deadline = self._link.deadline(timeout)
            self._ready(deadline)
            run_own = partial(self._run_own, deadline=deadline)
            self._installed.install_runner(run_own)
            token, opening = self._installed.runner.next_token()
            program = rewrite(checked, end_token=token, want_value=want_value, opening=opening)
            collector = Collector(on_output)
            input_call = stdin and self._installed.input_call(stdin, checked, run_own)
            run = Run(self._link, collector, input_call)
            with self._user_program():
                finished = self._run(run, program.source, token, deadline)
            result = result_of(collector, finished, program)
            if result.exception == "NameError" and not finished.proved:
                self._installed.runner.forget()  # the program removed it from the builtins
        if check:
            raise_for(result)
        return result

    def evaluate(
        self, expression: str, *, timeout: float | None = None, max_size: int = MAX_VALUE
    ) -> Any:
        """Return the value of an expression on the board, as far as it is a literal.

        Args:
            expression: One expression of Python; it sees the board's globals.
            timeout: Seconds that it may take; ``None`` for ever.
            max_size: Bytes of its ``repr`` that are accepted.

        Raises:
            InvalidSourceError: It is not one expression.
            ExecutionError: It raised.
            ResultError: Its value is too long or no literal.
        """
        token = new_token()
        program = expression_program(expression, token)
        collector = Collector(None)
        with self.turns:
            deadline = self._link.deadline(timeout)
            self._ready(deadline)
            run = Run(self._link, collector)
            with self._user_program():
                finished = self._run(run, program, token, deadline, max_trailer=max_size)
        raise_for(result_of(collector, finished, None))
        return parse_value(finished.trailer, max_size=max_size)

    def call(
        self,
        name: str,
        *arguments: object,
        timeout: float | None = CALL_TIMEOUT,
        exchange: Exchange | None = None,
    ) -> list[Any]:
        """Run a function of ``iot_device.board_code`` on the board; return what it yields.

        Args:
            name: Name of the function.
            arguments: Values whose ``repr`` is a literal.
            timeout: Seconds that it may take; ``None``: as long as it goes on.
            exchange: Talks to the function while it runs.

        Raises:
            OSError: The function raised it on the board; errno as the board numbers it, or a text.
            ExecutionError: It raised something else.
            ResultError: What came is not what such functions write.
            RemoteProtocolError: Bytes are lost or damaged on the way, again and again, or in the
                answer of a function that is not asked twice.
        """
        with self.turns:
            deadline = self._link.deadline(timeout)
            return self._calling.call(name, arguments, deadline, exchange)

    def keep(self, names: Collection[str], *, inflates: bool) -> None:
        """Let functions of ``iot_device.board_code`` stay on the board, once they were called.

        They are gone when the session closes.

        Args:
            names: Those that are worth their memory on this board.
            inflates: Whether the board has ``deflate``, and memory for it: programs are sent so.
        """
        if self._link.plain_piece == PIECE_LARGE and self.implementation == "micropython":
            self._installed.kept.want(names, inflates=inflates)

    def interrupt(self) -> bool:
        """Stop the program of the user, or the transfer, that runs; any thread or signal handler.

        Returns:
            Whether there was one; otherwise nothing happens.
        """
        if self._user_program_runs:
            self._link.request_interrupt()
        return self._user_program_runs

    def take_idle_output(self) -> bytes:
        """Return and forget what the board wrote while nothing of ours ran; wait for nothing."""
        with suppress(ConnectionLostError), self.turns:  # told by the next call that needs it
            if self.turns.holds_port:
                self._idle_output.collect()
        return self._idle_output.take()

    def soft_reset(self, *, run_main: bool = False, timeout: float = ENTRY_TIMEOUT) -> None:
        """Start the board's Python anew: its variables are gone, ``boot.py`` runs.

        Args:
            run_main: Also run ``main.py``, as after power-on; it runs on when this returns.
            timeout: Seconds that it may take.

        Raises:
            BoardTimeoutError: The board did not say that it did it.
        """
        with self.turns:
            deadline = self._link.deadline(timeout)
            self._ready(deadline)
            self._forget_board()
            if run_main:
                self._restart(deadline)
                return
            self._link.machine.soft_reset()
            if self.implementation == "circuitpython":
                # It leaves the raw REPL and runs code.py; its REPL has a new VM each time that it
                # is entered (Thonny, cirpy_backend.py, observed the same).
                self._link.listen(QUIET, deadline.within(RESET_TIME))
                self._start_again(booting=0.0)
            else:
                self._await(Entered, deadline, "the prompt after the soft reset")

    def reset(
        self,
        program: str,
        *,
        reopens: bool = True,
        timeout: float = ENTRY_TIMEOUT,
        on_output: Callable[[bytes], object] | None = None,
        patience: float = 0.0,
    ) -> None:
        """Run a program that resets the board, and open its port again if that went away.

        Args:
            program: Ends in ``machine.reset()`` or the like.
            reopens: Whether the board comes back by itself.
            timeout: Seconds until the port must be back.
            on_output: Called with each piece of what the board writes until its prompt.
            patience: Seconds of silence after which that is waited for no more.

        Raises:
            ExecutionError: The program raised: the board cannot reset itself.
            ConnectError: The port did not come back.
        """
        with self.turns:
            self._ready(self._link.deadline(ENTRY_TIMEOUT))
            deadline = self._link.deadline(timeout)
            self._link.machine.execute(program.encode())
            boot = Boot(self._link, on_output or (lambda _: None))
            try:
                boot.watch_reset(deadline.within(RESET_TIME))
            except ConnectionLostError:
                if reopens:
                    self.turns.come_back(deadline)
            finally:  # also if it was stopped meanwhile: the reset cannot be taken back
                self._forget_board()
                self._start_again(booting=BOOT_TIME)
            if on_output is not None:
                boot.follow(patience)

    def _ready(self, deadline: Deadline) -> None:
        """Have the port, be in the raw REPL, in step with the board, and know who it is."""
        was_away = self.turns.require(deadline)
        if was_away:
            self._start_again(booting=BOOT_TIME if was_away == "lost" else 0.0)
        if not (self._in_step and self._link.machine.state is State.READY):
            self._synchronise(deadline)
        else:
            self._idle_output.collect()
        if self.meeting.is_due:
            self.meeting.meet(self.implementation, was_lost=was_away == "lost")

    def _synchronise(self, deadline: Deadline) -> None:
        for _ in range(SYNCHRONISE_TRIES):
            if self._link.machine.state not in (State.UNKNOWN, State.READY, State.ENTERING):
                self._link.machine = RawRepl()
            self._link.discard_unsent()
            self._entry.enter(deadline, self._booting)
            if self._identify(deadline):
                self._in_step = True
                return
        raise RemoteProtocolError(
            "the board's answers belong to no question",
            state=self._link.machine.state.name,
            received=self._link.recent,
            hint="something else writes to this port, or a program on the board does: reset it",
        )

    def _identify(self, deadline: Deadline) -> bool:
        """Run a first plain program: its token proves that we are in step."""
        token = new_token()
        run = Run(self._link, Collector(None), idle=IDLE_TIME)
        finished = run.execute(
            identify_program(token), token.encode(), deadline.within(ENTRY_TIMEOUT), raw_paste=False
        )
        if finished.proved:
            words = finished.trailer.decode(errors="replace").split()
            self.platform, self.implementation = (*words, "", "")[:2]
            if self.platform in _NO_INPUT:
                self._raw_paste = False
                self._link.plain_piece = PIECE_LARGE  # a process: its pipe waits
        return finished.proved

    def _reconnect(self) -> None:
        """Close the port, open it, and enter the raw REPL again."""
        deadline = self._link.deadline(RECONNECT_TIME)
        self._leave()
        reopen(self.transport, deadline)
        self._start_again(booting=BOOT_TIME)
        self._synchronise(deadline)

    def _run_plainly(self, program: bytes, token: str, timeout: float = ENTRY_TIMEOUT) -> Finished:
        """Run a program of our own that writes its token itself."""
        run = Run(self._link, Collector(None), idle=IDLE_TIME)
        return self._run(run, program, token, self._link.deadline(timeout))

    def _run(
        self,
        run: Run,
        source: bytes,
        token: str,
        deadline: Deadline,
        *,
        max_trailer: int = MAX_VALUE,
    ) -> Finished:
        known = self._link.plain_piece == PIECE_LARGE
        raw_paste = self._raw_paste and not (known and len(source) <= PLAIN_LIMIT)
        self._in_step = False
        finished = run.execute(
            source, token.encode(), deadline, raw_paste=raw_paste, max_trailer=max_trailer
        )
        if self._link.machine.raw_paste_refused:
            self._raw_paste = False
        if raw_paste:
            self._link.plain_piece = PIECE_LARGE if self._raw_paste else PIECE_SMALL
        is_unknown = not finished.proved and not finished.traceback
        if finished.restarted or is_unknown:
            self._forget_board()
        self._in_step = not (run.uncertain_probe or finished.restarted or is_unknown)
        return finished

    def _run_call(
        self, run: Run, source: bytes, token: str, deadline: Deadline, exchange: Exchange | None
    ) -> Finished:
        with nullcontext() if exchange is None else self._user_program():  # may take minutes
            finished = self._run(run, source, token, deadline)
        if exchange is not None and not exchange.is_settled:
            self._in_step = False  # the REPL has got, or will get, what the function did not take
        return finished

    @contextmanager
    def _user_program(self) -> Iterator[None]:
        """While a program of the user runs, and only then, ``interrupt`` stops it."""
        self._user_program_runs = True
        try:
            yield
        finally:
            self._user_program_runs = False
            self._link.forget_interrupt()

    def _run_own(self, program: str, deadline: Deadline) -> bool:
        """Run a program of our own; tell whether it came to its end."""
        token = new_token()
        source = rewrite(program, end_token=token).source
        run = Run(self._link, Collector(None), idle=IDLE_TIME)
        finished = self._run(run, source, token, deadline)
        return finished.proved and not finished.traceback

    def _restart(self, deadline: Deadline) -> None:
        self._link.machine.leave()
        self._await(Left, deadline, "the friendly prompt")
        self._link.machine.restart()
        self._await(Rebooted, deadline, "the soft reset")
        self._start_again(booting=0.0)

    def _await(self, kind: type[Any], deadline: Deadline, what: str) -> None:
        if not self._link.wait_for(kind, deadline):
            raise self._link.timed_out(what)

    def _start_again(self, *, booting: float) -> None:
        self._installed.forget()
        self.meeting.board.is_current = False
        self._in_step = False
        self._link.machine = RawRepl()
        self._link.recent = b""
        self._booting = self._link.deadline(booting)

    def _forget_board(self) -> None:
        """The board's Python is new, and we know it."""
        self._installed.forget()
        self.meeting.board.forget_life()

    def _leave(self) -> None:
        if self._link.machine.state is not State.READY:
            return
        self._idle_output.collect()
        token = new_token()
        if removal := self._installed.removal(token):
            self._run_plainly(removal, token, LEAVE_TIME)
        self._link.machine.leave()
        self._link.wait_for(Left, self._link.deadline(LEAVE_TIME))
