"""What a program on a board prints, as it may reach a terminal."""

from __future__ import annotations

import codecs
import re

from iot_cli.text import printable

__all__ = ["ProgramText"]

# Colours and the like: SGR of ECMA-48. All else that begins with ESC moves the cursor, sets the
# title, asks the terminal to answer with keys, or writes to the clipboard.
_COLOUR = re.compile(r"(\x1b\[[0-9;:]*m)")
_BEGINNING = re.compile(r"\x1b(\[[0-9;:]{0,32})?\Z")


class ProgramText:
    r"""Makes a program's bytes, which come in pieces, to text for a terminal.

    Colours stay, and ``\n``, ``\r``, ``\b`` and ``\t``, with which programs draw; other control
    characters, and bytes that are no UTF-8, are shown escaped.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._held = ""

    def translate(self, data: bytes) -> str:
        """Return the next piece; what may be the beginning of a colour is held."""
        text = self._held + self._decoder.decode(data)
        beginning = _BEGINNING.search(text)
        self._held = beginning[0] if beginning else ""
        return _shown(text.removesuffix(self._held) if self._held else text)

    def finish(self) -> str:
        """Return what is held still: nothing follows."""
        text = self._held + self._decoder.decode(b"", final=True)
        self._held = ""
        return _shown(text)


def _shown(text: str) -> str:
    # Every second part is a colour.
    parts = _COLOUR.split(text)
    parts[::2] = (printable(part, keep="\n\r\b\t") for part in parts[::2])
    return "".join(parts)
