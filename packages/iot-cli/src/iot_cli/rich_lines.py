"""Pictures in a program's output, as lines that tell of them: a terminal shows no pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iot_device import RichSplitter

if TYPE_CHECKING:
    from iot_device import RichItem

__all__ = ["RichLines"]

_SHOWN_OF_A_REST: Final = 1000  # bytes of an item without an end, which may be no item at all


class RichLines:
    """Puts lines such as ``[image/png, 1234 bytes]`` in the place of pictures.

    Bytes come in pieces, as the program wrote them; those without pictures stay as they are.
    """

    def __init__(self) -> None:
        self._splitter = RichSplitter()
        self._line_is_open = False
        self._owes_newline = False

    def translate(self, data: bytes) -> bytes:
        """Return the next piece; what may be the beginning of a picture is held."""
        return b"".join(map(self._shown, self._splitter.feed(data)))

    def finish(self) -> bytes:
        """Return what is held still: nothing follows."""
        rest = b"".join(map(self._shown, self._splitter.finish()))
        return rest + (b"\n" if self._owes_newline else b"")

    def _shown(self, piece: bytes | RichItem) -> bytes:
        before = b"\n" if self._owes_newline else b""
        if isinstance(piece, bytes):
            self._owes_newline = False
            self._line_is_open = not piece.endswith(b"\n")
            return piece if piece.startswith((b"\n", b"\r")) else before + piece
        if self._line_is_open:
            before = b"\n"
        self._owes_newline, self._line_is_open = True, False
        rest = piece.data[:_SHOWN_OF_A_REST] + b"\n" if piece.problem == "cut off" else b""
        return before + rest + f"[{piece.summary}]".encode()
