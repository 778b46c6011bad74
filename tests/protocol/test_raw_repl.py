"""The client's machine: properties, misuse, garbage, interrupts, and the proof of a run's end."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_device.errors import LocalProtocolError, RemoteProtocolError
from iot_device.protocol.events import (
    Accepted,
    ClientEvent,
    Entered,
    Finished,
    Left,
    Noise,
    Output,
    Rebooted,
    RunSource,
)
from iot_device.protocol.raw_repl import MAX_NOISE, RawRepl, State
from iot_device.protocol.repl_profile import CURRENT
from iot_device.protocol.repl_server import ReplServer
from iot_device.protocol.run_end import MAX_HELD
from protocol.client_replay import IDLE, merged

TOKEN = b"0123456789abcdef"
TRACEBACK = b"Traceback (most recent call last):\r\nValueError: no\r\n"


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


# The proof of the end.


def test_the_token_before_the_end_marker_proves_the_end() -> None:
    assert feed(running(), b"hi\r\n" + TOKEN + b"\x04\x04>") == [
        Output(b"hi\r\n"),
        Finished(b"", proved=True),
    ]


def test_a_traceback_after_the_token_is_proved_too() -> None:
    assert feed(running(), TOKEN + b"\x04" + TRACEBACK + b"\x04>") == [
        Finished(TRACEBACK, proved=True)
    ]


def test_what_stands_between_two_tokens_is_the_trailer() -> None:
    [finished] = feed(running(), TOKEN + b"x(3,)" + TOKEN + b"\x04\x04>")
    assert finished == Finished(b"", proved=True, trailer=b"x(3,)")


def test_forged_ends_before_the_token_are_output() -> None:
    forged = b"done\x04\x04>\x04" + TRACEBACK + b"\x04>more"
    assert feed(running(), forged + TOKEN + b"\x04\x04>") == [
        Output(forged),
        Finished(b"", proved=True),
    ]


def test_bytes_of_a_timer_around_the_end_are_noise() -> None:
    assert feed(running(), TOKEN + b"tick\r\n\x04\x04tick>tick") == [
        Noise(b"tick\r\ntick"),
        Finished(b"", proved=True),
        Noise(b"tick"),
    ]


def test_noise_without_the_prompt_does_not_end_a_run() -> None:
    repl = running()
    assert feed(repl, TOKEN + b"\x04\x04tick") == [Noise(b"tick")]
    assert repl.state is State.RUNNING
    assert feed(repl, b">") == [Finished(b"", proved=True)]


def test_an_end_without_token_is_only_assumed() -> None:
    repl = running()
    assert feed(repl, b"hi\x04" + TRACEBACK + b"\x04>") == [Output(b"hi")]
    assert repl.looks_ended
    repl.settle()
    assert events(repl) == [Finished(TRACEBACK, proved=False)]
    assert repl.state is State.READY


def test_a_program_that_goes_on_after_a_forged_end_loses_no_byte() -> None:
    repl = running()
    feed(repl, b"a\x04\x04>")
    assert repl.looks_ended
    repl.probe()
    assert repl.data_to_send() == b"\x01"
    repl.refute()
    assert events(repl) == [Output(b"\x04\x04>")]
    assert feed(repl, b"b" + TOKEN + b"\x04\x04>") == [Output(b"b"), Finished(b"", proved=True)]


def test_the_answer_to_a_probe_ends_a_run_and_noise_stays_noise() -> None:
    repl = running()
    feed(repl, b"\x04" + TRACEBACK + b"\x04>tick\r\n")
    repl.probe()
    assert feed(repl, IDLE) == [Finished(TRACEBACK, proved=False), Noise(b"tick\r\n")]


def test_a_probe_finds_a_board_that_began_anew_at_the_friendly_prompt() -> None:
    repl = running()
    banner = b'boom\r\nMicroPython v1.28.0\r\nType "help()" for more information.\r\n>>> '
    assert feed(repl, banner) == [Output(banner)]
    assert repl.looks_ended
    repl.probe()
    found = feed(repl, b"\r\n" + IDLE)
    assert found == [Output(b"\r\n"), Finished(b"", proved=False, restarted=True)]


def test_a_probe_is_asked_once_and_its_marker_is_one() -> None:
    repl = running()
    feed(repl, b"\x04\x04>")
    repl.probe()
    repl.probe()
    assert repl.data_to_send() == b"\x01\x01"
    assert feed(repl, IDLE + IDLE) == [Finished(b"", proved=False), Noise(IDLE)]


def test_an_end_that_nobody_sees_can_be_settled() -> None:
    repl = running()
    feed(repl, b"\x04 half a traceback")
    repl.settle()
    assert events(repl) == [
        Output(b"\x04 half a traceback"),
        Finished(b"", proved=False, restarted=True),
    ]


def test_a_late_ctrl_c_does_not_hide_that_the_board_began_anew() -> None:
    repl = running()
    feed(repl, b'boom\r\nMicroPython v1.28.0\r\nType "help()" for more information.\r\n>>> ')
    feed(repl, b"\r\n>>> ")
    assert repl.looks_ended
    feed(repl, b"x")
    assert not repl.looks_ended


def test_the_last_possible_end_is_taken() -> None:
    repl = running(token=b"")
    assert feed(repl, b"a\x04b>\x04\x04>c\r\n\x04\x04>") == [Output(b"a\x04b>")]
    repl.settle()
    assert events(repl) == [Output(b"\x04\x04>c\r\n"), Finished(b"", proved=False)]


def test_what_boot_py_prints_after_a_soft_reset_is_noise() -> None:
    repl = running()
    feed(repl, b"\x04\x04MPY: soft reboot\r\nboot.py here\r\n" + IDLE)
    repl.settle()
    assert events(repl) == [
        Finished(b"", proved=False, restarted=True),
        Noise(b"boot.py here\r\n"),
    ]


@given(
    output=st.binary(max_size=200),
    traceback=st.sampled_from([b"", TRACEBACK]),
    cuts=st.sets(st.integers(0, 300), max_size=12),
)
def test_any_output_arrives_whole_however_it_is_cut(
    output: bytes, traceback: bytes, cuts: set[int]
) -> None:
    repl = running()
    answer = output + TOKEN + b"\x04" + traceback + b"\x04>"
    edges = [0, *sorted(cuts), len(answer)]
    for start, stop in pairwise(edges):
        repl.receive_data(answer[start:stop])
    *before, finished = events(repl)
    assert finished == Finished(traceback, proved=True)
    assert b"".join(event.data for event in before if isinstance(event, Output)) == output


def test_output_is_handed_on_at_once_and_not_held_for_a_token() -> None:
    assert feed(running(), b"waiting...") == [Output(b"waiting...")]


def test_100_megabytes_of_output_need_little_memory() -> None:
    repl = running()
    piece = (b"0123456789abcde\x04" * 4096)[:65536]
    tracemalloc.start()
    size = 0
    for _ in range(1600):
        size += sum(len(e.data) for e in feed(repl, piece) if isinstance(e, Output))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 1600 * 65536 - 2 * MAX_HELD
    assert peak < 4 * 1024 * 1024


def test_an_endless_traceback_is_cut_in_its_middle() -> None:
    repl = running()
    feed(repl, TOKEN + b"\x04Traceback")
    for _ in range(100):
        feed(repl, b"x" * 10000)
    [finished] = feed(repl, b"\r\nValueError: no\r\n\x04>")
    assert isinstance(finished, Finished)
    assert finished.traceback.startswith(b"Traceback")
    assert finished.traceback.endswith(b"ValueError: no\r\n")
    assert len(finished.traceback) <= MAX_HELD + 10000


def test_a_trailer_that_is_too_long_stays_too_long() -> None:
    repl = ready()
    repl.execute(b"pass", token=TOKEN, max_trailer=100)
    repl.data_to_send()
    repl.receive_data(b"OK" + TOKEN)
    for _ in range(500):
        repl.receive_data(b"1")
    repl.receive_data(TOKEN + b"\x04\x04>")
    finished = events(repl)[-1]
    assert isinstance(finished, Finished)
    assert 100 < len(finished.trailer) < 150


def test_bytes_held_for_an_end_that_never_comes_are_let_go() -> None:
    repl = running()
    feed(repl, b"\x04")
    size = sum(len(e.data) for e in feed(repl, b"x" * (MAX_HELD + 1)) if isinstance(e, Output))
    assert size == MAX_HELD + 2
    assert feed(repl, b"y") == [Output(b"y")]


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
    "type": lambda repl: repl.type(b"x"),
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
