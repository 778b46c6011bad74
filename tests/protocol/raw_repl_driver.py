"""A client's machine in known states, and what it says, for the tests of the protocol."""

from __future__ import annotations

from iot_device.protocol.events import Accepted, ClientEvent, Entered
from iot_device.protocol.raw_repl import RawRepl
from protocol.client_replay import IDLE, merged

TOKEN = b"0123456789abcdef"


def ready() -> RawRepl:
    repl = RawRepl()
    repl.enter()
    repl.receive_data(IDLE)
    assert events(repl) == [Entered()]
    repl.data_to_send()
    return repl


def running(token: bytes = TOKEN) -> RawRepl:
    repl = ready()
    repl.execute(b"pass", token=token)
    repl.data_to_send()
    repl.receive_data(b"OK")
    assert events(repl) == [Accepted()]
    return repl


def events(repl: RawRepl) -> list[ClientEvent]:
    found: list[ClientEvent] = []
    while (event := repl.next_event()) is not None:
        found.append(event)
    return merged(found)


def feed(repl: RawRepl, data: bytes) -> list[ClientEvent]:
    repl.receive_data(data)
    return events(repl)
