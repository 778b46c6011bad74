"""Where a run ends: proved by a token, assumed without one, asked about by a probe."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from iot_device.protocol.events import Finished, Noise, Output
from iot_device.protocol.raw_repl import State
from iot_device.protocol.run_end import MAX_HELD
from protocol.client_replay import IDLE
from protocol.raw_repl_driver import TOKEN, events, feed, ready, running

TRACEBACK = b"Traceback (most recent call last):\r\nValueError: no\r\n"


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


def test_a_reset_behind_a_forged_end_is_seen() -> None:
    repl = running()
    feed(repl, b"done\x04\x04>")
    repl.probe()
    boot = b'MicroPython v1.28.0\r\nType "help()" for more information.\r\n>>> \r\n'
    assert feed(repl, boot + IDLE) == [
        Finished(b"", proved=False, restarted=True),
        Noise(boot),
    ]


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
