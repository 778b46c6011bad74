"""Plays the host's part of a transcript with the client's machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from iot_device.protocol import control
from iot_device.protocol.events import Finished, Noise, Output
from iot_device.protocol.raw_repl import RawRepl, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from iot_device.protocol.events import ClientEvent
    from protocol.transcripts import Exchange, Scenario

IDLE = control.RAW_REPL_BANNER + control.RAW_PROMPT
ENDS_OF_A_PASTE = (b"\x03", b"\r\x03\x03", b"\r\x01")


@dataclass
class Replay:
    """One machine after another plays a scenario; ``cut`` divides what the board sent."""

    cut: Callable[[bytes], Iterable[bytes]]
    machine: RawRepl = field(default_factory=RawRepl)
    events: list[ClientEvent] = field(default_factory=list)
    sent: bytes = b""
    wanted: bytes = b""
    is_cut_short: bool = False
    resets: bool = False

    def play(self, scenario: Scenario) -> None:
        self.resets = scenario.name.startswith("soft-reset")
        if scenario.starts_raw:
            self.go_raw()
        exchanges = list(scenario.exchanges)
        for index, exchange in enumerate(exchanges):
            if exchange.written.startswith(b"\r\x03") and self.machine.state is not State.READY:
                self.machine = RawRepl()  # another client, or a board that nobody knows yet
            self.write(exchange.written, exchanges[index:])
            self.read(exchange)

    def go_raw(self) -> None:
        self.machine.enter()
        self.machine.data_to_send()
        self.machine.receive_data(IDLE)
        assert self.machine.state is State.READY
        self.machine.next_event()

    def write(self, written: bytes, rest: list[Exchange]) -> None:
        self.wanted += written
        if written not in ENDS_OF_A_PASTE:
            self.send()  # what the last answer allowed
        if len(self.sent) < len(self.wanted):
            self.command(self.wanted[len(self.sent) :], rest)
            self.send()
        common = min(len(self.sent), len(self.wanted))  # with credit the machine is faster
        assert self.sent[:common] == self.wanted[:common]

    def send(self) -> None:
        pasting = self.machine.state in (State.PASTING, State.PASTED)
        missing = max(0, len(self.wanted) - len(self.sent))
        self.sent += self.machine.data_to_send(missing if pasting and self.is_cut_short else None)

    def command(self, written: bytes, rest: list[Exchange]) -> None:
        state = self.machine.state
        if written == b"\r\x01":
            if state in (State.PASTING, State.PASTED):
                self.machine = RawRepl()  # a new client
            self.machine.enter()
        elif state is State.READY:
            self.command_when_ready(written, rest)
        elif state is State.RUNNING and written.strip(b"\x03"):
            self.machine.send_input(written)
        elif not written.strip(b"\x03"):
            for _ in written:
                self.machine.interrupt()
        elif written == control.CTRL_D and self.resets:
            self.machine.restart()
        else:
            self.sent += written  # a person typed it

    def command_when_ready(self, written: bytes, rest: list[Exchange]) -> None:
        if written == control.RAW_PASTE_REQUEST:
            code, self.is_cut_short = pasted(rest)
            self.machine.execute(code, raw_paste=True)
        elif written == control.CTRL_B:
            self.machine.leave()
        elif written == control.CTRL_D:
            self.machine.soft_reset()
        elif written.endswith(control.CTRL_D):
            self.machine.execute(written[:-1])
        else:
            self.sent += written  # what no machine of ours sends: half a line, Ctrl-C when idle

    def read(self, exchange: Exchange) -> None:
        before = len(self.events)
        for piece in self.cut(exchange.answer):
            self.machine.receive_data(piece)
            self.take_events()
        if self.machine.looks_ended:
            self.machine.settle()
            self.take_events()
        self.events[before:] = merged(self.events[before:])

    def take_events(self) -> None:
        while (event := self.machine.next_event()) is not None:
            self.events.append(event)


def pasted(rest: list[Exchange]) -> tuple[bytes, bool]:
    """Return the program that the host pastes after its request, and whether it is cut short.

    Of a program that is cut short, by the host or by the board, there would have been more.
    """
    more = b"#" * 600
    code = b""
    for before, exchange in pairwise(rest):
        if exchange.written in ENDS_OF_A_PASTE:
            return code + more, True
        if exchange.written == b"\x04" and before.answer == b"\x04":
            return code + more, False
        code += exchange.written
        if code.endswith(b"\x04"):
            break
    return code[:-1], False


def merged(events: list[ClientEvent]) -> list[ClientEvent]:
    """Join neighbouring pieces of output, and of noise: where they are cut has no meaning."""
    joined: list[ClientEvent] = []
    for event in events:
        last = joined[-1] if joined else None
        if isinstance(event, Output) and isinstance(last, Output):
            joined[-1] = Output(last.data + event.data)
        elif isinstance(event, Noise) and isinstance(last, Noise):
            joined[-1] = Noise(last.data + event.data)
        else:
            joined.append(event)
    return joined


def on_the_wire(events: list[ClientEvent]) -> bytes:
    """Return what these events looked like in a plain run, without ``OK`` and credits."""
    wire = b""
    for event in events:
        if isinstance(event, Output | Noise):
            wire += event.data
        elif isinstance(event, Finished):
            wire += b"\x04" + event.traceback + b"\x04>"
    return wire
