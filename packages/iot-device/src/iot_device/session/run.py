"""One run of a program, from its submission to the proof of its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iot_device.protocol.events import Finished, Output
from iot_device.protocol.raw_repl import State
from iot_device.protocol.run_end import BANNER
from iot_device.session.program_input import SILENCE
from iot_device.session.values import MAX_VALUE

if TYPE_CHECKING:
    from iot_device.errors import BoardTimeoutError
    from iot_device.protocol.events import ClientEvent
    from iot_device.session.deadline import Deadline
    from iot_device.session.exchange import Exchange
    from iot_device.session.link import Link
    from iot_device.session.output import Collector
    from iot_device.session.program_input import InputCall

__all__ = ["Run"]

QUIET: Final = 0.05  # seconds without a byte after which an end without proof is looked into
PROBE_TIME: Final = 1.0  # seconds that an idle raw REPL may take to answer a probe
STOP_TIME: Final = 3.0  # seconds that a program may take to end after Ctrl-C


class Run:
    """Sends a program and follows it to its end.

    Args:
        link: The loop.
        collector: Gets the output.
        input_call: Answers ``input()``; ``None`` if nobody does.
        idle: Seconds that the board may be silent; ``None`` for programs of the user, which may
            compute as long as they like.
        exchange: Talks to the program while it runs; ``None`` if nobody does.
    """

    def __init__(
        self,
        link: Link,
        collector: Collector,
        input_call: InputCall | None = None,
        *,
        idle: float | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        self._exchange = exchange
        self._link = link
        self._collector = collector
        self._input = input_call
        self._idle = idle
        self._silence = link.deadline(idle)
        self._finished: Finished | None = None
        self._waits_for_line = False
        self._last = b""  # bytes that the exchange left over
        self._at_prompt = False
        self.uncertain_probe: bool = False

    def execute(
        self,
        source: bytes,
        token: bytes,
        deadline: Deadline,
        *,
        raw_paste: bool,
        max_trailer: int = MAX_VALUE,
    ) -> Finished:
        """Run the program; return how it ended.

        Whatever ends this function early (a deadline, Ctrl-C on the host, an error in a callback)
        also stops the program on the board.

        Raises:
            BoardTimeoutError: It did not end in time; it was interrupted.
            ConnectionLostError: The pipe ended.
            RemoteProtocolError: The board broke the protocol.
        """
        self._link.machine.execute(
            source, token=token, raw_paste=raw_paste, max_trailer=max_trailer
        )
        try:
            return self._follow(deadline)
        except BaseException:
            self._stop()
            raise

    def _follow(self, deadline: Deadline) -> Finished:
        while self._finished is None:
            if deadline.expired or self._silence.expired:
                raise self._timed_out()
            self._step(deadline)
        return self._finished

    def _timed_out(self) -> BoardTimeoutError:
        if self._link.machine.state is State.RUNNING:
            return self._link.timed_out("the program to end")
        return self._link.timed_out(
            "the board to take the program",
            hint="reset the board; a program for which it has no memory stops some firmware",
        )

    def _step(self, deadline: Deadline) -> None:
        uncertain = self._link.machine.looks_ended
        asking = self._input is not None and self._input.by_silence
        patience = QUIET if uncertain else SILENCE if asking else None
        if self._exchange is not None:
            patience = self._exchange.patience if patience is None else patience
        limit = deadline.within(patience).within(self._silence.remaining)
        events = self._link.step(limit)
        if events:
            self._silence = self._link.deadline(self._idle)
        self._take(events)
        # What is held back as a possible end makes no event: a timer that writes is quiet, too.
        quiet = not events
        if uncertain and quiet and self._finished is None:
            self._probe(deadline)
        if self._exchange is not None and self._finished is None:
            self._talk(self._exchange, silent=quiet and limit.expired and not uncertain)
        if self._waits_for_line or (asking and quiet and not uncertain and not deadline.expired):
            self._answer_input()

    def _talk(self, exchange: Exchange, *, silent: bool) -> None:
        if self._link.machine.state is not State.RUNNING:
            return
        waits = not silent or exchange.silence(unsent=self._link.has_unsent)
        if not waits or self._at_prompt:
            self._find_out()
        elif data := exchange.data_to_send():
            self._link.machine.send_input(data)

    def _find_out(self) -> None:
        """Stop the function, if it is there still; else the REPL answers, after a reset.

        The bytes of a stream stand in the REPL's line then, where Ctrl-A means something else;
        Ctrl-C clears it. What came while the board began anew was not read: it is asked again.
        """
        limit = self._link.deadline(STOP_TIME)
        answer = self._link.deadline(0.0)
        while self._finished is None:
            if limit.expired:
                raise self._link.timed_out("a sign of the board")
            if answer.expired:
                self._link.discard_unsent()
                self._link.machine.interrupt()
                self._link.machine.probe()
                answer = limit.within(PROBE_TIME)
            self._take(self._link.step(answer))

    def _take(self, events: list[ClientEvent]) -> None:
        for event in events:
            if isinstance(event, Output):
                self._take_output(event.data)
            elif isinstance(event, Finished):
                self._finished = event

    def _take_output(self, data: bytes) -> None:
        if self._exchange is not None:
            data = self._exchange.receive_data(data)
            self._at_prompt = self._at_prompt or BANNER in self._last + data
            self._last = (self._last + data)[-len(BANNER) :]
        if self._at_prompt:
            return  # the prompt, and the echo of a stream
        if self._input is None:
            self._collector.add(data)
            return
        pieces, waits = self._input.divide(data)
        for piece in pieces:
            self._collector.add(piece)
        self._waits_for_line = self._waits_for_line or waits

    def _answer_input(self) -> None:
        self._waits_for_line = False
        if self._input is not None and self._finished is None:
            self._link.machine.send_input(self._input.answer())

    def _probe(self, deadline: Deadline) -> None:
        """The run seems to have ended, without proof: only an idle raw REPL answers Ctrl-A."""
        self._link.machine.probe()
        limit = deadline.within(PROBE_TIME)
        while self._finished is None and not limit.expired:
            self._take(self._link.step(limit))
        if self._finished is None:
            # The program still runs and what looked like its end was output. The Ctrl-A waits in
            # its input now; the session must find its place again after this run.
            self.uncertain_probe = True
            self._link.machine.refute()

    def _stop(self) -> None:
        """Interrupt the program and wait for its end; give up if the board does not answer."""
        limit = self._link.deadline(STOP_TIME)
        if self._exchange is not None and self._link.machine.state is State.RUNNING:
            self._link.discard_unsent()
        self._link.request_interrupt()
        try:
            while not limit.expired:
                events = self._link.step(limit.within(QUIET))
                if any(isinstance(event, Finished) for event in events):
                    return
                if not events and self._link.machine.looks_ended:
                    self._link.machine.settle()
        except Exception:  # noqa: BLE001, S110  (the error that brought us here is the one to tell)
            pass
        finally:
            self._link.forget_interrupt()
