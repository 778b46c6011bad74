"""Which lines are samples, and that all else stays the text that it was."""

from __future__ import annotations

import json
import math
import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iot_kernel.plotting.forms import MAX_FORMS, Forms
from iot_kernel.plotting.lines import PlotLines
from iot_kernel.plotting.parsing import LONGEST_LINE, parse_line


@pytest.mark.parametrize(
    ("line", "sample"),
    [
        ("temp:21.5", {"temp": 21.5}),
        ("temp:21.5,hum:40", {"temp": 21.5, "hum": 40}),
        ("temp: 21.5, hum: -40", {"temp": 21.5, "hum": -40}),
        ("temp:1 hum:2\tair pressure:3", {"temp": 1, "hum": 2, "air pressure": 3}),
        ("a:1,b:2,", {"a": 1, "b": 2}),
        ("3v3:3.31,über:.5", {"3v3": 3.31, "über": 0.5}),
        ("button:True,led:False", {"button": 1, "led": 0}),
        (">temp:21.5", {"temp": 21.5}),
        (">temp:1627551892437:21.5§°C|g", {"timestamp": 1627551892437, "temp": 21.5}),
        ("1 2.5\t-3e2", {"value1": 1, "value2": 2.5, "value3": -300.0}),
        ("1,2;3", {"value1": 1, "value2": 2, "value3": 3}),
        ("(21.5, 40)", {"value1": 21.5, "value2": 40}),
        ("(5,)", {"value1": 5}),
        ("[1, 2]", {"value1": 1, "value2": 2}),
        ('{"temp": 21.5, "on": true, "unit": "C", "more": [1]}', {"temp": 21.5, "on": 1}),
        ("{'temp': 21.5, 'hum': nan}", {"temp": 21.5, "hum": None}),
        ('{"temp": nan}', {"temp": None}),
        ("temp:nan", {"temp": None}),
        ("inf -inf 1", {"value1": None, "value2": None, "value3": 1}),
        ("temp:None,hum:2", {"temp": None, "hum": 2}),
        ("  7  ", {"value1": 7}),
    ],
)
def test_the_forms_of_serial_plotters_are_samples(
    line: str, sample: dict[str, float | None]
) -> None:
    assert parse_line(line) == sample


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        "hello: world",
        "12:30",
        "12:30:05 temp:5",
        "[INFO] temp:5",
        "192.168.0.1",
        "2026-11-21",
        "1.2.3",
        "0x10",
        "100%",
        "5 V",
        "None",
        "(None, None)",
        "temp:None",
        "True",
        "()",
        "(1, 2",
        "{}",
        "{1}",
        "{1: 2}",
        '{"a": "b"}',
        '{"12": 5}',
        "[[1, 2]]",
        ">text:hello|t",
        ">shape:1:2|xy",
        ">:1",
        '  File "<stdin>", line 5, in <module>',
        "\x1b[31mtemp:5\x1b[0m",
        "room\u202etemp:5",
        "n" * 65 + ":1",
        '{"' + "n" * 65 + '": 1}',
        "1 " * LONGEST_LINE,
        '{"a":' * 1000,
        "{" * 4000,
    ],
)
def test_all_else_is_text(line: str) -> None:
    assert parse_line(line) is None


def test_numbers_that_no_chart_can_have_are_no_numbers() -> None:
    huge = "9" * 4000
    assert parse_line(f"a:{huge},b:1") == {"a": None, "b": 1}
    assert parse_line(f'{{"a": {huge}, "b": 1}}') == {"a": None, "b": 1}
    assert parse_line(f'{{"a": {"9" * 4080}}}') in (None, {"a": None})
    assert parse_line('{"a": 1e999, "b": NaN}') == {"a": None, "b": None}
    assert parse_line("12345678901234567890") == {"value1": 12345678901234567890.0}


FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1)
NAMES = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_.]{0,20}", fullmatch=True).filter(
    lambda name: any(map(str.isalpha, name))
)
SAMPLES = st.dictionaries(NAMES, FLOATS, min_size=1, max_size=5)


@given(SAMPLES)
def test_what_python_and_json_print_comes_back_exactly(sample: dict[str, float]) -> None:
    assert parse_line(json.dumps(sample)) == sample
    assert parse_line(repr(sample)) == sample
    assert parse_line(",".join(f"{name}:{value}" for name, value in sample.items())) == sample
    values = tuple(sample.values())
    plain = {f"value{index}": value for index, value in enumerate(values, 1)}
    assert parse_line(repr(values)) == parse_line(repr(list(values))) == plain
    assert parse_line(" ".join(map(str, values))) == plain


ANY_LINE = st.text() | st.text("0123456789.,:;{}[]()<>\"'eE+-naif §|\t", max_size=60)


@given(ANY_LINE)
def test_whatever_a_board_sends_samples_are_finite_numbers_with_names(line: str) -> None:
    sample = parse_line(line)
    if sample is not None:
        assert sample
        assert all(name.isprintable() and 0 < len(name) <= 64 for name in sample)
        assert all(value is None or math.isfinite(value) for value in sample.values())


NUMBER = st.sampled_from(
    ["0", "1", "-2", "3.5", "007", "+8", "9.", "1e5", "-0.0", "9" * 17, "True"]
)


@given(ANY_LINE | SAMPLES.map(json.dumps), st.lists(NUMBER, min_size=1))
@example('{"a": 1, "b": true}', ["2"])
@example('{"a": "5", "b": true}', ["1", "2"])
@example("a:1 12:30", ["2"])
@example("1.2", ["3.5"])
def test_lines_alike_are_read_as_each_of_them_alone(line: str, numbers: list[str]) -> None:
    forms = Forms()
    for number in numbers:
        alike = re.sub(r"[0-9.]+", number, line)
        assert forms.read(line) == parse_line(line)
        assert forms.read(alike) == parse_line(alike)


def test_lines_of_more_forms_than_are_remembered_are_read_too() -> None:
    forms = Forms()
    for number in range(2 * MAX_FORMS):
        assert forms.read(f"s{number}x:1") == forms.read(f"s{number}x:1") == {f"s{number}x": 1}


def taken(pieces: list[str]) -> tuple[list[object], str]:
    """Return the samples, and the text between them."""
    lines = PlotLines()
    found = [item for piece in pieces for item in lines.feed(piece)]
    found += lines.finish()
    samples = [item for item in found if not isinstance(item, str)]
    return list(samples), "".join(item for item in found if isinstance(item, str))


@given(st.lists(ANY_LINE | SAMPLES.map(json.dumps)), st.data())
def test_cuts_change_nothing(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)))))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert taken(pieces) == taken([text]) == taken(list(text))


@pytest.mark.parametrize("length", [LONGEST_LINE - 1, LONGEST_LINE, LONGEST_LINE + 1])
def test_cuts_change_nothing_in_long_lines(length: int) -> None:
    text = "7" + " " * (length - 1) + "\n8\n"
    assert taken([text]) == taken([text[:100], "", text[100:]]) == taken(list(text))
    assert len(taken([text])[0]) == (1 if length > LONGEST_LINE else 2)


@given(st.text("ab: \r\n"))
def test_text_stays_as_it_is(text: str) -> None:
    assert taken([text]) == ([], text)


def test_samples_and_text_keep_their_order() -> None:
    lines = PlotLines()
    assert list(lines.feed("start\na:1\nmiddle\na:")) == ["start\n", {"a": 1}, "middle\n"]
    assert list(lines.feed("2\nend")) == [{"a": 2}]
    assert list(lines.finish()) == ["end"]


def test_a_progress_bar_moves_and_a_last_line_needs_no_end() -> None:
    lines = PlotLines()
    assert list(lines.feed("\r10%\r20%\r")) == ["\r", "10%\r", "20%\r"]
    assert list(lines.feed("a:1")) == []
    assert list(lines.finish()) == [{"a": 1}]


def test_behind_a_prompt_a_line_begins() -> None:
    lines = PlotLines()
    assert list(lines.feed("How many? ")) == []
    assert list(lines.release()) == ["How many? "]
    assert list(lines.feed("a:2\n")) == [{"a": 2}]


def test_a_piece_without_a_line_end_costs_no_time() -> None:
    started = time.process_time()
    assert taken(["x" * 1_000_000]) == ([], "x" * 1_000_000)
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    "part", ["1", "1.", "a", "a ", "1 ", "a:1,", "{'a':", ">", "[(", "-", "  "]
)
@pytest.mark.parametrize("end", ["x", ":", "}", "\x00", "]"])
def test_no_line_takes_long(part: str, end: str) -> None:
    line = part * (LONGEST_LINE // len(part) - 1) + end
    started = time.process_time()
    for form in (line, "{'a': " + line[:-9] + "}", ">" + line[:-1], "(" + line[:-2] + ")"):
        parse_line(form)
    assert time.process_time() - started < 0.25


def test_a_line_without_end_is_not_kept() -> None:
    lines = PlotLines()
    shown = [item for _ in range(100) for item in lines.feed("1" * 1000)]
    assert len("".join(map(str, shown))) >= 100_000 - LONGEST_LINE
    assert list(lines.feed("\n1\n")) == ["\n", {"value1": 1}]
