r"""Frames: how bytes are wrapped for a stream.

A frame is a mark, a header of 15 ASCII letters, and a payload::

    \x06  KIND  NUMBER(2)  LENGTH(4)  CHECK(8)  PAYLOAD

Numbers are hexadecimal. NUMBER counts the frames, modulo 256. LENGTH is that of the payload as it
travels, escaped. CHECK is that of the first 7 letters and that payload.

=====  ======================================================================
kind   payload
=====  ======================================================================
``D``  bytes as they are
``Z``  bytes compressed by raw deflate
``Q``  empty: how many frames have been stored?
``E``  empty: the end
=====  ======================================================================
"""

from __future__ import annotations

import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ALIVE",
    "GRANT",
    "HEADER_SIZE",
    "MARK",
    "Check",
    "Kind",
    "encode_frame",
    "escape",
    "unescape",
]

Check: TypeAlias = Literal["crc32", "sha256"]
Kind: TypeAlias = Literal["D", "Z", "Q", "E"]

MARK: Final = b"\x06"  # the beginning of a frame; within one it says that bytes were lost
GRANT: Final = b"\x06"  # the other way: the board has taken one more piece out of its input ring
ALIVE: Final = b"\x05"  # likewise: the board is about to store one more part of a frame
HEADER_SIZE: Final = 15  # bytes, without the mark
NUMBERS: Final = 256

_ESCAPE: Final = 0x10
# What some REPL obeys: leave the raw REPL (02), interrupt (03), run (04), Enter at the friendly
# prompt (0A, 0D); and our own two.
_SPECIAL: Final = re.compile(rb"[\x02\x03\x04\x06\x0a\x0d\x10]")
_ESCAPED: Final = re.compile(rb"\x10(.)", re.DOTALL)
_SHIFT: Final = 0x40  # makes letters of them


def escape(data: bytes) -> bytes:
    """Return the bytes without any that a REPL obeys."""
    return _SPECIAL.sub(lambda found: bytes((_ESCAPE, found[0][0] ^ _SHIFT)), data)


def unescape(data: bytes) -> bytes:
    """Return what was given to ``escape``."""
    return _ESCAPED.sub(lambda found: bytes((found[1][0] ^ _SHIFT,)), data)


def encode_frame(kind: Kind, number: int, payload: bytes = b"", check: Check = "crc32") -> bytes:
    """Return a frame.

    Args:
        kind: See the table above.
        number: Which frame it is, from 0.
        payload: Escaped already; 65535 bytes at most.
        check: How the board can check it.
    """
    head = b"%s%02x%04x" % (kind.encode(), number % NUMBERS, len(payload))
    return MARK + head + b"%08x" % CHECKS[check](head + payload) + payload


def _sha256(data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(data).digest()[:4], "big")


CHECKS: Final[dict[Check, Callable[[bytes], int]]] = {
    "crc32": binascii.crc32,
    "sha256": _sha256,
}
