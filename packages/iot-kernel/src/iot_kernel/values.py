"""The value of a cell's last expression, as the board writes it."""

from __future__ import annotations

import ast
from typing import Any

from iot_device import printable

__all__ = ["BoardValue"]


class BoardValue:
    """What ``Out[n]`` is: the board's ``repr`` of a value.

    Args:
        text: The ``repr``.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return printable(self.text, keep="\n\t")

    @property
    def value(self) -> Any:
        """The value itself, where it is a literal of Python.

        Raises:
            ValueError: It is none.
        """
        try:
            return ast.literal_eval(self.text)
        except (SyntaxError, MemoryError, RecursionError) as error:
            raise ValueError(f"{self!r} is no literal") from error
