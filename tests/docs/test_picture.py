"""The picture of the README shows what the commands print today."""

from __future__ import annotations

import pytest

from make_picture import PICTURE, make_picture, record, shown_lines


@pytest.mark.slow
def test_the_picture_shows_what_the_commands_print_now() -> None:
    printed = [
        line for command, output in record() for line in (f"$ {command}", *output.splitlines())
    ]
    shown = shown_lines(PICTURE.read_text(encoding="utf-8"))
    assert shown == printed, "draw it again: python tools/make_picture.py"


def test_a_picture_shows_each_character_that_it_is_given() -> None:
    recorded = [("echo '<&>'  \"x\"", "<&>  x\n"), ("iot", "Traceback\n  File\n"), ("true", "")]
    shown = shown_lines(make_picture(recorded))
    assert shown == ["$ echo '<&>'  \"x\"", "<&>  x", "$ iot", "Traceback", "  File", "$ true"]


def test_the_picture_loads_nothing_from_elsewhere() -> None:
    picture = PICTURE.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "http" not in picture
