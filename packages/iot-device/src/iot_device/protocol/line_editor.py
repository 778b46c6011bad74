r"""The board's line editor: echo, editing keys, history, automatic indent.

It works on bytes, draws with the fewest bytes that do, and treats a compound statement of several
lines as one text of which only the last line can be edited. Source: ``shared/readline/readline.c``
of MicroPython, with the keys of its default configuration. There is no completion of names, since
names are known to the virtual machine only: Tab indents after white space, else it does nothing.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from iot_device.protocol.control import CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ENTER", "HISTORY_SIZE", "LineEditor"]

ENTER = b"\r"
HISTORY_SIZE = 8  # MICROPY_READLINE_HISTORY_SIZE
_INDENT = b"    "
_CONTROL_KEYS = (CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E)
_ESCAPE_BEGINNINGS = {b"\x1b", b"\x1b[", b"\x1bO", *(b"\x1b[%d" % digit for digit in range(10))}


class LineEditor:
    """Edits one text of one or more lines.

    Args:
        send: Takes the bytes that go to the terminal.
        limit: Bytes that the text may have; characters beyond are dropped, see ``is_full``.
        line_feed_is_enter: Whether a line feed ends a line too.
    """

    def __init__(
        self, send: Callable[[bytes], object], *, limit: int, line_feed_is_enter: bool
    ) -> None:
        self._send = send
        self._limit = limit
        self._newlines = (b"\r", b"\n") if line_feed_is_enter else (b"\r",)
        self._last_newline = b""
        self._text = bytearray()
        self._start = 0  # where the line that can be edited begins
        self._cursor = 0
        self._escape = b""
        self._history: deque[bytes] = deque(maxlen=HISTORY_SIZE)  # the newest first
        self._recalled = -1  # index into the history; -1 is the line that is being written
        self._indents = True
        self._has_just_indented = False
        self.is_full: bool = False
        self._keys = self._bind_keys()

    def _bind_keys(self) -> dict[bytes, Callable[[], None]]:
        return {
            CTRL_A: self._to_start,
            CTRL_B: self._left,
            CTRL_D: self._delete,
            CTRL_E: self._to_end,
            b"\x06": self._right,
            b"\x08": self._backspace,
            b"\x09": self._tab,
            b"\x0b": self._cut_to_end,
            b"\x0e": self._next_line,
            b"\x10": self._previous_line,
            b"\x15": self._cut_to_start,
            b"\x7f": self._backspace,
            b"\x1b[A": self._previous_line,
            b"\x1b[B": self._next_line,
            b"\x1b[C": self._right,
            b"\x1b[D": self._left,
            b"\x1b[H": self._to_start,
            b"\x1b[F": self._to_end,
            b"\x1bOH": self._to_start,
            b"\x1bOF": self._to_end,
            b"\x1b[1~": self._to_start,
            b"\x1b[7~": self._to_start,
            b"\x1b[4~": self._to_end,
            b"\x1b[8~": self._to_end,
            b"\x1b[3~": self._delete,
        }

    @property
    def text(self) -> bytes:
        """All lines, joined by line feeds."""
        return bytes(self._text)

    def forget(self) -> None:
        """Empty the history, as a reset does."""
        self._history.clear()

    def begin(self, prompt: bytes) -> None:
        """Begin a new text and show the prompt."""
        self._text.clear()
        self._indents = True
        self.is_full = False
        self._begin_line(prompt)

    def begin_next_line(self, prompt: bytes) -> None:
        """Go on with the same text in a new line; indent it as the line before."""
        self._text += b"\n"
        self.is_full = len(self._text) > self._limit
        self._begin_line(prompt)
        if self._indents:
            indent = _indent_after(self._text)
            self._send(indent)
            self._text += indent
            self._cursor += len(indent)
            self._has_just_indented = bool(indent)

    def _begin_line(self, prompt: bytes) -> None:
        self._start = self._cursor = len(self._text)
        self._escape = b""
        self._recalled = -1
        self._has_just_indented = False
        self._send(prompt)

    def process(self, byte: bytes) -> bytes | None:
        """Take one byte from the terminal.

        Returns:
            ``ENTER`` when the line ended, ``CTRL_C`` when it was given up, one of Ctrl-A to
            Ctrl-E if it came in an empty line, and ``None`` when the byte was dealt with here.
        """
        if not self._escape:
            if byte == CTRL_C or (byte in _CONTROL_KEYS and len(self._text) == self._start):
                return byte
            if self._is_enter(byte):
                self._send(b"\r\n")
                self._remember(bytes(self._text[self._start :]))
                return ENTER
        self._edit(byte)
        self._has_just_indented = False
        return None

    def _is_enter(self, byte: bytes) -> bool:
        r"""Tell whether the byte ends the line; of ``\r\n`` and ``\n\r`` the second does not."""
        is_enter = byte in self._newlines and self._last_newline in (b"", byte)
        self._last_newline = byte if is_enter else b""
        return is_enter

    def _remember(self, line: bytes) -> None:
        if line and (not self._history or self._history[0] != line):
            self._history.appendleft(line)

    def _edit(self, byte: bytes) -> None:
        key = self._escape + byte
        self._escape = key if key in _ESCAPE_BEGINNINGS else b""
        if key == b" " and self._has_just_indented:
            self._take_back_indent()
        elif key in self._keys:
            self._keys[key]()
        elif b" " <= key <= b"~" and len(key) == 1:
            self._insert(key)

    # Keys.

    def _insert(self, characters: bytes) -> None:
        self._replace(self._cursor, self._cursor, characters)

    def _take_back_indent(self) -> None:
        """A space typed after an automatic indent stands for it, and ends automatic indents."""
        self._indents = False
        del self._text[-3:]
        self._move(-3)

    def _tab(self) -> None:
        if self._has_just_indented:
            self._indents = False
        elif self._text[self._cursor - 1 : self._cursor].isspace():
            self._insert(_INDENT)

    def _backspace(self) -> None:
        before = self._text[self._start : self._cursor]
        if before:
            is_indent = len(before) >= len(_INDENT) and not before.strip(b" ")
            self._replace(self._cursor - (len(_INDENT) if is_indent else 1), self._cursor)

    def _delete(self) -> None:
        if self._cursor < len(self._text):
            self._replace(self._cursor, self._cursor + 1)

    def _cut_to_end(self) -> None:
        self._replace(self._cursor, len(self._text))

    def _cut_to_start(self) -> None:
        self._replace(self._start, self._cursor)

    def _left(self) -> None:
        if self._cursor > self._start:
            self._move(-1)

    def _right(self) -> None:
        if self._cursor < len(self._text):
            self._move(1)

    def _to_start(self) -> None:
        self._move(self._start - self._cursor)

    def _to_end(self) -> None:
        self._move(len(self._text) - self._cursor)

    def _previous_line(self) -> None:
        if self._recalled + 1 < len(self._history):
            self._recall(self._recalled + 1)

    def _next_line(self) -> None:
        if self._recalled >= 0:
            self._recall(self._recalled - 1)

    def _recall(self, index: int) -> None:
        self._recalled = index
        line = self._history[index] if index >= 0 else b""
        self._replace(self._start, len(self._text), line)

    # Drawing.

    def _move(self, distance: int) -> None:
        """Move the cursor; to the right by drawing what stands there again."""
        if distance < 0:
            self._send(_back(-distance))
        else:
            self._send(bytes(self._text[self._cursor : self._cursor + distance]))
        self._cursor += distance

    def _replace(self, start: int, end: int, characters: bytes = b"") -> None:
        """Put ``characters`` in the place of a part of the line, and the cursor behind them."""
        growth = len(characters) - (end - start)
        if len(self._text) + growth > self._limit:
            self.is_full = True
            return
        self._send(_back(max(0, self._cursor - start)))
        self._text[start:end] = characters
        if growth < 0:
            self._send(b"\x1b[K")
        self._send(bytes(self._text[start:]))
        self._cursor = start + len(characters)
        self._send(_back(len(self._text) - self._cursor))


def _back(distance: int) -> bytes:
    """Return what moves the cursor of a VT100 to the left."""
    return b"\b" * distance if distance <= 4 else b"\x1b[%dD" % distance


def _indent_after(text: bytearray) -> bytes:
    """Return the automatic indent of the line after ``text``, which ends in a line feed.

    It is that of the last line, in steps of four, and one step more after a colon. Two lines of
    nothing but spaces end it, so that a person gets out by pressing Enter.
    """
    *earlier, before_last, last = [b"", *text[:-1].split(b"\n")]
    if earlier[1:] and not last.strip(b" ") and not before_last.strip(b" "):
        return b""
    steps = (len(last) - len(last.lstrip(b" "))) // len(_INDENT) + last.endswith(b":")
    return _INDENT * steps
