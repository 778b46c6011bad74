"""What the board tells at the end of a rewritten program is read as data, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_device.source import Trailer, parse_trailer


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"x (3,)", 3),
        (b"x (-1,)", -1),
        (b"x ()", 0),
        (b"x (None,)", 0),
        (b"x (True,)", 1),
        (b"x ('no (way)',)", "no (way)"),
        (b"x (2.5,)", "2.5"),
        (b"x (1, 2)", "(1, 2)"),
        (b"x (<object 7f>,)", "<object 7f>"),
        (b"x (" + b"(" * 2000 + b")" * 2000 + b",)", "(" * 2000 + ")" * 2000),
        (b"x ('" + b"a" * 5000 + b"',)", None),
        (b"x (3", None),
        (b"x", None),
    ],
)
def test_an_exit_tells_its_code(payload: bytes, code: int | str | None) -> None:
    assert parse_trailer(payload) == Trailer(exited=True, exit_code=code)


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b"v (5,)", "5"),
        (b"v ('a,)',)", "'a,)'"),
        (b"v (None,)", "None"),
        (b"v ((1,),)", "(1,)"),
        (b"v ('\xc3\xa9',)", "'\u00e9'"),
        (b"v (b'\xff',)", "b'\\xff'"),
        (b"v (array([1,\r\n       2]),)", "array([1,\n       2])"),
    ],
)
def test_a_value_is_told_as_the_text_of_its_repr(payload: bytes, value: str) -> None:
    assert parse_trailer(payload) == Trailer(value=value)


@pytest.mark.parametrize("payload", [b"", b"v (<A ", b"v 5", b"v (5)", b"q (5,)", b"\xff"])
def test_what_was_broken_off_or_makes_no_sense_tells_nothing(payload: bytes) -> None:
    assert parse_trailer(payload) == Trailer()


@given(st.binary() | st.binary().map(lambda data: b"x (" + data + b",)"))
def test_no_payload_raises(payload: bytes) -> None:
    trailer = parse_trailer(payload)
    assert trailer.exited == payload.startswith(b"x")
