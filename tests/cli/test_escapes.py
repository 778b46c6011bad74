"""Control characters of a board on a terminal: shown, not obeyed, but for a program's colours."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.terminal_process import in_terminal
from iot_cli.program_text import ProgramText
from iot_cli.rich_lines import RichLines

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


PICTURE = "\x1b_image/png;base64,AAAA\x1b\\"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a\nPb\n", "a\n[image/png, 3 bytes]\nb\n"),
        ("aPb", "a\n[image/png, 3 bytes]\nb"),
        ("P\r\nb", "[image/png, 3 bytes]\r\nb"),
        ("PP", "[image/png, 3 bytes]\n[image/png, 3 bytes]\n"),
        ("a\n", "a\n"),
        ("a\x1b_iot;password\x1b\\b", "a\x1b_iot;password\x1b\\b"),
        ("\x1b_text/plain,left", "left\n[text/plain, 4 bytes, cut off]\n"),
    ],
)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_picture_is_a_line_of_its_own(written: str, shown: str, size: int) -> None:
    data, lines = written.replace("P", PICTURE).encode(), RichLines()
    pieces = [lines.translate(data[i : i + size]) for i in range(0, len(data), size)]
    assert b"".join(pieces) + lines.finish() == shown.encode()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ptys")
def test_a_terminal_is_told_of_pictures(iot: Iot) -> None:
    with in_terminal(iot, "exec", f"print({PICTURE!r}, end='')\nprint('end')") as terminal:
        assert terminal.read_until(b"end\r\n") == b"[image/png, 3 bytes]\r\nend\r\n"
        assert terminal.end() == 0
    with in_terminal(iot, "exec", r"print('\x1b_text/plain,\x1b]0;title\x07', end='')") as terminal:
        assert b"\x1b" not in terminal.read_until(b"cut off]\r\n\\x1b]0;title\\x07")
        assert terminal.end() == 0


@pytest.mark.slow
def test_a_pipe_gets_pictures_as_they_are(iot: Iot) -> None:
    assert iot("exec", f"print({PICTURE!r}, end='')").out == PICTURE.encode()


@pytest.mark.slow
def test_a_pipe_gets_the_bytes_as_they_are(iot: Iot) -> None:
    (iot.flash / "odd.txt").write_text(CLIPBOARD)
    assert iot("cat", "odd.txt").out == CLIPBOARD.encode()
    assert iot("exec", f"print({CLIPBOARD!r})").out == f"{CLIPBOARD}\n".encode()
