"""Board code that arrives damaged does nothing, and an answer that is not whole is none."""

from __future__ import annotations

import ast
import binascii
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from iot_device.board_code import HARMLESS, CallReader, board_source, deflated, guarded
from iot_device.errors import RemoteProtocolError, ResultError
from iot_device.session.values import parse_value
from iot_device.simulator._vm_code.cpython_shims import board_deflate

if TYPE_CHECKING:
    from collections.abc import Callable

NONCE = "nonce"

both_ways = pytest.mark.parametrize("packed", [guarded, deflated])


@pytest.fixture(autouse=True)
def _deflate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "deflate", board_deflate)


@both_ways
@pytest.mark.parametrize("bits", [0x01, 0x10, 0x1C, 0x31, 0x5A, 0x7F, 0x80])
def test_a_program_with_any_damaged_byte_does_what_it_should_or_nothing(
    packed: Callable[[bytes], bytes], bits: int
) -> None:
    program = packed(b"done.append(\n'right')\n")
    for place in range(len(program)):
        damaged = bytearray(program)
        damaged[place] ^= bits
        done: list[str] = []
        with suppress(Exception):  # whatever a damaged program raises
            exec(bytes(damaged), {"done": done})  # noqa: S102  (of our own making)
        assert done in ([], ["right"])


@both_ways
def test_a_program_with_any_damaged_byte_leaves_no_name_behind(
    packed: Callable[[bytes], bytes],
) -> None:
    program = packed(b"done.append(1)")
    for place in range(len(program)):
        damaged = program[:place] + bytes([program[place] ^ 0x10]) + program[place + 1 :]
        names: dict[str, object] = {"done": []}
        with suppress(BaseException):
            exec(damaged, names)  # noqa: S102  (as the board does)
        assert names.keys() <= {"done", "__builtins__"}


def test_a_damaged_program_is_a_syntax_error() -> None:
    with pytest.raises(SyntaxError):
        exec(guarded(b"done.append('right')").replace(b"right", b"wrong"), {})  # noqa: S102
    program = deflated(b"done.append('right')")
    place = program.index(b"b'") + 9
    damaged = program[:place] + bytes([program[place] ^ 1]) + program[place + 1 :]
    with pytest.raises(SyntaxError):
        exec(damaged, {})  # noqa: S102


@pytest.mark.parametrize("size", [1, 512, 3000, 6000])
def test_a_deflated_program_runs_as_it_is(size: int) -> None:
    done: list[str] = []
    text = "".join(f"value_{n} = {n * n}\n" for n in range(size))[:size]
    exec(deflated(f"done.append({text!r})".encode()), {"done": done})  # noqa: S102
    assert done == [text]


def line(value: str, kind: str = "") -> bytes:
    return f"{NONCE}{kind} {binascii.crc32(value.encode())} {value}\r\n".encode()


def read(*lines: bytes) -> CallReader:
    reader = CallReader(NONCE, parse_value)
    reader.feed(b"".join(lines))
    return reader


ANSWER = [line("(1, b'x')"), line("2"), line("2", ".")]


def test_an_answer_is_what_the_board_yielded() -> None:
    assert read(b"noise\r\n", *ANSWER).items() == [(1, b"x"), 2]
    assert read(line("0", ".")).items() == []


def test_the_check_is_a_sum_where_the_board_has_no_crc32() -> None:
    assert read(f"{NONCE} {ord('7')} 7\n".encode(), line("1", ".")).items() == [7]
    with pytest.raises(RemoteProtocolError):
        read(f"{NONCE} {ord('7')} 6\n".encode(), line("1", ".")).items()


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [line("1")],
        [b"nonse 49 1\n", line("1", ".")],
        [line("1"), line("1"), line("1", ".")],
        [line("1"), line("None", ".")],
    ],
)
def test_an_answer_of_which_a_line_is_missing_or_repeated_is_none(lines: list[bytes]) -> None:
    with pytest.raises(RemoteProtocolError, match="incomplete"):
        read(*lines).items()


@pytest.mark.parametrize("bits", [0x01, 0x02, 0x10, 0x1C, 0x31, 0x5A, 0x7F, 0x80])
def test_an_answer_with_any_damaged_byte_is_none(bits: int) -> None:
    answer = b"".join(ANSWER)
    for place in range(len(answer)):
        damaged = bytearray(answer)
        damaged[place] ^= bits
        reader = read(bytes(damaged))
        if answer[place : place + 1] != b"\r":
            assert not reader.is_whole
        if not reader.is_whole:
            with pytest.raises(RemoteProtocolError):
                reader.items()


def test_an_error_of_the_board_is_raised_and_one_that_makes_no_sense_is_told() -> None:
    with pytest.raises(FileNotFoundError):
        read(line("(2, 'f')", "!")).items()
    with pytest.raises(ResultError, match="no sense"):
        read(line("5", "!"))


@pytest.mark.parametrize("text", [b"{[]: 1}", b"{{}}", b"b'\\x", b"1 +"])
def test_a_value_that_is_no_value_is_told(text: bytes) -> None:
    with pytest.raises(ResultError):
        parse_value(text)
    with pytest.raises((TypeError, ValueError, SyntaxError)):
        ast.literal_eval(text.decode())


@pytest.mark.parametrize("name", sorted(HARMLESS))
def test_what_is_asked_again_is_there_and_has_no_word_that_changes_a_file(name: str) -> None:
    source = board_source(name)
    assert not {"write", "remove", "rename", "mkdir", "rmdir"} & set(re.findall(r"\w+", source))
