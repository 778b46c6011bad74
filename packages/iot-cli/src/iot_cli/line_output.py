"""What a board sends, as lines for people."""

from __future__ import annotations

import codecs
import re
from datetime import datetime
from typing import TYPE_CHECKING, Self

from iot_cli.text import NewlineTranslator, printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["LineOutput"]

_PIECES_OF_LINES = re.compile(rb"[^\n]*\n|[^\n]+")


class LineOutput:
    r"""Writes bytes that come in pieces, unfinished lines too; ``\r\n`` becomes ``\n``.

    Its end, as a context manager, writes what was held back.

    Args:
        write: Takes bytes, or text for a terminal.
        timestamps: Begin each line with the local time at which its first byte came.
        escape: Show control characters, and bytes that are no UTF-8, escaped; and end with a
            whole line.
    """

    def __init__(
        self, write: Callable[[bytes | str], object], *, timestamps: bool, escape: bool
    ) -> None:
        self._write = write
        self._timestamps = timestamps
        self._escape = escape
        self._translator = NewlineTranslator()
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._at_start = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._put(self._translator.finish(), is_last=True)

    def add(self, data: bytes) -> None:
        """Write the next piece."""
        self._put(self._translator.translate(data))

    def _put(self, data: bytes, *, is_last: bool = False) -> None:
        stamped = b"".join(map(self._stamped, _PIECES_OF_LINES.findall(data)))
        if not self._escape:
            self._write(stamped)
            return
        text = printable(self._decoder.decode(stamped, is_last), keep="\n\t")
        self._write(text if self._at_start or not is_last else f"{text}\n")

    def _stamped(self, piece: bytes) -> bytes:
        begins, self._at_start = self._at_start, piece.endswith(b"\n")
        if not begins or not self._timestamps:
            return piece
        return f"{datetime.now().astimezone().isoformat(timespec='milliseconds')} ".encode() + piece
