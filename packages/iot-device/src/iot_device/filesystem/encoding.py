"""How the bytes of a file cross where there is no stream: within programs, and within answers.

A program is text. Of the ways that the board can undo, each piece goes in the shortest one: Python
source is shorter as a literal than in base64, a picture is not.
"""

from __future__ import annotations

import binascii
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from iot_device.errors import ResultError

if TYPE_CHECKING:
    from iot_device.filesystem.calls import Features

__all__ = ["Encoded", "decoded", "encoded", "reading_text"]

# What board code is told of how bytes are written: files_piece.py and files_read.py.
AS_THEY_ARE: Final = 0
BASE64: Final = 1
HEX: Final = 2

_SMALLEST_WINDOW: Final = 9  # bits: zlib knows no smaller one without a header
_LARGEST_WINDOW: Final = 15


@dataclass(frozen=True)
class Encoded:
    """A piece of a file as it is sent.

    Attributes:
        data: The bytes in the program.
        text: How they are written: ``AS_THEY_ARE``, ``BASE64`` or ``HEX``.
        window: Bits of the window of raw deflate; below 0: for ``zlib`` instead of ``deflate``; 0:
            not compressed.
    """

    data: bytes
    text: int
    window: int

    @property
    def length(self) -> int:
        """Characters in the program."""
        # Programs travel in a literal themselves (board_code.guarded): a backslash becomes two.
        return len(repr(repr(self.data)))


def encoded(piece: bytes, features: Features, *, deflate: bool) -> Encoded:
    """Return a piece in the shortest way that the board can undo.

    Args:
        piece: The piece.
        features: What the board can do.
        deflate: Whether compressing is allowed: a board needs memory to inflate.
    """
    bodies = [(piece, 0)]
    if deflate and (window := _window_for(len(piece), features)):
        bodies.append((_deflated(piece, abs(window)), window))
    ways = [
        Encoded(_written(body, text), text, window)
        for body, window in bodies
        for text in _texts(features)
    ]
    return min(ways, key=lambda way: way.length)


def reading_text(features: Features) -> int:
    """Return how the board shall write the bytes of its files: as short as it can for any bytes."""
    if "binascii.b2a_base64" in features.names:
        return BASE64
    return HEX if "binascii.hexlify" in features.names else AS_THEY_ARE


def decoded(item: object, text: int) -> bytes:
    """Return the bytes that the board wrote.

    Args:
        item: What board code yielded.
        text: How it was asked to write them.

    Raises:
        ResultError: It is something else.
    """
    if not isinstance(item, bytes):
        raise ResultError("the board's bytes make no sense", text=ascii(item))
    try:
        if text == BASE64:
            return binascii.a2b_base64(item)
        return binascii.unhexlify(item) if text == HEX else item
    except binascii.Error:
        raise ResultError("the board's bytes are cut", text=ascii(item)) from None


def _texts(features: Features) -> list[int]:
    needs = {BASE64: "binascii.a2b_base64", HEX: "binascii.unhexlify"}
    return [AS_THEY_ARE, *(text for text, name in needs.items() if name in features.names)]


def _written(body: bytes, text: int) -> bytes:
    if text == BASE64:
        return binascii.b2a_base64(body, newline=False)
    return binascii.hexlify(body) if text == HEX else body


def _window_for(size: int, features: Features) -> int:
    """Return the window for a piece, as ``Encoded.window`` tells; 0 if the board cannot inflate."""
    bits = min(_LARGEST_WINDOW, max(_SMALLEST_WINDOW, (size - 1).bit_length()))
    if features.deflate:
        return bits
    return -bits if "zlib.decompress" in features.names else 0


def _deflated(piece: bytes, window: int) -> bytes:
    compressor = zlib.compressobj(9, wbits=-window)
    return compressor.compress(piece) + compressor.flush()
