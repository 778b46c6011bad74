"""Control characters of a board on a terminal: shown, not obeyed, but for a program's colours."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.terminal_process import in_terminal
from iot_cli.program_text import ProgramText

if TYPE_CHECKING:
    from cli.iot_process import Iot

CLIPBOARD = "\x1b]52;c;cm0gLXJm\x07"
COLOUR = "\x1b[1;31m"


def shown(*pieces: bytes) -> str:
    text = ProgramText()
    return "".join(text.translate(piece) for piece in pieces) + text.finish()


@given(st.integers(0, 30))
def test_colours_stay_and_all_else_is_escaped_wherever_it_is_cut(cut: int) -> None:
    data = f"{COLOUR}red\x1b[0m \x1b[2J{CLIPBOARD}\tü\r\n".encode() + b"\xff"
    assert shown(data[:cut], data[cut:]) == (
        f"{COLOUR}red\x1b[0m \\x1b[2J\\x1b]52;c;cm0gLXJm\\x07\tü\r\n\\xff"
    )


@given(st.lists(st.binary(max_size=8)))
def test_no_escape_but_a_colour_ever_comes_through(pieces: list[bytes]) -> None:
    for after in shown(*pieces).split("\x1b")[1:]:
        assert after.startswith("[")
        assert after.lstrip("[0123456789:;").startswith("m")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ptys")
def test_a_terminal_sees_what_a_file_and_a_program_would_do_to_it(iot: Iot) -> None:
    (iot.flash / "odd.txt").write_text(f"a{CLIPBOARD}b\r\n")
    with in_terminal(iot, "cat", "odd.txt") as terminal:
        assert b"a\\x1b]52;c;cm0gLXJm\\x07b" in terminal.read_until(b"b\r\n")
        assert terminal.end() == 0
    program = f"print({COLOUR + CLIPBOARD + 'end'!r})"
    with in_terminal(iot, "exec", program) as terminal:
        assert f"{COLOUR}\\x1b]52;c;cm0gLXJm\\x07end".encode() in terminal.read_until(b"end")
        assert terminal.end() == 0


@pytest.mark.slow
def test_a_pipe_gets_the_bytes_as_they_are(iot: Iot) -> None:
    (iot.flash / "odd.txt").write_text(CLIPBOARD)
    assert iot("cat", "odd.txt").out == CLIPBOARD.encode()
    assert iot("exec", f"print({CLIPBOARD!r})").out == f"{CLIPBOARD}\n".encode()
