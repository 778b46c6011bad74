"""The output of several boards on one screen: whole lines, each behind the name of its board."""

from __future__ import annotations

import threading
from typing import Any, Final

from iot_cli.output import write_bytes, write_line
from iot_cli.text import printable

__all__ = ["BoardOutput", "Screen"]

LONGEST_LINE: Final = 65536  # bytes; longer ones are broken, so that no board fills our memory


class Screen:
    """Standard output and standard error, which the threads of several boards share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_closed = False

    def show(self, lines: bytes) -> None:
        """Write whole lines to standard output.

        Raises:
            ReaderGoneError: Nobody reads it any more.
            OSError: It cannot be written.
        """
        with self._lock:
            if not self._is_closed:
                write_bytes(lines)

    def note(self, lines: str) -> None:
        """Write whole lines to standard error, the last one without its line end."""
        with self._lock:
            if not self._is_closed:
                write_line(lines)

    def close(self) -> None:
        """Take nothing more from threads that could not be stopped."""
        # Without the lock: such a thread may hold it, where nobody reads our output.
        self._is_closed = True


class BoardOutput:
    """What one of the boards writes.

    Args:
        name: What stands before each line.
        screen: Where the lines go.
        collects: Keep standard output for the JSON document instead.

    Attributes:
        document: The JSON document of the board: what the command wrote as such, else the text of
            its standard output; ``None`` if it wrote nothing.
    """

    def __init__(self, name: str, screen: Screen, *, collects: bool) -> None:
        self.document: Any = None
        self._name = printable(name)
        self._screen = screen
        self._collects = collects
        self._line = b""
        self._collected: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Take what is for standard output; show the lines that are complete."""
        if self._collects:
            self._collected.append(data)
            return
        *lines, self._line = (self._line + data).split(b"\n")
        while len(self._line) > LONGEST_LINE:
            lines.append(self._line[:LONGEST_LINE])
            self._line = self._line[LONGEST_LINE:]
        if lines:
            self._show(lines)

    def write_json(self, value: Any) -> None:
        """Take the board's JSON document."""
        self.document = value

    def note(self, text: str) -> None:
        """Write lines to standard error."""
        self._screen.note("\n".join(f"{self._name}: {line}" for line in text.split("\n")))

    def finish(self) -> None:
        """Show what is left: a last line without its end."""
        if self._line:
            self._show([self._line])
            self._line = b""
        if self.document is None and self._collected:
            self.document = b"".join(self._collected).decode(errors="backslashreplace")

    def _show(self, lines: list[bytes]) -> None:
        prefix = self._name.encode(errors="backslashreplace") + b": "
        self._screen.show(b"".join(prefix + line + b"\n" for line in lines))
