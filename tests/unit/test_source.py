"""What the rewriter sends, what it refuses, and how lines are mapped back."""

from __future__ import annotations

import pytest

from iot_device.errors import InvalidSourceError
from iot_device.source import check_source, rewrite

TOKEN = "0123456789abcdef"

PRINT_END = f"__import__('builtins').print('{TOKEN}',end='')\n"
CATCH = (
    "except SystemExit as _iot:\n"
    f"\t__import__('builtins').print('{TOKEN}x',_iot.args,end='')\n"
    f"finally:\n\t{PRINT_END}"
)
TELL_VALUE = (
    "\tif _iot_v is None:del _iot_v\n"
    f"\telse:_=_iot_v;del _iot_v;__import__('builtins').print('{TOKEN}v',(_,),end='')\n"
)


def body_of(source: str | bytes, *, want_value: bool = False) -> str:
    """Rewrite, and return what stands between ``try:`` and ``except``."""
    rewritten = rewrite(source, end_token=TOKEN, want_value=want_value)
    assert rewritten.not_rewritten is None
    text = rewritten.source.decode()
    assert text.startswith("try:\n")
    assert text.endswith(CATCH)
    return text.removeprefix("try:\n").removesuffix(CATCH)


# What may be sent.


@pytest.mark.parametrize("byte", [0, 1, 2, 3, 4, 5])
def test_control_bytes_are_refused_with_line_column_and_the_escape_to_write(byte: int) -> None:
    source = b"x = 1\r\ny = 'ab" + bytes([byte]) + b"'\n"
    with pytest.raises(InvalidSourceError) as caught:
        check_source(source)
    assert (caught.value.line, caught.value.column) == (2, 8)
    assert caught.value.hint is not None
    assert f'"\\x{byte:02x}"' in caught.value.hint


def test_the_column_counts_characters_not_bytes() -> None:
    with pytest.raises(InvalidSourceError) as caught:
        check_source("a\n'\u00e9\u4e2d\x04'")
    assert (caught.value.line, caught.value.column) == (2, 4)


def test_all_other_bytes_pass_unchanged() -> None:
    source = b"x = '" + bytes(b for b in range(6, 256) if b != 13) + b"'\n"
    assert check_source(source) == source


def test_text_becomes_utf_8_without_byte_order_mark() -> None:
    assert check_source("\ufeffx = '\u00e9'") == b"x = '\xc3\xa9'"
    assert check_source(b"\xef\xbb\xbfx") == b"x"


def test_line_ends_become_line_feeds() -> None:
    assert check_source("a\r\nb\rc\n\r\n'''x\r\ny'''") == b"a\nb\nc\n\n'''x\ny'''"


def test_half_a_surrogate_pair_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidSourceError) as caught:
        check_source("a\r\nb = '\ud800'")
    assert (caught.value.line, caught.value.column) == (2, 6)


def test_rewriting_checks_the_source() -> None:
    with pytest.raises(InvalidSourceError):
        rewrite("x = '\x04'", end_token=TOKEN)


@pytest.mark.parametrize("token", ["", "a" * 10, "a" * 11 + "'", "\u00e9" * 16])
def test_a_token_that_the_board_would_keep_or_misread_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="end token"):
        rewrite("x", end_token=token)


# How it is wrapped.


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("x = 1", "\tx = 1\n"),
        ("x = 1\n", "\tx = 1\n"),
        ("x = 1\n\n\n# end", "\tx = 1\n\n\n\t# end\n"),
        ("if x:\n\ty\n", "\tif x:\n\t\ty\n"),
        ("if x: y\nelse: z", "\tif x: y\n\telse: z\n"),
        ("@a\n@b\ndef f():\n  pass", "\t@a\n\t@b\n\tdef f():\n\t  pass\n"),
        ("x = (1,\n2)\n", "\tx = (1,\n\t2)\n"),
        ("x = 1 + \\\n  2\n", "\tx = 1 + \\\n\t  2\n"),
        ("x = 'a\\\n b'\n", "\tx = 'a\\\n b'\n"),
        ("x = '''a\n b\n'''; y = 1\nz\n", "\tx = '''a\n b\n'''; y = 1\n\tz\n"),
        ("x = ('''a\n''' 'b'\n'''c\nd''')\n", "\tx = ('''a\n''' 'b'\n\t'''c\nd''')\n"),
        ('x = r"""\\"""  # """\ny\n', '\tx = r"""\\"""  # """\n\ty\n'),
        ("x = 'it\\'s # no comment'\ny", "\tx = 'it\\'s # no comment'\n\ty\n"),
        ("# it's\nx", "\t# it's\n\tx\n"),
        ("# '''\nx\n# '''", "\t# '''\n\tx\n\t# '''\n"),
        ('x = f"""{\n  a}\n b"""\ny', '\tx = f"""{\n  a}\n b"""\n\ty\n'),
        ("x = '\u00e9'\n\u00fc = 1", "\tx = '\u00e9'\n\t\u00fc = 1\n"),
        ("from math import *", "\tfrom math import *\n"),
        ("x = 1\x0c\ny", "\tx = 1\x0c\n\ty\n"),
        ("print('\\d')", "\tprint('\\d')\n"),
        (
            "x\nif 1:\n\tpass\n  # odd comment\ny",
            "\tx\n\tif 1:\n\t\tpass\n\t  # odd comment\n\ty\n",
        ),
    ],
)
def test_each_line_that_does_not_begin_in_a_string_gets_one_tab(source: str, body: str) -> None:
    assert body_of(source) == body


def test_bytes_that_are_no_utf_8_are_letters() -> None:
    source = b"# \xff\nx = '''\xfe\n'''\n\xe4 = b'\xff\\\n'\n"
    rewritten = rewrite(source, end_token=TOKEN)
    assert rewritten.not_rewritten is None
    assert b"\t# \xff\n\tx = '''\xfe\n'''\n\t\xe4 = b'\xff\\\n'\n" in rewritten.source


def test_an_opening_takes_the_place_of_our_try_statement() -> None:
    rewritten = rewrite('x\n"""\n"""', end_token=TOKEN, opening="with _iot(5):")
    assert rewritten.source.decode() == 'with _iot(5):\n\tx\n\t"""\n"""\n'
    assert rewritten.map_line(2) == 1


def test_what_is_added_is_small() -> None:
    assert len(rewrite("x", end_token=TOKEN).source) <= 200
    assert len(rewrite("x", end_token=TOKEN, want_value=True).source) <= 300


# What cannot be wrapped.


@pytest.mark.parametrize(
    "source",
    [
        "x =",
        "foo(",
        "x = '''abc",
        "x = 1 + \\",
        "x = 1 + \\\n",
        "  x = 1",
        "print 1",
        "if 1:\nx",
        "x = 1\n  y = 2",
        "(" * 300 + ")" * 300,
        "-" * 10000 + "1",
        "from __future__ import annotations\nx = 1",
        "x = 1\n\x0cy = 2",
        "if 1:\n  \x0c  x = 1\n",
        "import machine\nmachine.soft_reset()",
        "from machine import soft_reset as r",
        "x=1\n" * 5000,
        "x = [" + "12345," * 9000 + "]",
    ],
)
def test_what_does_not_fit_is_sent_as_it_is_behind_an_empty_line(source: str) -> None:
    rewritten = rewrite(source, end_token=TOKEN, want_value=True)
    assert rewritten.not_rewritten
    assert rewritten.source.decode() == f"\n{source}\n\n{PRINT_END}"


def test_the_reason_says_what_the_host_minds_and_where() -> None:
    reason = rewrite("x = 1\nfoo(", end_token=TOKEN).not_rewritten
    assert reason == "the host's Python cannot parse it: '(' was never closed (line 2)"
    reason = rewrite("-" * 100000 + "1", end_token=TOKEN).not_rewritten
    assert reason == "the host's Python cannot parse it: it is too deep or too large"


@pytest.mark.parametrize("source", ["", "\n", "# only a comment", "  # a\n\n\t\n# b"])
def test_an_empty_program_needs_no_wrapping(source: str) -> None:
    rewritten = rewrite(source, end_token=TOKEN, want_value=True)
    assert rewritten.not_rewritten is None
    assert rewritten.source.decode() == f"\n{source}\n\n{PRINT_END}"


@pytest.mark.parametrize(
    "source",
    [
        "f(\u00e9=1, \u00fc=2)",
        "# soft_reset\nx",
        "x = 'soft_reset'",
        "x = f'soft_reset'",
        "def f():\n" + " x=1\n" * 9000,
    ],
)
def test_what_only_looks_odd_is_wrapped(source: str) -> None:
    assert rewrite(source, end_token=TOKEN).not_rewritten is None


# The last expression.


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("x", "\t_iot_v=(x)\n"),
        ("a = 1; a + 1  # c", "\ta = 1; _iot_v=(a + 1)  # c\n"),
        ("(1 +\n 2)", "\t_iot_v=((1 +\n\t 2))\n"),
        ("1 + \\\n 2\n# end\n", "\t_iot_v=(1 + \\\n\t 2)\n\t# end\n"),
        ("'\u00e9'; '\u00e9'", "\t'\u00e9'; _iot_v=('\u00e9')\n"),
        ("'''a\nb'''", "\t_iot_v=('''a\nb''')\n"),
        ("x\n'''\n''' + f'''{\n1}'''", "\tx\n\t_iot_v=('''\n''' + f'''{\n1}''')\n"),
        ("*a, b", "\t_iot_v=(*a, b)\n"),
        ("a, b", "\t_iot_v=(a, b)\n"),
        ("(a)", "\t_iot_v=((a))\n"),
        ("x = '\\\\\\'\\n'; x", "\tx = '\\\\\\'\\n'; _iot_v=(x)\n"),
        ("a == b", "\t_iot_v=(a == b)\n"),
    ],
)
def test_the_last_expression_is_kept(source: str, body: str) -> None:
    assert body_of(source, want_value=True) == body + TELL_VALUE


@pytest.mark.parametrize(
    "source",
    ["x;", "x ; # why", "x;\n# c", "(x\n) \\\n;", "x = 1", "if a: b", "x\npass", "def f(): 1"],
)
def test_a_semicolon_or_another_statement_at_the_end_gives_no_value(source: str) -> None:
    assert body_of(source, want_value=True) == body_of(source)


@pytest.mark.parametrize("expression", ["globals()", "locals()", "vars()"])
def test_the_namespace_is_told_but_not_kept(expression: str) -> None:
    told = f"__import__('builtins').print('{TOKEN}v',({expression},),end='')"
    assert body_of(f"a; {expression} # c", want_value=True) == f"\ta; {told} # c\n"


def test_the_value_is_told_only_if_asked_for() -> None:
    assert body_of("x") == "\tx\n"


# The way back.


@pytest.mark.parametrize("source", ["a\nb\nc", "a\nb\nc\n", "a\n(\nc\n"])
def test_lines_map_back_and_ours_map_to_none(source: str) -> None:
    rewritten = rewrite(source, end_token=TOKEN)
    assert [rewritten.map_line(line) for line in range(7)] == [None, None, 1, 2, 3, None, None]


def test_a_traceback_gets_the_lines_of_the_program() -> None:
    rewritten = rewrite("def f():\n  1/0\nf()\n", end_token=TOKEN)
    board = (
        "Traceback (most recent call last):\r\n"
        '  File "<stdin>", line 8, in <module>\r\n'  # as the BBC micro:bit reports it
        '  File "<stdin>", line 6, in <module>\r\n'
        '  File "<stdin>", line 4, in <module>\r\n'
        '  File "<stdin>", line 3, in f\r\n'
        '  File "lib.py", line 3, in <module>\r\n'
        "ZeroDivisionError: divide by zero\r\n"
    )
    assert rewritten.map_traceback(board) == (
        "Traceback (most recent call last):\r\n"
        '  File "<stdin>", line 3, in <module>\r\n'
        '  File "<stdin>", line 2, in f\r\n'
        '  File "lib.py", line 3, in <module>\r\n'
        "ZeroDivisionError: divide by zero\r\n"
    )


def test_frames_of_our_own_functions_vanish() -> None:
    rewritten = rewrite("input()", end_token=TOKEN)
    board = '  File "<stdin>", line 2, in <module>\n  File "<stdin>", line 3, in _iot_i\n'
    assert rewritten.map_traceback(board) == '  File "<stdin>", line 1, in <module>\n'


def test_functions_of_earlier_programs_keep_their_frames() -> None:
    rewritten = rewrite("f()", end_token=TOKEN)
    board = '  File "<stdin>", line 2, in <module>\n  File "<stdin>", line 41, in f\n'
    mapped = '  File "<stdin>", line 1, in <module>\n  File "<stdin>", line 40, in f\n'
    assert rewritten.map_traceback(board) == mapped


def test_a_syntax_error_noticed_behind_the_program_is_on_its_last_line() -> None:
    rewritten = rewrite("x = 1\nfoo(", end_token=TOKEN)
    board = '  File "<stdin>", line 6\nSyntaxError: invalid syntax\n'
    mapped = '  File "<stdin>", line 2\nSyntaxError: invalid syntax\n'
    assert rewritten.map_traceback(board) == mapped


def test_words_of_an_exception_stay_as_they_are() -> None:
    rewritten = rewrite("x", end_token=TOKEN)
    text = 'ValueError: File "<stdin>", line 9, in <module>\n  File "<stdin>", line x\n'
    assert rewritten.map_traceback(text) == text


def test_the_line_in_the_words_of_a_syntax_error_is_mapped_too() -> None:
    rewritten = rewrite("x = 1\ny = 'a", end_token=TOKEN)
    assert rewritten.map_traceback(
        '  File "<stdin>", line 3\n    y = \'a\n'
        "SyntaxError: unterminated string literal (detected at line 3)\n"
    ) == (
        '  File "<stdin>", line 2\n    y = \'a\n'
        "SyntaxError: unterminated string literal (detected at line 2)\n"
    )
    assert rewritten.map_traceback("ValueError: on line 3") == "ValueError: on line 3"
