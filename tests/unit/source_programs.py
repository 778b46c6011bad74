"""Random programs that are hard to rewrite, for Hypothesis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["programs"]

_QUOTES = ("'", '"', "'''", '"""')
_COMMON = ("a", " ", "\t", "#", "x = 1", "\\\\", "\\n", "\\\n", "  # its", "\\\n\t")
_REPLACEMENTS = ("{1+1}", "{{", "}}", "{v0!r:>9}", "{(1,\n  2)}", "{v1:{9}}")


@st.composite
def _string(draw: st.DrawFn) -> str:
    quote = draw(st.sampled_from(_QUOTES))
    prefix = draw(st.sampled_from(("", "r", "b", "rb", "f")))
    pieces = [*_COMMON, "\\" + quote[0], "'" if quote[0] == '"' else '"']
    if len(quote) == 3:
        pieces += ["\n", "\n  ", "\n\t", "\n\n"]
    if "b" not in prefix:
        pieces += ["\u00e9", "\u4e2d"]
    if prefix == "f":
        pieces += [text for text in _REPLACEMENTS if len(quote) == 3 or "\n" not in text]
    content = "".join(draw(st.lists(st.sampled_from(pieces), max_size=6)))
    return f"{prefix}{quote}{content}{quote}"


_NAME = st.sampled_from(("v0", "v1", "v2"))
_EXPRESSION: st.SearchStrategy[str] = st.deferred(
    lambda: (
        _string()
        | _NAME
        | st.sampled_from(("1", "None", "...", "f(1)", "v0 and v1", "v2 is None", "C()"))
        | st.tuples(_EXPRESSION, _EXPRESSION).map("({0[0]},  # it's\n{0[1]})".format)
        | st.tuples(_EXPRESSION, _EXPRESSION).map("[\n\t{0[0]}, {0[1]}\n]".format)
        | _EXPRESSION.map("(lambda: {}\n)()".format)
        | _EXPRESSION.map("repr({})".format)
    )
)


def _assignment(parts: tuple[str, str]) -> str:
    return f"{parts[0]} = {parts[1]}"


_SIMPLE = (
    st.tuples(_NAME, _EXPRESSION).map(_assignment)
    | _EXPRESSION
    | _EXPRESSION.map("print({})".format)
    | _EXPRESSION.map("v0 = \\\n  {}".format)
    | st.sampled_from(
        (
            "pass",
            "from math import *",
            "import sys as v2",
            "print = sys = None",
            "v0 += 1",
            "del v1",
            "raise ValueError(v0)",
            "f(0)",
            "1 // 0",
            "raise KeyboardInterrupt",
            "import sys; sys.exit(v0)",
            "raise SystemExit",
            "raise SystemExit('why')",
            "v0: int = 3",
        )
    )
)
_LINE = st.lists(_SIMPLE, min_size=1, max_size=3).map("; ".join) | st.sampled_from(
    ("", "   ", "\t", "# it's", "#'''", "x = 1  # \\", "if v0: pass", "for v1 in (1, 2): print(v1)")
)
_HEADS = (
    "if v0:",
    "while v0 is None:",
    "for v1 in 'ab':  # it's",
    "def f(v0=3):",
    "class C:",
    "try:",
    "with open('no such file'):",
)
_TAILS = {
    "try:": ("except ValueError as v2:", "finally:", "except SystemExit:"),
    "if v0:": ("else:",),
}


@st.composite
def _block(draw: st.DrawFn, indent: str, depth: int) -> str:
    lines = [draw(_line(indent)) for _ in range(draw(st.integers(0, 3)))]
    if depth and draw(st.booleans()):
        inner = indent + draw(st.sampled_from((" ", "  ", "\t", "        ")))
        head = draw(st.sampled_from(_HEADS))
        lines += [indent + head, draw(_block(inner, depth - 1))]
        if head in _TAILS:
            tail = draw(st.sampled_from(_TAILS[head]))
            lines += [indent + tail, draw(_block(inner, depth - 1))]
        if head.startswith("while"):
            lines.append(f"{inner}break")
    lines.append(indent + draw(_SIMPLE))
    return "\n".join(lines)


def _line(indent: str) -> st.SearchStrategy[str]:
    add_indent: Callable[[str], str] = lambda line: indent + line if line.strip() else line  # noqa: E731
    return _LINE.map(add_indent)


_PRELUDE = """v0 = 0
v1 = v2 = None
class C:
  '''Doc
string'''
  def __repr__(self): return 'C()'
def f(x):
\treturn 1 // x  # may raise
"""


def programs() -> st.SearchStrategy[str]:
    """Programs that compile on CPython, most of them; some raise, some exit."""
    ending = st.sampled_from(("", "\n", "\n\n", ";", " # end", "\n# end", "\n\t# it's\n"))
    blocks = st.lists(_block("", 2), min_size=1, max_size=3).map("\n".join)
    return st.tuples(st.just(_PRELUDE), blocks, ending).map("".join)
