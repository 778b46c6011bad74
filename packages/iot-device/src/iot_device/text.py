"""Making the board's words fit for people: for a terminal, a notebook, a message."""

from __future__ import annotations

import re

__all__ = ["NewlineTranslator", "counted", "printable"]

# C0, DEL, C1, the marks that turn text around, and bytes that were no UTF-8.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str, *, keep: str = "") -> str:
    r"""Return text that neither moves a terminal's cursor nor changes its colours.

    Args:
        text: The board's words: a file's name, a message.
        keep: Control characters that may stay, ``"\n\t"`` for instance.
    """
    return _UNPRINTABLE.sub(lambda match: match[0] if match[0] in keep else _escape(match[0]), text)


def counted(count: int, thing: str) -> str:
    """Return a number with what it counts, in the plural unless it is 1: ``2 files``.

    Args:
        count: How many there are.
        thing: The word for one of them, whose plural has an ``s``.
    """
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _escape(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # surrogateescape: a byte that is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode()


class NewlineTranslator:
    r"""Makes ``\r\n`` to ``\n`` in bytes that come in pieces, wherever they are cut."""

    def __init__(self) -> None:
        self._held = b""

    def translate(self, data: bytes) -> bytes:
        r"""Return the next piece; a ``\r`` at its end is held until it is known what follows."""
        data = self._held + data
        self._held = b"\r" if data.endswith(b"\r") else b""
        return data.removesuffix(b"\r").replace(b"\r\n", b"\n")

    def finish(self) -> bytes:
        """Return what is held still: nothing follows."""
        held, self._held = self._held, b""
        return held
