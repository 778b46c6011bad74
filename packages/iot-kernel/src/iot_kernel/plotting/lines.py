"""Samples, found in what a cell prints. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from iot_kernel.plotting.forms import Forms
from iot_kernel.plotting.parsing import LONGEST_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_kernel.plotting.parsing import Sample

__all__ = ["PlotLines"]

_END: Final = re.compile(r"[\r\n]")


class PlotLines:
    """Takes what a cell prints apart, in pieces cut anywhere: samples, and text between them.

    A line is known when it is complete; what is longer than a sample can be is not waited for.
    """

    def __init__(self) -> None:
        self._forms = Forms()
        self._held = ""
        self._is_text = False  # the line that is not complete yet, for sure

    def feed(self, text: str) -> Iterator[Sample | str]:
        """Take the next piece; yield what is known, in its order."""
        text = self._held + text
        self._held = ""
        position = 0
        for match in _END.finditer(text):
            sample = None if self._is_text else self._forms.read(text[position : match.start()])
            yield text[position : match.end()] if sample is None else sample
            self._is_text = False
            position = match.end()
        self._held = text[position:]
        if len(self._held) > LONGEST_LINE:
            self._is_text = True
        if self._is_text:
            yield from self.release()

    def release(self) -> Iterator[str]:
        """Yield what is held as text; what follows begins a line: that of an answer was ended."""
        held, self._held = self._held, ""
        if held:
            yield held

    def finish(self) -> Iterator[Sample | str]:
        """Yield what is held: nothing follows."""
        sample = None if self._is_text else self._forms.read(self._held)
        if sample is None:
            yield from self.release()
        else:
            yield sample
