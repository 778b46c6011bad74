"""The client gets through every recorded transcript, byte for byte, however it is cut."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_device.protocol.events import Accepted, Entered, Finished, Noise, Output
from iot_device.protocol.raw_repl import State
from protocol.client_replay import Replay, on_the_wire
from protocol.transcripts import Scenario, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from iot_device.protocol.events import ClientEvent

# Each of their scenarios starts in a known state.
SEPARATE = ("microbit-1.9.2", "mps2-1.29", "rp2-1.19.1", "rp2-1.28", "unix-1.29")


def _chain(board: str, *names: str) -> Scenario:
    """Join scenarios that were recorded one after the other on one connection."""
    lines = [line for name in names for line in load(board).scenario(name).lines]
    return Scenario(f"from-{names[0]}", "", tuple(lines))


NODE = _chain(
    "node-wasm-1.27",
    *[s.name for s in load("node-wasm-1.27").scenarios if s.name != "raw-paste-request"],
)
WEBREPL = (
    _chain(
        "webrepl-unix-1.29",
        *("boot-and-banner", "friendly-line", "enter-raw-from-friendly", "enter-raw-when-raw"),
        *("plain-exec-print", "plain-exec-in-small-frames", "plain-exec-exception"),
        *("plain-exec-syntax-error", "raw-paste-print", "raw-paste-600-bytes"),
        *("ctrl-c-exec-plain",),
    ),
    _chain("webrepl-unix-1.29", "leave-raw"),
)

SCENARIOS = [
    pytest.param(scenario, id=f"{name}-{scenario.name}")
    for name in SEPARATE
    for scenario in load(name).scenarios
    if not scenario.name.startswith("bare-")  # the process ends, there is no board around it
]
SCENARIOS += [pytest.param(NODE, id="node-wasm-1.27")]
SCENARIOS += [pytest.param(s, id=f"webrepl-unix-1.29-{s.name}") for s in WEBREPL]


def _play(scenario: Scenario, cut: Callable[[bytes], Iterable[bytes]]) -> Replay:
    replay = Replay(cut)
    replay.play(scenario)
    return replay


def _whole(data: bytes) -> list[bytes]:
    return [data] if data else []


def _byte_by_byte(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_host_bytes_are_the_recorded_ones(scenario: Scenario) -> None:
    replay = _play(scenario, _whole)
    assert replay.sent == replay.wanted


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_board_byte_is_accounted_for(scenario: Scenario) -> None:
    replay = _play(scenario, _whole)
    received = b"".join(exchange.answer for exchange in scenario.exchanges)
    pattern = _MARKERS + b"".join(_shown(event) + _MARKERS for event in replay.events)
    pattern += re.escape(bytes(replay.machine._buffer))  # it may be the beginning of a marker
    assert re.fullmatch(pattern, received), replay.events


# What is no output, no traceback and no noise.
_MARKERS = (
    rb"(?:raw REPL; CTRL-B to exit\r\n>|OK|R\x01\x80\x00|R\x00|\x01|\x04|"
    rb">>> |>|(?:MPY: )?soft reboot\r\n)*?"
)


def _shown(event: ClientEvent) -> bytes:
    if isinstance(event, Output | Noise):
        return re.escape(event.data)
    return re.escape(event.traceback) if isinstance(event, Finished) else b""


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_events_are_the_same_byte_by_byte(scenario: Scenario) -> None:
    assert _play(scenario, _byte_by_byte).events == _play(scenario, _whole).events


@pytest.mark.parametrize("scenario", SCENARIOS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_events_are_the_same_for_every_cut(scenario: Scenario, data: st.DataObject) -> None:
    def cut(answer: bytes) -> Iterable[bytes]:
        places = data.draw(st.sets(st.integers(1, max(1, len(answer))), max_size=8))
        edges = [0, *sorted(places), len(answer)]
        return [answer[a:b] for a, b in pairwise(edges) if answer[a:b]]

    assert _play(scenario, cut).events == _play(scenario, _whole).events


def _events(board: str, name: str) -> list[ClientEvent]:
    return _play(load(board).scenario(name), _whole).events


def _first_end(board: str, name: str) -> Finished:
    return next(event for event in _events(board, name) if isinstance(event, Finished))


def _kinds(events: list[ClientEvent]) -> list[type]:
    return [type(event) for event in events if not isinstance(event, Noise)]


@pytest.mark.parametrize("board", ["rp2-1.28", "rp2-1.19.1", "microbit-1.9.2", "mps2-1.29"])
def test_a_board_in_any_state_comes_to_the_raw_prompt(board: str) -> None:
    names = [s.name for s in load(board).scenarios if s.name.startswith(("enter-raw", "kill-in"))]
    for name in names:
        replay = _play(load(board).scenario(name), _whole)
        assert replay.machine.state is State.READY, name


def test_a_traceback_stands_between_the_end_markers() -> None:
    finished = _first_end("rp2-1.28", "plain-exec-exception")
    assert finished.traceback.startswith(b"Traceback (most recent call last):\r\n")
    assert finished.traceback.endswith(b"ZeroDivisionError: divide by zero\r\n")


def test_sys_exit_that_resets_the_board_is_known_as_a_restart() -> None:
    [finished] = [e for e in _events("rp2-1.28", "sys-exit-raw-paste") if isinstance(e, Finished)][
        :1
    ]
    assert (finished.traceback, finished.proved, finished.restarted) == (b"", False, True)


def test_sys_exit_that_resets_nothing_is_an_end_without_proof() -> None:
    finished = _first_end("rp2-1.19.1", "sys-exit-raw")
    assert (finished.traceback, finished.proved, finished.restarted) == (b"", False, False)


def test_output_that_looks_like_an_end_is_output() -> None:
    events = _events("rp2-1.28", "output-control-characters-by-print")
    assert on_the_wire(events) == b"a\x04b>\x04\x04>c\r\n\x04\x04>"


def test_an_early_end_of_a_paste_is_confirmed_with_ctrl_d() -> None:
    replay = _play(load("rp2-1.28").scenario("raw-paste-early-syntax-error"), _whole)
    assert replay.sent.endswith(b"\x04")
    assert _kinds(replay.events) == [Accepted, Finished]


def test_firmware_without_raw_paste_gets_the_program_plainly() -> None:
    transcript = load("microbit-1.9.2").scenario("raw-paste-request")
    replay = Replay(_whole)
    replay.go_raw()
    replay.machine.execute(b"print('still alive')", raw_paste=True)
    assert replay.machine.data_to_send() == transcript.exchanges[0].written
    replay.machine.receive_data(transcript.exchanges[0].answer)
    assert replay.machine.raw_paste_refused
    assert replay.machine.data_to_send() == transcript.exchanges[1].written
    replay.machine.receive_data(transcript.exchanges[1].answer)
    replay.machine.settle()
    replay.take_events()
    assert _kinds(replay.events)[-1] is Finished
    assert Entered not in _kinds(replay.events)
