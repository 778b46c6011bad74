"""MicroPython files that are sent to the board, and how their functions are called.

Each file of this folder holds one function, a generator with the file's name, that yields
tuples, numbers or bytes. It is sent without comments, runs, writes each thing that it yields as
one line, marked by a random nonce, and is deleted again: nothing of it stays in the user's
globals, and no name that the user may have shadowed is used to write.
"""

from __future__ import annotations

import io
import re
import tokenize
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from iot_device.errors import ResultError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CallReader", "call_program"]

MAX_LINE: Final = 65536  # bytes of one answer

_CALL = """
def _iot_call(p):
 try:
  for v in {name}({arguments}):
   p('{nonce}',v)
 except OSError as e:
  p('{nonce}!',e.args)
try:
 _iot_call(__import__('builtins').print)
finally:
 del _iot_call,{name}
 __import__('builtins').print('{token}',end='')
"""


@cache
def board_source(name: str) -> str:
    """Return a function's source without comments, docstrings and blank lines."""
    text = resources.files(__name__).joinpath(f"{name}.py").read_text(encoding="utf-8")
    return _narrow(_without_docstrings(_without_comments(text)))


def call_program(name: str, arguments: tuple[object, ...], *, nonce: str, token: str) -> bytes:
    """Return the program that defines, calls and deletes a function of this folder."""
    shown = ",".join(map(board_literal, arguments))
    call = _CALL.format(name=name, arguments=shown, nonce=nonce, token=token)
    return (board_source(name) + call).encode()


def board_literal(value: object) -> str:
    """Return an expression, all ASCII, that gives this value on the board.

    A path may hold bytes that are no UTF-8 (``surrogateescape``, as ``os.fsdecode`` gives them).
    The board has no such strings; the bytes are handed over as they are.
    """
    if isinstance(value, str) and any("\udc80" <= char <= "\udcff" for char in value):
        return repr(value.encode(errors="surrogateescape"))
    return ascii(value)


class CallReader:
    """Reads the lines that a called function writes.

    Args:
        nonce: What each line begins with.
        parse: Turns the text of a value into the value.
    """

    def __init__(self, nonce: str, parse: Callable[[bytes], Any]) -> None:
        self._nonce = nonce.encode()
        self._parse = parse
        self._rest = b""
        self._items: list[Any] = []
        self._error: tuple[object, ...] | None = None

    def feed(self, data: bytes) -> None:
        """Take output of the board."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line)
        if len(self._rest) > MAX_LINE:
            raise ResultError("the board's answer has no end", text=ascii(self._rest[:100]))

    def items(self) -> list[Any]:
        """Return what the function yielded.

        Raises:
            OSError: It raised one on the board; ``args`` are the board's.
        """
        if self._error is not None:
            raise OSError(*self._error)
        return self._items

    def _take(self, line: bytes) -> None:
        noise, nonce, value = line.rstrip(b"\r").partition(self._nonce)
        if not nonce or noise:
            return  # a timer or a thread of the user wrote this
        if value.startswith(b"!"):
            self._error = tuple(self._parse(value[1:].strip()))
        else:
            self._items.append(self._parse(value.strip()))


def _without_comments(text: str) -> str:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = text.splitlines()
    for token in tokens:
        if token.type == tokenize.COMMENT:
            line, column = token.start
            lines[line - 1] = lines[line - 1][:column].rstrip()
    return "\n".join(lines)


def _without_docstrings(text: str) -> str:
    return re.sub(r'^\s*"""(?s:.*?)"""\n', "", text, flags=re.MULTILINE)


def _narrow(text: str) -> str:
    lines = (line for line in text.splitlines() if line.strip())
    narrow = (" " * ((len(line) - len(line.lstrip())) // 4) + line.lstrip() for line in lines)
    return "\n".join(narrow) + "\n"
