"""The parts of a session on their own: deadlines, values, output, input, opening again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_device.errors import PortNotFoundError, ResultError
from iot_device.protocol.events import Finished
from iot_device.session.acquaintance import Acquaintance
from iot_device.session.deadline import Deadline
from iot_device.session.link import PIECE_UNKNOWN
from iot_device.session.output import Collector
from iot_device.session.program_input import InputCall
from iot_device.session.programs import identify_program
from iot_device.session.reopen import reopen
from iot_device.session.runner import new_token
from iot_device.session.values import MAX_VALUE, parse_value
from iot_device.testing import MemoryTransport


class FakeClock:
    """A clock that goes on by a fixed step at each look."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 100.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


# Deadlines.


def test_a_deadline_runs_out_on_its_clock() -> None:
    clock = FakeClock()
    deadline = Deadline(2.0, clock)
    assert (deadline.remaining, deadline.expired) == (2.0, False)
    clock.now += 3.0
    assert (deadline.remaining, deadline.expired) == (0.0, True)


def test_a_shorter_deadline_never_outlives_the_longer_one() -> None:
    clock = FakeClock()
    deadline = Deadline(2.0, clock)
    assert deadline.within(1.0).remaining == 1.0
    assert deadline.within(5.0).remaining == 2.0
    assert deadline.within(None).remaining == 2.0
    assert Deadline(None, clock).within(None).remaining is None
    assert not Deadline(None, clock).expired


# Values.

LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(), inner)
    ),
    max_leaves=5,
)


@given(LITERALS)
def test_every_literal_comes_back(value: object) -> None:
    assert parse_value(repr(value).encode()) == value


def test_brackets_in_strings_are_no_depth() -> None:
    assert parse_value(repr("(" * 100).encode()) == "(" * 100


@pytest.mark.parametrize(
    "text",
    [
        b"(" * 10000,
        b"[" * 21 + b"]" * 21,
        b"9" * 5000,
        b"__import__('os')",
        b"1 + x",
        b"",
        b"'\xff'",
        b"<function f at 0x1>",
        b"1" * (MAX_VALUE + 1),
        b"'" + b"x" * MAX_VALUE + b"'",
    ],
)
def test_what_is_no_small_literal_is_refused(text: bytes) -> None:
    with pytest.raises(ResultError) as caught:
        parse_value(text)
    assert len(caught.value.text) <= 200


# Output.


def test_only_the_last_part_of_much_output_is_kept() -> None:
    passed: list[bytes] = []
    collector = Collector(passed.append, limit=10)
    for number in range(10):
        collector.add(b"%d" % number * 3)
    assert (collector.output, collector.truncated) == (b"6777888999", True)
    assert b"".join(passed) == b"".join(b"%d" % number * 3 for number in range(10))


def test_little_output_is_kept_whole() -> None:
    collector = Collector(None, limit=10)
    collector.add(b"0123456789")
    assert (collector.output, collector.truncated) == (b"0123456789", False)


def test_a_little_too_much_output_is_cut_when_it_is_looked_at() -> None:
    collector = Collector(None, limit=10)
    collector.add(b"0123456789ab")
    assert (collector.output, collector.truncated) == (b"23456789ab", True)


# Input.

TOKEN = b"0123456789abcdef"


@given(st.integers(0, len(TOKEN) + 6))
def test_the_token_of_input_is_found_however_it_is_cut(cut: int) -> None:
    call = InputCall(lambda prompt: prompt.upper(), TOKEN, b"")
    data = b"name? " + TOKEN
    pieces, waits = call.divide(data[:cut])
    more, waits_now = call.divide(data[cut:])
    assert b"".join(pieces + more) == b"name? "
    assert waits or waits_now
    assert call.answer() == b"NAME? \r"


def test_an_answer_is_one_line_without_control_characters() -> None:
    call = InputCall(lambda _: "a\x03b\x04\x1b[A\nsecond", TOKEN, b"")
    assert call.answer() == b"ab[A\r"


@pytest.mark.parametrize("cut", range(6))
def test_the_echo_of_an_answer_is_no_output(cut: int) -> None:
    call = InputCall(lambda _: "bob", TOKEN, b"")
    call.answer()
    data = b"bob\r\ngot bob\n"
    pieces = call.divide(data[:cut])[0] + call.divide(data[cut:])[0]
    assert b"".join(pieces) == b"got bob\n"


def test_a_board_that_does_not_echo_loses_no_output() -> None:
    call = InputCall(lambda _: "bob", TOKEN, b"")
    call.answer()
    assert call.divide(b"hello bob\r\n")[0] == [b"hello bob\r\n"]


def test_the_end_of_input_is_ctrl_d() -> None:
    def end(_: str) -> str:
        raise EOFError

    assert InputCall(end, TOKEN, b"").answer() == b"\x04"


def test_silence_asks_only_for_programs_that_name_input() -> None:
    asks = InputCall(lambda _: "", None, b"x = input('? ')")
    asks.divide(b"? ")
    assert asks.by_silence
    other = InputCall(lambda _: "", None, b"print('? ', end='')")
    other.divide(b"? ")
    assert not other.by_silence


# Opening again.


class ComesBack(MemoryTransport):
    """A transport whose port is away for some openings."""

    def __init__(self, away: int) -> None:
        super().__init__()
        self.away = away
        self.openings = 0

    def open(self) -> None:
        self.openings += 1
        if self.openings <= self.away:
            raise PortNotFoundError("no port", port=self.url)
        super().open()


def test_a_port_that_comes_back_is_opened_again() -> None:
    transport = ComesBack(away=2)
    reopen(transport, Deadline(10.0))
    assert transport.openings == 3


def test_a_port_that_stays_away_is_an_error_at_the_deadline() -> None:
    transport = ComesBack(away=1000)
    with pytest.raises(PortNotFoundError):
        reopen(transport, Deadline(10.0, FakeClock(step=3.0)))
    assert transport.openings < 10


# The first programs of a session.


def test_the_first_program_needs_one_pause_on_a_board_of_which_nothing_is_known() -> None:
    program = identify_program(new_token()) + b"\x04"
    assert PIECE_UNKNOWN < len(program) <= 2 * PIECE_UNKNOWN


def test_asking_who_a_board_is_fits_into_the_first_window_of_raw_paste() -> None:
    sent: list[bytes] = []

    def run(program: bytes, token: str) -> Finished:
        sent.append(program + b"\x04")
        return Finished(b"", proved=True, trailer=f"{token}(b'\\1', 'mark')".encode())

    Acquaintance().meet(run, "micropython", "serial:///dev/ttyACM0")
    [program] = sent
    assert len(program) <= 256  # two windows of 128 bytes, which it grants at once
