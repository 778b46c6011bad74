"""Board code that arrives damaged does nothing, and an answer that is not whole is none."""

from __future__ import annotations

import ast
from contextlib import suppress

import pytest

from iot_device.board_code import CallReader, guarded
from iot_device.errors import ResultError
from iot_device.session.values import parse_value

NONCE = "nonce"


@pytest.mark.parametrize("bits", [0x01, 0x10, 0x1C, 0x31, 0x5A, 0x7F, 0x80])
def test_a_program_with_any_damaged_byte_does_what_it_should_or_nothing(bits: int) -> None:
    program = guarded(b"done.append(\n'right')\n")
    for place in range(len(program)):
        damaged = bytearray(program)
        damaged[place] ^= bits
        done: list[str] = []
        with suppress(Exception):  # whatever a damaged program raises
            exec(bytes(damaged), {"done": done})  # noqa: S102  (of our own making)
        assert done in ([], ["right"])


def test_a_damaged_program_is_a_syntax_error() -> None:
    with pytest.raises(SyntaxError):
        exec(guarded(b"done.append('right')").replace(b"right", b"wrong"), {})  # noqa: S102


def read(*lines: str) -> CallReader:
    reader = CallReader(NONCE, parse_value)
    reader.feed("".join(f"{line}\r\n" for line in lines).encode())
    return reader


def test_an_answer_is_what_the_board_yielded() -> None:
    assert read("noise", f"{NONCE} (1, b'x')", f"{NONCE} 2", f"{NONCE}. 2").items() == [
        (1, b"x"),
        2,
    ]
    assert read(f"{NONCE}. 0").items() == []


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [f"{NONCE} 1"],
        ["nonse 1", f"{NONCE}. 1"],
        [f"{NONCE} 1", f"{NONCE} 1", f"{NONCE}. 1"],
        [f"{NONCE} 1", f"{NONCE}. None"],
    ],
)
def test_an_answer_of_which_a_line_is_missing_or_repeated_is_none(lines: list[str]) -> None:
    with pytest.raises(ResultError, match="incomplete"):
        read(*lines).items()


def test_an_error_of_the_board_is_raised_and_one_that_makes_no_sense_is_told() -> None:
    with pytest.raises(FileNotFoundError):
        read(f"{NONCE}! (2, 'f')").items()
    with pytest.raises(ResultError, match="no sense"):
        read(f"{NONCE}! 5")


@pytest.mark.parametrize("text", [b"{[]: 1}", b"{{}}", b"b'\\x", b"1 +"])
def test_a_value_that_is_no_value_is_told(text: bytes) -> None:
    with pytest.raises(ResultError):
        parse_value(text)
    with pytest.raises((TypeError, ValueError, SyntaxError)):
        ast.literal_eval(text.decode())
