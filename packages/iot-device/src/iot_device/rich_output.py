r"""Pictures and the like in the output of a program: found and taken apart, not judged. Pure.

A program writes such an item as ``ESC _ MIME[;base64][;id=NAME],DATA ESC \``, the form of a
``data:`` URL between the marks of an application program command (APC in ECMA-48), which terminals
do not show.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["MAX_RICH_ITEM", "RichItem", "RichProblem", "RichSplitter"]

MAX_RICH_ITEM: Final = 2_000_000  # bytes between the marks; no board has so much memory to spare

RichProblem: TypeAlias = Literal["", "cut off", "too large", "no base64"]

_HEADER = re.compile(
    rb"\x1b_(?P<mime>[a-z]{1,20}/[a-z0-9.+-]{1,60})(?P<parameters>(?:;[A-Za-z0-9=._-]{0,60}){0,4}),"
    # What may become one with the next bytes.
    rb"|\x1b(?:_(?:[a-z]{0,20}"
    rb"|[a-z]{1,20}/[a-z0-9.+-]{0,60}"
    rb"|[a-z]{1,20}/[a-z0-9.+-]{1,60}(?:;[A-Za-z0-9=._-]{0,60}){1,4}))?\Z"
)


@dataclass(frozen=True)
class RichItem:
    r"""What stood between two marks.

    Attributes:
        mime: The type that the program gave, as it is: it may not fit the data.
        data: The bytes, of base64 those that it stands for, else with ``\r\n`` made ``\n``; of an
            item with a problem what is known of them.
        size: Bytes of the data; of an item with a problem, bytes that came.
        name: The program's name for it; one that comes later takes the place of the first. Empty
            if it has none.
        problem: Why it is not whole; empty if it is.
    """

    mime: str
    data: bytes
    size: int
    name: str = ""
    problem: RichProblem = ""

    @property
    def summary(self) -> str:
        """One line for people: the type, and how many bytes; printable."""
        facts = f"{self.mime}, {self.size} bytes"
        return f"{facts}, {self.problem}" if self.problem else facts


class RichSplitter:
    """Parts the bytes of a program, which come in pieces cut anywhere, into text and items.

    Text without items comes out as it is. What only looks like an item (``ESC _`` before anything
    but a MIME type) is text.

    Args:
        limit: Bytes between two marks that are kept; of more only the count is.
    """

    def __init__(self, limit: int = MAX_RICH_ITEM) -> None:
        self._limit = limit
        self._held = b""
        self._open: _OpenItem | None = None

    def feed(self, data: bytes) -> list[bytes | RichItem]:
        """Take the next piece; return the text and the items that are complete, in order."""
        found: list[bytes | RichItem] = []
        data, self._held = self._held + data, b""
        while data:
            piece, data = self._inside(data) if self._open else self._outside(data)
            if piece:
                found.append(piece)
        return found

    def finish(self) -> list[bytes | RichItem]:
        """Return what is held still: nothing follows."""
        held, self._held = self._held, b""
        opened, self._open = self._open, None
        if opened is not None:
            return [opened.cut_off()]
        return [held] if held else []

    def _outside(self, data: bytes) -> tuple[bytes, bytes]:
        match = _HEADER.search(data)
        if match is None:
            return data, b""
        if match["mime"] is None:
            self._held = data[match.start() :]
            return data[: match.start()], b""
        self._open = _OpenItem(match["mime"], match["parameters"], self._limit)
        return data[: match.start()], data[match.end() :]

    def _inside(self, data: bytes) -> tuple[RichItem | None, bytes]:
        assert self._open is not None  # noqa: S101  (``feed`` asked)
        body, escape, rest = data.partition(b"\x1b")
        self._open.add(body)
        if not rest:
            self._held = escape
            return None, b""
        opened, self._open = self._open, None
        if rest.startswith(b"\\"):
            return opened.whole(), rest[1:]
        # Nothing but its end may follow ESC: the item was cut off, by Ctrl-C or on its way.
        return opened.cut_off(), escape + rest


class _OpenItem:
    """An item of which the end has not come yet."""

    def __init__(self, mime: bytes, parameters: bytes, limit: int) -> None:
        words = parameters.decode().split(";")
        self._mime = mime.decode()
        self._is_base64 = "base64" in words
        names = [word.removeprefix("id=") for word in words if word.startswith("id=")]
        self._name = names[-1] if names else ""
        self._limit = limit
        self._size = 0
        self._data = bytearray()

    def add(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= self._limit:
            self._data += data
        else:
            self._data.clear()

    def cut_off(self) -> RichItem:
        return self._item(bytes(self._data), "cut off")

    def whole(self) -> RichItem:
        data = bytes(self._data)
        if self._size > self._limit:
            return self._item(b"", "too large")
        if not self._is_base64:
            return self._item(data.replace(b"\r\n", b"\n"))
        try:
            return self._item(base64.b64decode(data.translate(None, b" \t\r\n"), validate=True))
        except binascii.Error:
            return self._item(data, "no base64")

    def _item(self, data: bytes, problem: RichProblem = "") -> RichItem:
        size = self._size if problem else len(data)
        return RichItem(self._mime, data, size, self._name, problem)
