"""Lines that a serial plotter understands. Pure.

One line is one sample:

- ``temperature:21.5,humidity:40``, also with spaces or tabs between (Arduino)
- ``>temperature:21.5`` or, with a timestamp, ``>temperature:1627551892437:21.5`` (Teleplot)
- ``21.5 40``, ``21.5,40``, ``(21.5, 40)``, ``[21.5, 40]``: the names are ``value1``, ``value2``
- ``{"temperature": 21.5}``: JSON, or what Python prints for a dict

All other lines are text.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import Final, TypeAlias

__all__ = ["LONGEST_LINE", "TIMESTAMP", "Sample", "parse_line"]

Sample: TypeAlias = dict[str, float | None]
"""Values by the names of their series; all are finite, ``None`` is no number."""

LONGEST_LINE: Final = 4096  # characters; what is longer is text
TIMESTAMP: Final = "timestamp"
"""The name of the timestamps in Teleplot's lines."""

_LONGEST_NAME: Final = 64  # characters
_SAFE_INTEGER: Final = 2**53  # up to here a chart has the same number

_NUMBER: Final = r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|(?i:nan|inf))|None"
_VALUE: Final = rf"(?P<value>{_NUMBER}|True|False)"
_PAIR: Final = re.compile(rf"(?P<name>\w[^\s,:;]*(?: [^\s,:;]+)*)\s*:\s*{_VALUE}(?:[\s,;]+|\Z)")
_ITEM: Final = re.compile(
    rf"""(?P<quote>["'])(?P<name>[^"'\\]+)(?P=quote)\s*:\s*{_VALUE}(?:\s*,\s*|\Z)"""
)
_TELEPLOT: Final = re.compile(
    # A unit may follow, and the flag g, which is the default. Other flags: text, and x over y.
    rf">(?P<name>[^:|]+):(?:(?P<timestamp>{_NUMBER}):)?(?P<value>{_NUMBER})(?:§[^|]*)?(?:\|g?)?"
)
_PLAIN: Final = re.compile(rf"(?:{_NUMBER})(?:[\s,;]+(?:{_NUMBER}))*[\s,;]*")
_SEPARATOR: Final = re.compile(r"[\s,;]+")
_WORDS: Final = {"None": None, "True": True, "False": False}
_NUMBERS: Final = (int, float)

_Values: TypeAlias = dict[str, float | None]


def parse_line(line: str) -> Sample | None:
    """Return the sample that a line is; ``None``: it is text.

    Args:
        line: Without its end.
    """
    if len(line) > LONGEST_LINE or not line.strip():
        return None
    line = line.strip()
    values = _values(line)
    if not values or not all(map(_is_name, values)):
        return None
    if all(value is None for value in values.values()):  # "None" alone
        return None
    return {name: _finite(value) for name, value in values.items()}


def _values(line: str) -> _Values | None:
    """Return names and values as they stand there, also numbers that are none."""
    match line[0]:
        case ">":
            return _teleplot(line)
        case "{":
            return _object(line)
        case "(" | "[":
            closed = line[-1] == (")" if line[0] == "(" else "]")
            return _plain(line[1:-1].strip()) if closed else None
        case _:
            return _plain(line) or _pairs(_PAIR, line)


@lru_cache(maxsize=256)
def _is_name(name: str) -> bool:
    # One without a letter is none: "12:30" is a time of day.
    return len(name) <= _LONGEST_NAME and name.isprintable() and any(map(str.isalpha, name))


def _plain(line: str) -> _Values | None:
    if not _PLAIN.fullmatch(line):
        return None
    words = filter(None, _SEPARATOR.split(line))
    return {f"value{index}": _number(word) for index, word in enumerate(words, 1)}


def _pairs(pair: re.Pattern[str], text: str) -> _Values | None:
    values: _Values = {}
    position = 0
    while position < len(text):
        match = pair.match(text, position)
        if match is None:
            return None
        values[match["name"]] = _number(match["value"])
        position = match.end()
    return values


def _teleplot(line: str) -> _Values | None:
    match = _TELEPLOT.fullmatch(line)
    if match is None:
        return None
    timestamp = {TIMESTAMP: _number(match["timestamp"])} if match["timestamp"] else {}
    return timestamp | {match["name"].strip(): _number(match["value"])}


def _object(line: str) -> _Values | None:
    try:
        items = json.loads(line)
    except (ValueError, RecursionError):
        # What Python prints for a dict, and what MicroPython's json writes for nan.
        return _pairs(_ITEM, line[1:-1].strip()) if line[-1] == "}" else None
    # Texts, and what is nested, are left out.
    return {
        name: value for name, value in items.items() if value is None or isinstance(value, _NUMBERS)
    }


def _number(word: str) -> float | None:
    if word in _WORDS:
        return _WORDS[word]
    digits = word.lstrip("+-")
    return int(word) if digits.isdecimal() and len(digits) < 16 else float(word)


def _finite(value: float | None) -> float | None:
    """Return a number that a chart can have."""
    if value is None:
        return None
    if isinstance(value, int) and abs(value) < _SAFE_INTEGER:
        return int(value)  # True is 1
    try:
        value = float(value)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None
