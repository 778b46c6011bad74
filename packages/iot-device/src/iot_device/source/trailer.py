"""What a rewritten program writes between its end tokens, and how the host reads it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

__all__ = ["EXIT_MARK", "VALUE_MARK", "Trailer", "parse_trailer"]

EXIT_MARK = "x"  # then the arguments of SystemExit
VALUE_MARK = "v"  # then a tuple with the value of the last expression

_MAX_EXIT = 4096  # bytes; a longer argument of sys.exit is not looked into


@dataclass(frozen=True, slots=True)
class Trailer:
    """What a program told about its end.

    Attributes:
        exited: Whether ``SystemExit`` ended it.
        exit_code: The argument of ``sys.exit``; 0 where there was none or ``None``, as in CPython;
            an argument that is neither a number nor text, as the text of its ``repr``. ``None``
            if the program did not exit or the argument cannot be read.
        value: The ``repr`` of the last expression, as the board wrote it; ``None`` if there was
            none or it was ``None``.
    """

    exited: bool = False
    exit_code: int | str | None = None
    value: str | None = None


def parse_trailer(payload: bytes) -> Trailer:
    """Read what stood between the first end token and the last one.

    The board's words are data: nothing here is evaluated, and what makes no sense gives an empty
    ``Trailer``, or one without an exit code.

    Args:
        payload: The bytes without the tokens; empty if there was only one token.
    """
    text = payload.decode(errors="backslashreplace").replace("\r\n", "\n")  # as output has it
    mark, text = text[:1], text[1:].strip()
    if not (text.startswith("(") and text.endswith(")")):
        return Trailer(exited=mark == EXIT_MARK)
    if mark == EXIT_MARK:
        return Trailer(exited=True, exit_code=_exit_code(text))
    if mark == VALUE_MARK and text.endswith(",)"):
        return Trailer(value=text[1:-2])
    return Trailer()


def _exit_code(arguments: str) -> int | str | None:
    if len(arguments) > _MAX_EXIT:
        return None
    try:
        values = ast.literal_eval(arguments)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return arguments[1:-1].removesuffix(",")  # an object: only its repr is known
    code = values[0] if isinstance(values, tuple) and len(values) == 1 else values
    if code is None or code == ():
        return 0
    if isinstance(code, int):
        return int(code)
    return code if isinstance(code, str) else repr(code)
