"""The output of a cell: decoded, made harmless, coalesced, kept within bounds."""

from __future__ import annotations

import codecs
import re
import sys
import threading
import uuid
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from IPython.core.getipython import get_ipython

from iot_device import NewlineTranslator, printable
from iot_kernel.display import Display

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextvars import Context

__all__ = ["INTERVAL", "BoardText", "Captured", "CellOutput", "Reader", "publish"]

INTERVAL: Final = 0.05  # seconds between two messages: at most 20 a second
# JupyterLab draws all text of an output again for each message: 1 us for a character, measured on
# a slow computer. What is drawn faster than that keeps a page so busy that Stop cannot be clicked.
_DRAWING: Final = 2e-6  # seconds for each character that is shown: two thirds of the time are free
_PROMPT_TIME: Final = 0.03  # seconds in which an unfinished line may turn out to be a question
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


Piece: TypeAlias = tuple[str, str] | Display
"""A stream and text for it; or what is no text."""


@dataclass
class Captured:
    """What was kept instead of shown.

    Attributes:
        texts: Those of each stream.
        displays: What is no text.
    """

    texts: dict[str, list[str]] = field(default_factory=lambda: {"stdout": [], "stderr": []})
    displays: list[Display] = field(default_factory=list)

    def add(self, display: Display) -> None:
        """Keep one more; one with a name in the place of the last of this name."""
        for index, before in enumerate(self.displays):
            if display.name and before.name == display.name:
                self.displays[index] = display
                return
        self.displays.append(display)


class Reader(Protocol):
    """Gets what a cell writes on ``stdout``, and shows what is not for itself."""

    def take(self, text: str) -> None:
        """Take the next piece."""

    def release(self) -> None:
        """Show what is held back of a line that is not complete: it must be seen now."""


class CellOutput:
    """Writes what a running cell shows, in its order, its streams at most 20 times a second.

    What comes after a pause is shown at once, an unfinished line after 30 ms. The more there is,
    the less often it is added to: front ends draw all of it each time. A thread of its own
    sends, in the context of the cell, because ipykernel finds the cell to which output belongs by
    context.

    Args:
        context: That of the cell's request.
        limit: Characters that are shown, for each stream; the end of what is more is shown too.
    """

    def __init__(self, context: Context, limit: int) -> None:
        self._streams = {"stdout": _Kept(limit), "stderr": _Kept(limit)}
        self._order: list[Piece] = []
        self._shown = 0  # characters
        self._changed = threading.Condition()
        self._closed = False
        self._captured: Captured | None = None
        self._reader: Reader | None = None
        self._ids: dict[str, str] = {}  # of the displays with a name
        self._thread = threading.Thread(target=context.run, args=(self._send_all,), daemon=True)
        self._thread.start()

    def write(self, text: str, stream: str = "stdout") -> None:
        """Show text on ``stdout`` or ``stderr``."""
        if self._reader is not None and stream == "stdout":
            self._reader.take(text)
        else:
            self.show(text, stream)

    def show(self, text: str, stream: str = "stdout") -> None:
        """Show text that no reader gets."""
        if self._captured is not None:
            self._captured.texts[stream].append(text)
            return
        with self._changed:
            text = self._streams[stream].take(text)
            if text:
                self._order.append((stream, text))
                self._changed.notify()

    def display(self, display: Display) -> None:
        """Show what is no text, behind the text that was written before."""
        if self._reader is not None:
            self._reader.release()
        self.show_display(display)

    def show_display(self, display: Display) -> None:
        """Show what a reader made of text."""
        if self._captured is not None:
            self._captured.add(display)
            return
        with self._changed:
            self._order.append(display)
            self._changed.notify()

    @contextmanager
    def read_by(self, reader: Reader) -> Iterator[None]:
        """While this runs, a reader gets what is written on ``stdout``."""
        before, self._reader = self._reader, reader
        try:
            yield
        finally:
            self._reader = before

    @contextmanager
    def captured(self) -> Iterator[Captured]:
        """While this runs, keep all output instead of showing it."""
        captured = Captured()
        before, self._captured = self._captured, captured
        try:
            yield captured
        finally:
            self._captured = before

    def flush(self, question: str = "") -> None:
        """Have what was written shown before this returns.

        Args:
            question: What the front end shows itself, and is left out if it comes last.
        """
        if self._reader is not None:
            self._reader.release()
        with self._changed:
            self._leave_out(question)
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
                self._changed.wait_for(self._ends_with_a_line, timeout=_PROMPT_TIME)
                self._send()
                pause = max(INTERVAL, self._shown * _DRAWING)
                self._changed.wait_for(lambda: self._closed, timeout=pause)
            self._send()

    def _ends_with_a_line(self) -> bool:
        last = self._order[-1] if self._order and not self._closed else None
        return not isinstance(last, tuple) or last[1].endswith(("\n", "\r"))

    def _leave_out(self, question: str) -> None:
        self._order = _joined(self._order)
        last = self._order[-1] if self._order else None
        if isinstance(last, tuple) and last[0] == "stdout":
            self._order[-1] = ("stdout", last[1].removesuffix(question))

    def _send(self) -> None:
        order, self._order = self._order, []
        for piece in _joined(order):
            if isinstance(piece, Display):
                publish(piece, self._ids)
                continue
            stream, text = piece
            target = sys.stdout if stream == "stdout" else sys.stderr
            target.write(text)
            target.flush()
            self._shown += len(text)


def publish(display: Display, ids: dict[str, str]) -> None:
    """Have the front end show what is no text.

    Args:
        display: What it is.
        ids: The ids of those with a name that were shown before; a new one is added.
    """
    shell = get_ipython()
    if shell is None:
        return
    is_known = display.name in ids
    transient = {}
    if display.name:
        transient["display_id"] = ids.setdefault(display.name, uuid.uuid4().hex)
    shell.display_pub.publish(
        dict(display.data), transient=transient, update=is_known and bool(display.name)
    )


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces, neighbours of one stream as one, and the last only of each name.

    What takes the place of something stands where that stands: in that of the first of its name.
    """
    joined: list[tuple[str, list[str]] | Display] = []
    places: dict[str, int] = {}
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, Display):
            place = places.setdefault(piece.name, len(joined)) if piece.name else len(joined)
            joined[place : place + 1] = [piece]
        elif isinstance(last, tuple) and last[0] == piece[0]:
            last[1].append(piece[1])
        else:
            joined.append((piece[0], [piece[1]]))
    return [p if isinstance(p, Display) else (p[0], "".join(p[1])) for p in joined]


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
