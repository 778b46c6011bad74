"""The items of one cell: checked, counted, and where one is not shown, a notice that tells it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from iot_device import printable
from iot_kernel.display import Display
from iot_kernel.rich.checks import forms_of
from iot_kernel.rich.refusing import NotShownError

if TYPE_CHECKING:
    from iot_device import RichItem

__all__ = ["MAX_BYTES", "MAX_ITEMS", "RichItems"]

MAX_ITEMS: Final = 200  # in one cell
MAX_BYTES: Final = 20_000_000  # in one cell; the notebook keeps them all
_SHOWN_OF_A_REST: Final = 1000  # bytes of an item without an end, which may be no item at all


class RichItems:
    """Takes the items of a cell; the threads of several boards may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}  # bytes of what is shown, by name
        self._told: set[str] = set()

    def take(self, item: RichItem, *, owner: str = "") -> Display | str:
        """Return what is shown: the item, or a line of text; empty if that was told before.

        Args:
            item: What came.
            owner: Whose names these are, where several boards write to one cell.
        """
        with self._lock:
            if item.problem:
                return self._problem(item)
            name = f"{owner} {item.name}" if item.name else ""
            try:
                self._count(item, name)
                return Display(forms_of(item), name)
            except NotShownError as reason:
                return self._notice(f"{item.mime}: not shown, {reason}")

    def _problem(self, item: RichItem) -> str:
        if item.problem != "cut off":
            return self._notice(f"{item.mime}: not shown, {item.problem}")
        text = item.data[:_SHOWN_OF_A_REST].decode(errors="backslashreplace")
        shown = printable(text.replace("\r\n", "\n"), keep="\n\t").removesuffix("\n")
        return f"{shown}\n[{item.summary}]\n" if shown else f"[{item.summary}]\n"

    def _count(self, item: RichItem, name: str) -> None:
        key = name or f"{len(self._sizes)}"
        if key not in self._sizes and len(self._sizes) >= MAX_ITEMS:
            raise NotShownError(f"a cell shows {MAX_ITEMS} items")
        before = self._sizes.get(key, 0)
        if sum(self._sizes.values()) - before + item.size > MAX_BYTES:
            raise NotShownError(f"a cell shows {MAX_BYTES} bytes")
        self._sizes[key] = item.size

    def _notice(self, text: str) -> str:
        if text in self._told or len(self._told) >= MAX_ITEMS:
            return ""
        self._told.add(text)
        return f"[{text}]\n"
