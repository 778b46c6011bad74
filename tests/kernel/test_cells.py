"""Cells are taken apart by where a statement can begin, not by what a line looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.cells import (
    Code,
    Help,
    LineMagic,
    Shell,
    cell_magic_of,
    host_lines,
    steps_of,
    without_comment,
)
from iot_kernel.errors import UsageError


def test_code_magics_and_commands_come_in_their_order() -> None:
    text = "import x\n%connect a -q\nx.f()\n\n!ls -l\nx.g()"
    assert steps_of(text) == [
        Code("import x", 1),
        LineMagic("connect", "a -q", 2),
        Code("x.f()\n", 3),
        Shell("ls -l", 5),
        Code("x.g()", 6),
    ]


@pytest.mark.parametrize(
    "code",
    [
        's = """\n%ls\n!rm -rf /\n"""',
        "s = '''\n%ls\\\n'''",
        "print((1\n%3,\n))",
        "x = 5 \\\n%3",
        "d = {\n'a': 1,\n}; t = [\n!1]",
        'f"{x["a"]}" if "{" else """\n%ls"""',
        's = \'it\\\'s\' """#\n%no\n""" # )]',
    ],
)
def test_percent_inside_strings_brackets_and_continued_lines_is_code(code: str) -> None:
    assert steps_of(code) == [Code(code, 1)]


def test_an_unfinished_string_of_one_line_does_not_swallow_the_magics_below() -> None:
    assert steps_of("s = 'oops\n%ls") == [Code("s = 'oops", 1), LineMagic("ls", "", 2)]


def test_a_backslash_continues_commands_and_magics() -> None:
    assert steps_of("!echo a \\\n  b\n%rm x \\\ny") == [
        Shell("echo a \\\n  b", 1),
        LineMagic("rm", "x  y", 3),
    ]


def test_question_marks_ask_for_help() -> None:
    assert steps_of("machine.Pin?\n??f\n%cat?") == [
        Help("machine.Pin", 0, 1),
        Help("f", 1, 2),
        Help("%cat", 0, 3),
    ]
    assert cell_magic_of("%%bash?") is None
    assert steps_of("%%bash?") == [Help("%%bash", 0, 1)]


def test_a_cell_that_is_indented_as_a_whole_is_not() -> None:
    assert steps_of("  a = 1\n  %ls\n  if a:\n    b") == [
        Code("a = 1", 1),
        LineMagic("ls", "", 2),
        Code("if a:\n  b", 3),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# only\n  # comments\n"])
def test_cells_of_blanks_and_comments_have_no_steps(text: str) -> None:
    assert steps_of(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("for i in x:\n    %ls", "line 2: a magic cannot stand inside a block"),
        ("x = 1\n%%bash\nls", "line 2: a cell magic stands at the top"),
        ("files = !ls", "line 1: what a magic or command gives can be kept on the host only"),
        ("% ls", "line 1: no magic"),
    ],
)
def test_magics_that_stand_where_they_cannot_are_explained(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        steps_of(text)


def test_blank_lines_and_comments_may_stand_before_a_cell_magic() -> None:
    magic = cell_magic_of("\n# why\n\n%%connect a b  # both\nprint(1)\n")
    assert magic is not None
    assert (magic.name, magic.rest, magic.body, magic.line) == (
        "connect",
        "a b  # both",
        "print(1)\n",
        5,
    )
    assert host_lines("\n# why\n%%host\n1") == len("\n# why\n%%host")
    assert host_lines("x = 1\n%%host") is None
    assert host_lines("%%hosts") is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("a b  # note: don't", "a b"),
        ("'a # b' c#d", "'a # b' c#d"),
        ("-t 'x'# y", "-t 'x'# y"),
        ("it's # x", "it's"),
        ("# only", ""),
    ],
)
def test_comments_behind_arguments_are_dropped(text: str, rest: str) -> None:
    assert without_comment(text) == rest


@given(st.text(alphabet="%!?'\"()[]{}\\\n #ax=:", max_size=60))
def test_no_line_is_lost_or_invented(text: str) -> None:
    try:
        steps = steps_of(text)
    except UsageError:
        return
    lines = text.split("\n")
    numbers = [step.line for step in steps]
    assert numbers == sorted(set(numbers))
    for step in steps:
        if isinstance(step, Code):
            count = step.source.count("\n") + 1
            sources = [line.strip() for line in lines[step.line - 1 : step.line - 1 + count]]
            assert [line.strip() for line in step.source.split("\n")] == sources
