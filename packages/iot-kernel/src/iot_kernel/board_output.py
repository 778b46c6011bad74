"""What a board sends, sorted: text, pictures and the like, and notices about what is not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device import RichSplitter
from iot_kernel.display import Display
from iot_kernel.output import BoardText

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device import RichItem
    from iot_kernel.rich import RichItems

__all__ = ["BoardOutput", "LabelledOutput"]


class BoardOutput:
    """Passes on the output of one program, in its order.

    Args:
        items: Checks and counts what is no text.
        write: Takes text, which is harmless.
        show: Takes what is no text.
        owner: The board, where several write to one cell.
    """

    def __init__(
        self,
        items: RichItems,
        write: Callable[[str], object],
        show: Callable[[Display], object],
        owner: str = "",
    ) -> None:
        self._items = items
        self._write = write
        self._show = show
        self._owner = owner
        self._splitter = RichSplitter()
        self._text = BoardText()
        self._line_is_open = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        for piece in self._splitter.feed(data):
            self._pass_on(piece)

    def finish(self) -> None:
        """Pass on what is held still: nothing follows."""
        for piece in self._splitter.finish():
            self._pass_on(piece)
        self._put(self._text.finish())

    def _pass_on(self, piece: bytes | RichItem) -> None:
        if isinstance(piece, bytes):
            self._put(self._text.feed(piece))
            return
        self._put(self._text.finish())
        shown = self._items.take(piece, owner=self._owner)
        if isinstance(shown, Display):
            self._show(shown)
        elif shown:
            self._put(f"\n{shown}" if self._line_is_open else shown)

    def _put(self, text: str) -> None:
        if text:
            self._line_is_open = not text.endswith("\n")
            self._write(text)


class LabelledOutput:
    """Passes on the output of one program by whole lines, which get a label.

    Before each picture stands a line of its own, so that the label is at pictures, too.

    Args:
        items: Checks and counts what is no text.
        write_line: Takes a line without its end; puts the label before it.
        show: Takes what is no text.
        owner: The board, where several write to one cell.
    """

    def __init__(
        self,
        items: RichItems,
        write_line: Callable[[str], object],
        show: Callable[[Display], object],
        owner: str = "",
    ) -> None:
        self._write_line = write_line
        self._show = show
        self._output = BoardOutput(items, self._take, self._display, owner)
        self._line = ""
        self._names: set[str] = set()  # of what is shown again and again in one place

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._output.feed(data)

    def finish(self) -> None:
        """Pass on what is held still: nothing follows."""
        self._output.finish()
        self._end_line()

    def _take(self, text: str) -> None:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._write_line(line)

    def _end_line(self) -> None:
        if self._line:
            self._take("\n")

    def _display(self, display: Display) -> None:
        if display.name not in self._names:
            self._end_line()
            self._write_line(f"[{next(iter(display.data))}]")
        if display.name:
            self._names.add(display.name)
        self._show(display)
