"""Lines that differ from one before in their numbers alone: they need no parsing. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from iot_kernel.plotting.parsing import LONGEST_LINE, parse_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_kernel.plotting.parsing import Sample

__all__ = ["MAX_FORMS", "Forms"]

MAX_FORMS: Final = 64
"""A cell prints a few; where each line has one of its own, they are not worth remembering."""

# Those that all kinds of lines read alike: JSON has no leading zero, and 15 digits are exact.
_NUMBERS: Final = re.compile(r"(?<![\w.+-])(-?(?:0|[1-9][0-9]{0,14}+)(?:\.[0-9]++)?)(?![\w.+-])")


class Forms:
    """Reads lines as ``parse_line`` does.

    The form of a line is what stands between its numbers. A form whose numbers are the values of a
    sample, each of them, always is one: what decides is between them.
    """

    def __init__(self) -> None:
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}

    def read(self, line: str) -> Sample | None:
        """Return the sample that a line is; ``None``: it is text.

        Args:
            line: Without its end.
        """
        if len(line) > LONGEST_LINE:
            return None
        parts = _NUMBERS.split(line)
        form = tuple(parts[::2])
        names = self._names.get(form)
        if names is None and len(self._names) < MAX_FORMS:
            names = self._names[form] = _names_of(form)
        return (
            dict(zip(names, map(_value, parts[1::2]), strict=True)) if names else parse_line(line)
        )


def _names_of(form: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the numbers in a form; nothing if they are not those of a sample."""
    numbers = range(11, 10 + len(form))  # all different, so that each is known by its value
    line = "".join(f"{before}{number}" for before, number in zip(form, numbers, strict=False))
    sample = parse_line(line + form[-1]) or {}
    return tuple(sample) if list(sample.values()) == list(numbers) else ()


def _value(word: str) -> float:
    return float(word) if "." in word else int(word)
