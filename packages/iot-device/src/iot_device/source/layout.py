"""How a program is laid out: where its strings and its last expression stand.

The host's own tokenizer and parser read a *view* of the program, which has the same length and
the same lines, so that every offset in the view is an offset in the program.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CannotWrapError", "Layout", "lay_out"]

# MicroPython takes every byte from 0x80 as a letter (lexer.c, is_head_of_identifier), in whatever
# encoding; so does the view. No keyword and no prefix of a string contains a "z".
_AS_LETTERS = bytes(range(128)) + b"z" * 128
# Escapes do not matter here, but hide quotes and cause warnings. The braces of f-strings matter.
_ESCAPE = re.compile(rb"\\[^\n{}]|\\(?=[{}])")
_ODD_INDENT = re.compile(r"^[ \t]*[\f\v]", re.MULTILINE)

_OPENING = {
    getattr(tokenize, name)
    for name in ("FSTRING_START", "TSTRING_START")  # from 3.12, from 3.14
    if hasattr(tokenize, name)
}
_CLOSING = {
    getattr(tokenize, name) for name in ("FSTRING_END", "TSTRING_END") if hasattr(tokenize, name)
}

# An exception handler spans at most 32767 bytes of MicroPython's bytecode (emitbc.c: "bytecode
# overflow"). Measured with 1.25, nodes of the syntax tree take 1 to 4 bytes each.
_MAX_BYTECODE = 32000
_BYTES_PER_NODE = 4
_BYTES_PER_FUNCTION = 12
_NO_CODE = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
_OWN_CODE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class CannotWrapError(Exception):
    """The program must stay as it is; the message tells why."""


@dataclass(frozen=True)
class Layout:
    """Where things stand in a program.

    Attributes:
        inside_string: Indices, from 0, of the lines that begin inside of a string.
        value: Start and end, in bytes, of the last statement if it is an expression that no
            semicolon follows, else ``None``.
        is_empty: Whether there is no statement at all.
    """

    inside_string: frozenset[int]
    value: tuple[int, int] | None
    is_empty: bool


def lay_out(program: bytes) -> Layout:
    r"""Find out how a program is laid out.

    Args:
        program: The program, with ``\n`` at the ends of lines.

    Raises:
        CannotWrapError: It must not be wrapped into a ``try`` statement.
    """
    view = _view(program)
    try:
        tree = ast.parse(view)
        _refuse_odd_cases(view, tree)
        tokens = list(tokenize.generate_tokens(io.StringIO(view).readline))
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise CannotWrapError(f"the host's Python cannot parse it: {_reason(error)}") from error
    if any(token.type == tokenize.NAME and token.string == "soft_reset" for token in tokens):
        raise CannotWrapError("machine.soft_reset works by SystemExit, which must not be caught")
    return Layout(_lines_inside_strings(tokens), _find_value(view, tree), not tree.body)


def _reason(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.msg} (line {error.lineno})"
    return "it is too deep or too large"


def _view(program: bytes) -> str:
    return _ESCAPE.sub(_mask, program.translate(_AS_LETTERS)).decode("ascii")


def _mask(escape: re.Match[bytes]) -> bytes:
    return b"z" * len(escape[0])


def _refuse_odd_cases(view: str, tree: ast.Module) -> None:
    if _ODD_INDENT.search(view):
        raise CannotWrapError("a form feed in the indentation")
    if any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body):
        raise CannotWrapError("'from __future__' must stand at the beginning")
    if _bytecode_size(tree) > _MAX_BYTECODE:
        raise CannotWrapError("too much code outside of functions for one try statement")


def _bytecode_size(tree: ast.Module) -> int:
    """An upper estimate for the code outside of functions and classes, in bytes."""
    size, nodes = 0, list[ast.AST](tree.body)
    while nodes:
        node = nodes.pop()
        if isinstance(node, _OWN_CODE):
            size += _BYTES_PER_FUNCTION
        elif not isinstance(node, _NO_CODE):
            size += _BYTES_PER_NODE
            nodes.extend(ast.iter_child_nodes(node))
    return size


def _lines_inside_strings(tokens: Iterable[tokenize.TokenInfo]) -> frozenset[int]:
    inside: set[int] = set()
    starts: list[int] = []
    for token in tokens:
        first, last = token.start[0], token.end[0]
        if token.type in _OPENING:
            starts.append(first)
        elif token.type in _CLOSING:
            inside.update(range(starts.pop(), last))
        elif token.type == tokenize.STRING:
            inside.update(range(first, last))
    return frozenset(inside)


def _find_value(view: str, tree: ast.Module) -> tuple[int, int] | None:
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        return None
    starts = [0, *(match.end() for match in re.finditer("\n", view))]
    end = starts[(last.end_lineno or last.lineno) - 1] + (last.end_col_offset or 0)
    following = view[end:].lstrip(" \t\f\\\n")
    return None if following.startswith(";") else (starts[last.lineno - 1] + last.col_offset, end)
