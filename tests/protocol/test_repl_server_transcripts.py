"""The server answers the host's bytes as the recorded firmwares did, byte for byte."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_device.protocol.repl_profile import PROFILES, UNIX_1_29
from iot_device.protocol.repl_server import ReplServer
from protocol.board_scripts import BoardScripts
from protocol.scripted_board import ScriptedBoard
from protocol.transcripts import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from protocol.transcripts import Scenario

# The scenarios named bare-... are about a process without a board around it.
SCENARIOS = [
    pytest.param(name, scenario, id=f"{name}-{scenario.name}")
    for name in PROFILES
    for scenario in load(name).scenarios
    if not scenario.name.startswith("bare-")
]


def _is_broken(source: bytes) -> bool:
    return source.startswith(b"x = = 1\n")


def _board(name: str, scenario: Scenario, scripts: BoardScripts) -> ScriptedBoard:
    profile = PROFILES[name]
    server = ReplServer(banner=load(name).banner, profile=profile, source_is_broken=_is_broken)
    server.start()
    if scenario.starts_raw:
        server.receive_data(b"\x01")
    server.data_to_send()
    return ScriptedBoard(server, scripts)


def _reaction_times(board: ScriptedBoard, written: bytes) -> Iterator[bytes]:
    """Cut where the virtual machine acts.

    A board gets a write as one packet. The recorded unix process stood behind a bridge, which
    looked at byte after byte and waited for the effect of an interrupt.
    """
    if board.server.profile is not UNIX_1_29:
        yield written
        return
    while written:
        packet, interrupt, written = written.partition(b"\x03")
        yield packet + interrupt


def _replay(name: str, scenario: Scenario, cut: Callable[[bytes], list[bytes]]) -> None:
    scripts = BoardScripts(PROFILES[name], scenario)
    board = _board(name, scenario, scripts)
    for number, exchange in enumerate(scenario.exchanges):
        answer = b""
        for packet in _reaction_times(board, exchange.written):
            for piece in cut(packet):
                board.receive(piece)
            answer += board.act()
        board.server.program_output(scripts.background(number))
        assert answer + board.act() == exchange.answer
    assert board.server.window_overruns == 0


@pytest.mark.parametrize(("name", "scenario"), SCENARIOS)
def test_answers_as_recorded(name: str, scenario: Scenario) -> None:
    _replay(name, scenario, lambda written: [written])


@pytest.mark.parametrize(("name", "scenario"), SCENARIOS)
def test_answers_as_recorded_when_fed_byte_by_byte(name: str, scenario: Scenario) -> None:
    _replay(name, scenario, lambda written: [bytes([byte]) for byte in written])


@pytest.mark.parametrize(("name", "scenario"), SCENARIOS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_answers_as_recorded_when_randomly_cut(
    name: str, scenario: Scenario, data: st.DataObject
) -> None:
    def cut(written: bytes) -> list[bytes]:
        places = data.draw(st.lists(st.integers(0, len(written)), max_size=6).map(sorted))
        edges = [0, *places, len(written)]
        return [written[start:end] for start, end in pairwise(edges)]

    _replay(name, scenario, cut)


def test_every_recorded_firmware_is_replayed() -> None:
    assert {param.values[0] for param in SCENARIOS} == set(PROFILES)
    assert len(SCENARIOS) == 224
