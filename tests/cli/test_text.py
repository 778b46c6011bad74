"""Text for terminals and JSON: pure functions."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iot_cli.text import NewlineTranslator, as_json, counted, json_document, printable, table

PIECES = st.lists(st.binary(max_size=6) | st.sampled_from([b"\r", b"\n", b"\r\n", b"\r\r\n"]))


@given(PIECES)
@example([b"a\r", b"\nb"])
@example([b"\r", b"", b"\n"])
def test_line_ends_are_the_same_wherever_the_bytes_are_cut(pieces: list[bytes]) -> None:
    translator = NewlineTranslator()
    translated = b"".join(map(translator.translate, pieces)) + translator.finish()
    assert translated == b"".join(pieces).replace(b"\r\n", b"\n")


def test_a_piece_is_not_held_back_longer_than_needed() -> None:
    translator = NewlineTranslator()
    assert [translator.translate(data) for data in (b"a\r", b"b", b"\r\n")] == [b"a", b"\rb", b"\n"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü\u20ac \\ '", "plain ü\u20ac \\ '"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\x7f\x9b31m", "\\x7f\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\udcff\ud800", "\\xff\\ud800"),
    ],
)
def test_what_moves_a_cursor_or_turns_text_is_shown_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_line_ends_may_stay() -> None:
    assert printable("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\x1b"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([1, 2.5, None, True, "ü"], [1, 2.5, None, True, "ü"]),
        ((1, (2,)), [1, [2]]),
        ({3, 1, 2}, [1, 2, 3]),
        (b"\x00", "b'\\x00'"),
        ({1: "a", "b": {(1, 2): b""}}, {"1": "a", "b": {"(1, 2)": "b''"}}),
        ([float("inf"), float("nan"), 1j, ...], ["inf", "nan", "1j", "Ellipsis"]),
        (1 << 80, 1 << 80),
    ],
)
def test_json_holds_every_value_of_a_board(value: object, expected: object) -> None:
    assert as_json(value) == expected
    assert json.loads(json_document(value)) == expected


def test_json_is_ascii_so_that_no_encoding_harms_it() -> None:
    assert json.loads(json_document("ü\udcff").encode("ascii")) == "ü\udcff"


def test_a_table_has_its_values_below_each_other() -> None:
    assert table([("a", "1"), ("long name", "2")]) == "a          1\nlong name  2\n"
    assert table([]) == ""


def test_a_number_agrees_with_its_noun() -> None:
    assert [counted(n, "file") for n in (0, 1, 2, 21)] == [
        "0 files",
        "1 file",
        "2 files",
        "21 files",
    ]
