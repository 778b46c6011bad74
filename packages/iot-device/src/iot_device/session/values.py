"""Reading values that a board wrote: data, never code, and bounded."""

from __future__ import annotations

import ast
import re
from typing import Any, Final

from iot_device.errors import ResultError

__all__ = ["MAX_DEPTH", "MAX_VALUE", "parse_value"]

MAX_VALUE: Final = 65536  # bytes of text
MAX_DEPTH: Final = 20  # brackets within brackets

_STRING = re.compile(rb"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_DEPTH = {ord(c): 1 for c in "([{"} | {ord(c): -1 for c in ")]}"}


def parse_value(text: bytes, *, max_size: int = MAX_VALUE) -> Any:
    """Return the Python value that a board wrote with ``repr``.

    Args:
        text: What the board wrote.
        max_size: Bytes that are accepted. ``ast.literal_eval`` needs several hundred times the
            memory of its text, so the size is looked at first.

    Raises:
        ResultError: It is too long, too deep, or no literal of Python.
    """
    if len(text) > max_size:
        raise ResultError(
            f"the value is {len(text)} bytes of text, more than {max_size}",
            text=text[:200].decode(errors="backslashreplace"),
            hint="ask for a part of it, or give a larger max_size",
        )
    shown = text.decode(errors="backslashreplace")
    if _deepest(text) > MAX_DEPTH:
        raise ResultError("the value is nested too deeply", text=shown)
    try:
        return ast.literal_eval(text.decode())
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise ResultError(
            f"the value is no literal of Python: {shown[:60]!a}",
            text=shown,
            hint="numbers, strings, bytes, and tuples, lists, dicts and sets of them come across",
        ) from None


def _deepest(text: bytes) -> int:
    depth = deepest = 0
    for byte in _STRING.sub(b"", text):
        depth += _DEPTH.get(byte, 0)
        deepest = max(deepest, depth)
    return deepest
