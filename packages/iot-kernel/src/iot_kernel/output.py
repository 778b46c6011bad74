"""The output of a cell: decoded, made harmless, coalesced, kept within bounds."""

from __future__ import annotations

import codecs
import re
import sys
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from iot_device import NewlineTranslator, printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextvars import Context

__all__ = ["INTERVAL", "BoardText", "CellOutput"]

INTERVAL: Final = 0.05  # seconds between two messages: at most 20 a second
_TAIL: Final = 2000  # characters that are shown at the end of a cell that wrote too much

# What a notebook shows as its author meant it: colours, and erasing to the end of a line.
_ESCAPES: Final = re.compile(r"\x1b\[[0-9;]*[mK]|\x1b(?:\[[0-9;]*)?\Z|\x1b|[^\x1b]+")
_KEPT: Final = "\n\r\t\b"


class BoardText:
    r"""Makes text of what a board sends, in pieces cut anywhere.

    UTF-8 is decoded; bytes that are none appear as ``\xNN``. ``\r\n`` becomes ``\n``, a lone
    ``\r`` stays: progress bars use it. Colours stay; all other control characters appear escaped.
    """

    def __init__(self) -> None:
        self._newlines = NewlineTranslator()
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._held = ""

    def feed(self, data: bytes) -> str:
        """Take the next piece, return the text that is complete."""
        return self._clean(self._decoder.decode(self._newlines.translate(data)))

    def finish(self) -> str:
        """Return what is held still: nothing follows."""
        text = self._clean(self._decoder.decode(self._newlines.finish(), final=True))
        held, self._held = self._held, ""
        return text + printable(held)

    def _clean(self, text: str) -> str:
        text, self._held = self._held + text, ""
        return "".join(
            self._piece(match[0], text, match.end()) for match in _ESCAPES.finditer(text)
        )

    def _piece(self, piece: str, text: str, end: int) -> str:
        if piece[0] != "\x1b":
            return printable(piece, keep=_KEPT)
        if piece[-1] in "mK":
            return piece
        if end == len(text) and len(piece) < 20:
            self._held = piece  # the rest of the sequence may come with the next bytes
            return ""
        return printable(piece)


class CellOutput:
    """Writes the streams of a running cell, at most 20 messages a second.

    What comes after a pause is shown at once. A thread of its own sends, in the context of the
    cell, because ipykernel finds the cell to which output belongs by context.

    Args:
        context: That of the cell's request.
        limit: Characters that are shown, for each stream; the end of what is more is shown too.
    """

    def __init__(self, context: Context, limit: int) -> None:
        self._streams = {"stdout": _Kept(limit), "stderr": _Kept(limit)}
        self._order: list[tuple[str, str]] = []
        self._changed = threading.Condition()
        self._closed = False
        self._captured: dict[str, list[str]] | None = None
        self._thread = threading.Thread(target=context.run, args=(self._send_all,), daemon=True)
        self._thread.start()

    def write(self, text: str, stream: str = "stdout") -> None:
        """Show text on ``stdout`` or ``stderr``."""
        if self._captured is not None:
            self._captured[stream].append(text)
            return
        with self._changed:
            text = self._streams[stream].take(text)
            if text:
                self._order.append((stream, text))
                self._changed.notify()

    @contextmanager
    def captured(self) -> Iterator[dict[str, list[str]]]:
        """While this runs, keep the text of each stream instead of showing it."""
        texts: dict[str, list[str]] = {"stdout": [], "stderr": []}
        before, self._captured = self._captured, texts
        try:
            yield texts
        finally:
            self._captured = before

    def flush(self) -> None:
        """Have what was written shown before this returns."""
        with self._changed:
            self._send()

    def close(self) -> None:
        """Show the rest."""
        with self._changed:
            for stream, kept in self._streams.items():
                self._order += [(stream, text) for text in kept.finish()]
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _send_all(self) -> None:
        with self._changed:
            while not self._closed:
                self._changed.wait_for(lambda: self._order or self._closed)
                self._send()
                self._changed.wait_for(lambda: self._closed, timeout=INTERVAL)
            self._send()

    def _send(self) -> None:
        order, self._order = self._order, []
        for stream, text in _joined(order):
            target = sys.stdout if stream == "stdout" else sys.stderr
            target.write(text)
            target.flush()


def _joined(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the pieces, neighbours of one stream as one."""
    joined: list[tuple[str, list[str]]] = []
    for stream, text in pieces:
        if not joined or joined[-1][0] != stream:
            joined.append((stream, []))
        joined[-1][1].append(text)
    return [(stream, "".join(texts)) for stream, texts in joined]


class _Kept:
    """Lets text pass up to a limit, and keeps the end of the rest."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._limit = limit
        self._tail: deque[str] = deque(maxlen=_TAIL)
        self._dropped = 0

    def take(self, text: str) -> str:
        if len(text) <= self._left:
            self._left -= len(text)
            return text
        shown, rest = text[: self._left], text[self._left :]
        notice = "" if self._dropped else self._notice()
        self._left = 0
        self._dropped += len(rest)
        self._tail.extend(rest[-_TAIL:])
        return shown + notice

    def _notice(self) -> str:
        return (
            f"\n[this cell wrote more than {self._limit} characters; the end of the rest is shown "
            f"when it is done. %config output_limit = N changes the limit]\n"
        )

    def finish(self) -> list[str]:
        if not self._dropped:
            return []
        hidden = self._dropped - len(self._tail)
        gap = f"[{hidden} characters are not shown]\n" if hidden else ""
        return [gap + "".join(self._tail)]
