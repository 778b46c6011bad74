"""The client's machine: properties, misuse, garbage, interrupts, and the proof of a run's end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_device.errors import LocalProtocolError, RemoteProtocolError
from iot_device.protocol.events import (
    Accepted,
    Entered,
    Finished,
    Left,
    Noise,
    Rebooted,
    RunSource,
)
from iot_device.protocol.raw_repl import MAX_NOISE, RawRepl, State
from iot_device.protocol.repl_profile import CURRENT
from iot_device.protocol.repl_server import ReplServer
from protocol.client_replay import IDLE
from protocol.raw_repl_driver import events, feed, ready, running

# Raw paste and windows, against the board's side.


def join(repl: RawRepl, server: ReplServer) -> bytes:
    """Let the two machines talk until nobody has anything to say; return the program."""
    source = b""
    while True:
        data = repl.data_to_send()
        server.receive_data(data)
        while (event := server.next_event()) is not None:
            assert isinstance(event, RunSource)
            source = event.source
            server.program_finished()
        answer = server.data_to_send()
        repl.receive_data(answer)
        if not data and not answer:
            return source


def a_server(window: int = 128) -> ReplServer:
    server = ReplServer(banner="MicroPython", profile=replace(CURRENT, window=window))
    server.start()
    return server


@settings(max_examples=200)
@given(source=st.binary(min_size=1, max_size=700), window=st.integers(1, 300))
def test_a_program_arrives_whole_for_every_window_and_never_overruns_it(
    source: bytes, window: int
) -> None:
    source = bytes(byte for byte in source if byte > 5) or b"pass"
    repl, server = RawRepl(), a_server(window)
    repl.enter()
    join(repl, server)
    repl.execute(source, raw_paste=True)
    assert join(repl, server) == source
    assert server.window_overruns == 0
    repl.settle()
    assert repl.state is State.READY


def test_entering_can_interrupt_what_runs_first() -> None:
    repl = RawRepl()
    repl.enter(interrupts=True)
    assert repl.data_to_send() == b"\r\x03\r\x01"


def test_both_machines_go_through_all_states() -> None:
    repl, server = RawRepl(), a_server()
    repl.enter()
    join(repl, server)
    repl.execute(b"x = 1")
    assert join(repl, server) == b"x = 1"
    repl.settle()
    repl.leave()
    join(repl, server)
    assert [e for e in events(repl) if isinstance(e, Left)] == [Left()]
    repl.enter()
    join(repl, server)
    assert repl.state is State.READY


def test_noise_before_the_answer_to_the_request_is_tolerated() -> None:
    repl = ready()
    repl.execute(b"pass", raw_paste=True)
    repl.data_to_send()
    assert feed(repl, b"from a timer\r\nR\x01\x20\x00\x01") == [Noise(b"from a timer\r\n")]
    assert repl.data_to_send() == b"pass\x04"


@pytest.mark.parametrize("answer", [b"R\x00>", IDLE])
def test_a_board_without_raw_paste_gets_the_program_plainly(answer: bytes) -> None:
    repl = ready()
    repl.execute(b"pass", raw_paste=True)
    repl.data_to_send()
    feed(repl, answer)
    assert repl.raw_paste_refused
    assert repl.data_to_send() == b"pass\x04"
    assert feed(repl, b"OK\x04\x04>") == [Accepted()]


def test_a_window_of_nothing_is_out_of_step() -> None:
    repl = ready()
    repl.execute(b"pass", raw_paste=True)
    with pytest.raises(RemoteProtocolError, match="window"):
        repl.receive_data(b"R\x01\x00\x00")
    with pytest.raises(RemoteProtocolError, match="out of step"):
        repl.receive_data(b"x")


def test_a_late_window_after_the_last_byte_is_no_surprise() -> None:
    repl = ready()
    repl.execute(b"pass", raw_paste=True)
    repl.receive_data(b"R\x01\x80\x00\x01")
    assert feed(repl, b"\x01\x04") == [Accepted()]


# Interrupts.


def test_an_interrupt_in_a_paste_stops_sending_and_never_passes_the_window() -> None:
    repl = ready()
    repl.execute(b"x" * 100, raw_paste=True)
    repl.data_to_send()
    repl.receive_data(b"R\x01\x04\x00")
    assert repl.data_to_send() == b"xxxx"
    repl.interrupt()
    assert repl.data_to_send() == b"\x03"
    feed(repl, b"\x04\x04KeyboardInterrupt: \r\n\x04>")
    repl.settle()
    assert events(repl)[-1] == Finished(b"KeyboardInterrupt: \r\n", proved=False)


@pytest.mark.parametrize("answer", [b"", b"R\x01", b"R\x01\x80"])
def test_an_interrupt_during_the_negotiation_follows_the_window(answer: bytes) -> None:
    repl = ready()
    repl.execute(b"pass", raw_paste=True)
    repl.data_to_send()
    repl.receive_data(answer)
    repl.interrupt()
    assert repl.data_to_send() == b""
    repl.receive_data(b"R\x01\x80\x00"[len(answer) :])
    assert repl.data_to_send() == b"\x03"


def test_an_interrupted_request_that_is_refused_runs_nothing() -> None:
    repl = ready()
    repl.execute(b"pass", raw_paste=True)
    repl.data_to_send()
    repl.interrupt()
    assert feed(repl, b"R\x00>") == [Finished(b"KeyboardInterrupt: \r\n", proved=True)]
    assert repl.data_to_send() == b""
    assert repl.state is State.READY


def test_a_plain_program_that_is_half_sent_is_withdrawn() -> None:
    repl = ready()
    repl.execute(b"x" * 100)
    assert repl.data_to_send(limit=10) == b"x" * 10
    assert feed(repl, b"tick OK") == [Noise(b"tick OK")]
    repl.interrupt()
    assert repl.data_to_send() == b"\x03"
    assert events(repl) == [Finished(b"KeyboardInterrupt: \r\n", proved=True)]


def test_an_interrupt_while_a_program_runs_is_ctrl_c() -> None:
    repl = running()
    repl.interrupt()
    assert repl.data_to_send() == b"\x03"


def test_input_for_the_program_goes_out_as_it_is() -> None:
    repl = running()
    repl.send_input(b"bob\r")
    assert repl.data_to_send() == b"bob\r"


# Misuse, garbage, bounds.

COMMANDS = {
    "enter": lambda repl: repl.enter(),
    "execute": lambda repl: repl.execute(b"pass"),
    "interrupt": lambda repl: repl.interrupt(),
    "probe": lambda repl: repl.probe(),
    "settle": lambda repl: repl.settle(),
    "refute": lambda repl: repl.refute(),
    "soft_reset": lambda repl: repl.soft_reset(),
    "leave": lambda repl: repl.leave(),
    "restart": lambda repl: repl.restart(),
    "send_input": lambda repl: repl.send_input(b"x"),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_works_or_is_refused_in_every_state(name: str, state: State) -> None:
    repl = RawRepl()
    repl.state = state
    before = repl.state
    try:
        COMMANDS[name](repl)
    except LocalProtocolError:
        assert repl.data_to_send() == b""
        assert repl.state is before


@settings(max_examples=300)
@given(
    steps=st.lists(
        st.one_of(
            st.sampled_from(sorted(COMMANDS)),
            st.binary(max_size=40),
            st.sampled_from(
                [b"OK", IDLE, b"R\x01\x80\x00\x01", b"\x04\x04>", b"R\x00>", b"R\x01\x00\x00"]
            ),
        ),
        max_size=30,
    )
)
def test_garbage_raises_only_protocol_errors(steps: list[str | bytes]) -> None:
    repl = RawRepl()
    for step in steps:
        try:
            if isinstance(step, str):
                COMMANDS[step](repl)
            else:
                repl.receive_data(step)
        except LocalProtocolError:
            continue
        except RemoteProtocolError:
            assert repl.state is State.FAILED
            return


def flood(repl: RawRepl) -> None:
    for _ in range(MAX_NOISE // 1000 + 2):
        repl.receive_data(b"n" * 1000)


@pytest.mark.parametrize("raw_paste", [True, False])
def test_noise_instead_of_an_answer_is_bounded(raw_paste: bool) -> None:  # noqa: FBT001
    repl = ready()
    repl.execute(b"pass", raw_paste=raw_paste)
    repl.data_to_send()
    with pytest.raises(RemoteProtocolError) as caught:
        flood(repl)
    assert len(caught.value.received) <= 200


def test_noise_in_a_paste_is_bounded() -> None:
    repl = ready()
    repl.execute(b"x" * 1000, raw_paste=True)
    repl.receive_data(b"R\x01\x80\x00\x01")
    with pytest.raises(RemoteProtocolError):
        flood(repl)


def test_a_flood_before_the_prompt_is_not_kept() -> None:
    repl = RawRepl()
    repl.enter()
    for _ in range(1000):
        feed(repl, b"tick\r\n" * 1000)
    assert feed(repl, IDLE)[-1] == Entered()


def test_the_soft_reset_of_the_friendly_repl_is_told() -> None:
    repl = RawRepl()
    repl.restart()
    assert repl.data_to_send() == b"\x04"
    before = feed(repl, b"\r\nMPY: soft re")
    assert feed(repl, b"boot\r\nmain.py here\r\n")[-2:] == [Rebooted(), Noise(b"main.py here\r\n")]
    assert Rebooted() not in before
    assert repr(repl) == "<RawRepl UNKNOWN>"


def test_entering_can_leave_a_line_that_somebody_reads_alone() -> None:
    repl = RawRepl()
    repl.enter(clears_line=False)
    assert repl.data_to_send() == b"\x01"


def test_a_board_that_does_not_answer_is_told_to_stay_at_its_prompt() -> None:
    repl = RawRepl()
    repl.enter(clears_line=False)
    repl.give_up_entering()
    assert (repl.data_to_send(), repl.state) == (b"\x01\x02", State.UNKNOWN)
    with pytest.raises(LocalProtocolError):
        repl.give_up_entering()
