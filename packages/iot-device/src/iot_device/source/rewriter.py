r"""Wraps a program so that the board tells how it ended.

What is sent looks like this, with a random token for each run::

    try:
            import sys
            sys.exit(3)
    except SystemExit as _iot:
            __import__('builtins').print('TOKENx',_iot.args,end='')
    finally:
            __import__('builtins').print('TOKEN',end='')

and what comes back ends in ``TOKENx (3,)TOKEN``. The token at the very end is written however
the program ends; exceptions pass, so that the raw REPL prints the board's own traceback.

Why it looks like this:

- One tab before each line (not before those that begin inside of a string) moves every column by
  8, whether the program itself is indented by tabs or by spaces, in both lexers.
- ``__import__('builtins').print`` is what a program cannot have shadowed by a ``print`` or ``sys``
  of its own, runs on every firmware (the BBC micro:bit has no ``sys.stdout``), and unlike an
  import statement it binds no name: that needs memory, and displaced the program's own exception
  in two of three trials with a full heap on MicroPython 1.25.
- ``print`` writes a tuple piece by piece; the ``repr`` never stands in the board's memory.
- A token has more than 10 characters: shorter strings are interned and never freed
  (``MICROPY_ALLOC_PARSE_INTERN_STRING_LEN``).
- Where the board has the session's own context manager already, ``with`` takes the place of
  ``try``: see ``opening``.
- A program that cannot be wrapped gets an empty line before it, so that all line numbers are
  off by one, also those in functions that came with an earlier program.

Names that begin with ``_iot`` are ours on the board; these are there for moments only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from iot_device.source.check import check_source
from iot_device.source.layout import CannotWrapError, lay_out
from iot_device.source.trailer import EXIT_MARK, VALUE_MARK

__all__ = ["END_MARK", "MIN_TOKEN_LENGTH", "RewrittenSource", "rewrite"]

MIN_TOKEN_LENGTH = 11  # letters and digits

# What a token may begin with: a byte that ends no program's output. Output that ends in the first
# byte of a token has to be held back, because the rest of the token may follow.
END_MARK = "\x1f"

_LINES_BEFORE = 1
_FRAME = re.compile(
    r'(?P<before>  File "<stdin>", line )(?P<line>\d+)'
    r"(?P<after>(?:, in (?P<function>.*?))?\r?\n?)"
)

# Not kept as "_": it would hold itself, and MicroPython's repr of that never ends.
_NAMESPACE = re.compile(rb"(?:globals|locals|vars)\(\)")
# CPython names a second line in the words of some of them: "unterminated ... (detected at line 3)".
_SYNTAX_MESSAGE = re.compile(r"(?:SyntaxError|IndentationError|TabError): ")
_LINE_IN_MESSAGE = re.compile(r"(?<=\b[oa][nt] line )\d+\b")


@dataclass(frozen=True)
class RewrittenSource:
    """A program as it is sent, and the way back to the program as it was given.

    Attributes:
        source: The bytes for the board.
        lines: Number of lines of the program as it was given.
        not_rewritten: Why it could not be wrapped, in words; ``None`` if it was, or if there was
            nothing to wrap. Then the token is written only if the program gets to its end;
            exit code and value stay unknown.
    """

    source: bytes
    lines: int
    not_rewritten: str | None = None

    def map_line(self, line: int) -> int | None:
        """Return the line of the given program, from 1, for one of ``source``; ``None`` if ours."""
        original = line - _LINES_BEFORE
        return original if 1 <= original <= self.lines else None

    def map_traceback(self, traceback: str) -> str:
        """Return the board's traceback with the line numbers of the program as it was given.

        Lines about code of ours vanish. Line numbers of functions that came with an earlier
        program are mapped too. The rest stays as it is.

        Args:
            traceback: As the board sent it, decoded.
        """
        return "".join(self._map_text(line) for line in traceback.splitlines(keepends=True))

    def _map_text(self, text: str) -> str:
        frame = _FRAME.fullmatch(text)
        if frame is None:
            is_syntax = _SYNTAX_MESSAGE.match(text)
            return _LINE_IN_MESSAGE.sub(self._map_number, text) if is_syntax else text
        line, function = int(frame["line"]), frame["function"]
        if function is None:
            line = min(line, self.lines + _LINES_BEFORE)  # noticed only behind the program
        elif function.startswith("_iot") or (function == "<module>" and not self.map_line(line)):
            return ""
        return f"{frame['before']}{max(1, line - _LINES_BEFORE)}{frame['after']}"

    def _map_number(self, number: re.Match[str]) -> str:
        return str(self.map_line(int(number[0])) or self.lines)


def rewrite(
    source: bytes | str, *, end_token: str, want_value: bool = False, opening: str | None = None
) -> RewrittenSource:
    """Make a program tell how it ended.

    Args:
        source: The program.
        end_token: What it writes at its very end: at least ``MIN_TOKEN_LENGTH`` letters and
            digits, behind ``END_MARK`` or not, random for each run.
        want_value: Tell the ``repr`` of the last statement if it is an expression that is not
            ``None`` and has no semicolon behind it, and keep the value as ``_`` on the board (but
            not that of ``globals()``).
        opening: A ``with`` statement whose context manager writes what our ``try`` statement
            would, as one line; ``None``: the board has none.

    Raises:
        InvalidSourceError: The program cannot be sent; see ``check_source``.
        ValueError: The token is too short, or not only letters and digits.
    """
    token = _check_token(end_token)
    program = check_source(source)
    lines = _count_lines(program)
    try:
        layout = lay_out(program)
    except CannotWrapError as reason:
        return RewrittenSource(_append(program, token), lines, str(reason))
    if layout.is_empty:
        return RewrittenSource(_append(program, token), lines)
    after = b""
    if want_value and layout.value is not None:
        program, after = _tell_value(program, layout.value, token)
    body = _indent(program, layout.inside_string) + after
    wrapped = _wrap(body, token) if opening is None else opening.encode() + b"\n" + body
    return RewrittenSource(wrapped, lines)


def _check_token(end_token: str) -> str:
    letters = end_token.removeprefix(END_MARK)
    if len(letters) < MIN_TOKEN_LENGTH or not (letters.isascii() and letters.isalnum()):
        raise ValueError(f"an end token has at least {MIN_TOKEN_LENGTH} letters and digits")
    return end_token


def _count_lines(program: bytes) -> int:
    return len(program.removesuffix(b"\n").split(b"\n"))


def _text(token: str, mark: str = "") -> bytes:
    return ascii(token + mark).encode()


def _print(*arguments: bytes) -> bytes:
    return b"__import__('builtins').print(" + b",".join(arguments) + b",end='')\n"


def _append(program: bytes, token: str) -> bytes:
    # The empty line: a backslash at the end must not join the program with our statement.
    return b"\n" + program + b"\n\n" + _print(_text(token))


def _wrap(body: bytes, token: str) -> bytes:
    tell_exit = b"except SystemExit as _iot:\n\t" + _print(_text(token, EXIT_MARK), b"_iot.args")
    finish = b"finally:\n\t" + _print(_text(token))
    return b"try:\n" + body + tell_exit + finish


def _tell_value(program: bytes, value: tuple[int, int], token: str) -> tuple[bytes, bytes]:
    before, expression, after = program[: value[0]], program[slice(*value)], program[value[1] :]
    if _NAMESPACE.fullmatch(expression):
        write = _print(_text(token, VALUE_MARK), b"(" + expression + b",)").removesuffix(b"\n")
        return before + write + after, b""
    # The name goes before the value is written: its __repr__ may raise.
    write = _print(_text(token, VALUE_MARK), b"(_,)")
    tell = b"\tif _iot_v is None:del _iot_v\n\telse:_=_iot_v;del _iot_v;" + write
    return before + b"_iot_v=(" + expression + b")" + after, tell


def _indent(program: bytes, inside_string: frozenset[int]) -> bytes:
    lines = program.removesuffix(b"\n").split(b"\n")
    indented = (
        line if not line or index in inside_string else b"\t" + line
        for index, line in enumerate(lines)
    )
    return b"\n".join(indented) + b"\n"
