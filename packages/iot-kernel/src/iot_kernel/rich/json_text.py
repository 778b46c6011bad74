"""JSON of a board: parsed within bounds. Pure."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from iot_kernel.rich.refusing import NotShownError

__all__ = ["MAX_DEPTH", "MAX_JSON", "check_json"]

MAX_JSON: Final = 200_000  # characters; JupyterLab shows JSON as a tree of elements
MAX_DEPTH: Final = 32

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_DEPTH: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


def check_json(text: str) -> Any:
    """Return the list or the object that a text stands for.

    Raises:
        NotShownError: It is too long, too deep, no JSON, or holds what messages cannot carry.
    """
    if len(text) > MAX_JSON:
        raise NotShownError(f"it is longer than {MAX_JSON} characters")
    if _deepest(text) > MAX_DEPTH:
        raise NotShownError("it is nested too deeply")
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        json.dumps(value, ensure_ascii=False).encode()  # halves of characters have no UTF-8 form
    except ValueError:
        raise NotShownError("it is no JSON") from None
    if not isinstance(value, (dict, list)):
        raise NotShownError("it is neither a list nor an object")
    return value


def _deepest(text: str) -> int:
    depth = deepest = 0
    for character in _STRING.sub("", text):
        depth += _DEPTH.get(character, 0)
        deepest = max(deepest, depth)
    return deepest


def _refuse(_constant: str) -> None:
    raise ValueError  # NaN and Infinity are no JSON


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value
