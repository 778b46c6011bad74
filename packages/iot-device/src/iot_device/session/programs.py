"""The short programs of our own that a session runs, as bytes for the raw REPL."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from iot_device.errors import InvalidSourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["expression_program", "identify_program", "remove_builtins"]


# The words that no program can have shadowed and that leave no name behind (see
# ``iot_device.source.rewriter``).
_PRINT: Final = "__import__('builtins').print"


def identify_program(token: str) -> bytes:
    """Return the first program of a session: small enough for every input ring.

    Nothing is known of the board yet, so it goes out 64 bytes at a time with pauses: each name that
    stands in it twice would cost one more of 10 ms.
    """
    # Plain tuples since 1.9: name and version stand first in sys.implementation.
    facts = "t,i('sys').platform,i('sys').implementation[0],t"
    return f"(lambda i,t:i('builtins').print({facts},end=''))(__import__,{token!a})".encode()


def expression_program(expression: str, token: str) -> bytes:
    """Return the program that writes the ``repr`` of an expression between two tokens.

    Raises:
        InvalidSourceError: It is not one expression.
    """
    try:
        ast.parse(expression.strip(), mode="eval")
        ast.parse(f"({expression}\n)", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = max(1, getattr(error, "lineno", None) or 1)
        column = max(1, getattr(error, "offset", None) or 1)
        raise InvalidSourceError(
            "this is not one expression",
            line=line,
            column=column,
            hint="eval takes one expression; exec runs programs",
        ) from None
    frame = ascii(f"{token}%r{token}")
    return f"{_PRINT}({frame}%((\n{expression}\n),),end='')\n".encode()


def remove_builtins(names: Sequence[str], token: str) -> bytes:
    """Return the program that takes what the session installed from the board's builtins."""
    targets = ",".join(f"__import__('builtins').{name}" for name in names)
    return f"try:\n del {targets}\nfinally:\n {_PRINT}({token!a},end='')\n".encode()
