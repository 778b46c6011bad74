"""The output of a program is passed on in its order: text, pictures, notices; with labels too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.board_output import BoardOutput, LabelledOutput
from iot_kernel.output import BoardText
from iot_kernel.rich import RichItems

ITEM = b"\x1b_text/plain,shown\x1b\\"
NAMED = b"\x1b_text/plain;id=n,shown\x1b\\"
HTML = b"\x1b_text/html,<b>\x1b\\"


def passed_on(data: bytes, size: int = 1000) -> str:
    """Return the text, with ``(...)`` in the place of what is shown."""
    found: list[str] = []
    output = BoardOutput(RichItems(), found.append, lambda d: found.append(f"({d.data})"))
    for start in range(0, len(data), size):
        output.feed(data[start : start + size])
    output.finish()
    return "".join(found).replace("{'text/plain': 'shown'}", "shown")


def labelled(data: bytes) -> list[str]:
    """Return the lines, with ``(...)`` for what is shown."""
    found: list[str] = []
    output = LabelledOutput(
        RichItems(), found.append, lambda d: found.append(f"({d.data['text/plain']})")
    )
    output.feed(data)
    output.finish()
    return found


@pytest.mark.parametrize("size", [1, 1000])
def test_text_and_pictures_keep_their_order(size: int) -> None:
    assert passed_on(b"one\r\n" + ITEM + b"two" + ITEM + b"\xc3\xa9", size) == (
        "one\n(shown)two(shown)é"
    )


def test_what_is_held_of_the_text_stands_before_the_picture() -> None:
    assert passed_on(b"one\r" + ITEM) == "one\r(shown)"
    assert passed_on(b"\xc3" + ITEM + b"\xa9") == "\\xc3(shown)\\xa9"
    assert passed_on(b"\x1b[3" + ITEM + b"1m") == "\\x1b[3(shown)1m"


def test_a_notice_is_a_line_of_its_own() -> None:
    notice = "[text/html: not shown, HTML of a board is never shown]\n"
    assert passed_on(b"one" + HTML + b"two") == f"one\n{notice}two"
    assert passed_on(b"one\n" + HTML) == f"one\n{notice}"


def test_labels_are_before_lines_and_pictures() -> None:
    assert labelled(b"one\ntw" + ITEM + b"o\n" + ITEM) == [
        "one",
        "tw",
        "[text/plain]",
        "(shown)",
        "o",
        "[text/plain]",
        "(shown)",
    ]


def test_what_changes_in_its_place_has_one_label() -> None:
    assert labelled(NAMED + NAMED) == ["[text/plain]", "(shown)", "(shown)"]


@given(st.binary(max_size=40), st.integers(1, 9))
def test_text_without_pictures_is_what_it_was(data: bytes, size: int) -> None:
    text = BoardText()
    assert passed_on(data, size) == text.feed(data) + text.finish()
