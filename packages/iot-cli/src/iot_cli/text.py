"""Making the board's words fit for a terminal and for JSON."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from iot_device import NewlineTranslator, counted, printable

__all__ = [
    "BareNewlineTranslator",
    "NewlineTranslator",
    "as_json",
    "counted",
    "json_document",
    "printable",
    "table",
]


class BareNewlineTranslator:
    r"""Makes ``\n`` without ``\r`` before it to ``\r\n``, in bytes that come in pieces.

    Programs on the unix port and on WebAssembly end their lines so; a raw terminal would begin
    the next line where the last one ended.
    """

    def __init__(self) -> None:
        self._before = b""

    def translate(self, data: bytes) -> bytes:
        """Return the next piece."""
        before, self._before = self._before, data[-1:] if data.endswith(b"\r") else b""
        return re.sub(rb"(?<!\r)\n", b"\r\n", before + data)[len(before) :]


def as_json(value: Any) -> Any:
    """Return a value as JSON can hold it; what JSON does not know becomes its ``repr``.

    Tuples and sets become lists, keys that are no text become their ``repr``.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else repr(value)
        case list() | tuple():
            return [as_json(item) for item in value]
        case set() | frozenset():
            return [as_json(item) for item in sorted(value, key=repr)]
        case dict():
            return {
                key if isinstance(key, str) else repr(key): as_json(item)
                for key, item in value.items()
            }
        case _:
            return repr(value)


def json_document(value: Any) -> str:
    """Return one JSON document, in ASCII, so that no encoding on its way can harm it."""
    return json.dumps(as_json(value), indent=2)


def table(rows: list[tuple[str, str]]) -> str:
    """Return lines of names and values, the values below each other."""
    width = max((len(name) for name, _ in rows), default=0)
    return "".join(f"{name:<{width}}  {value}\n" for name, value in rows)
