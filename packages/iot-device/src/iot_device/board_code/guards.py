"""Programs of ours as they travel: the board runs only what has arrived as it is."""

from __future__ import annotations

import binascii
import zlib
from typing import Final

__all__ = ["INFLATE", "deflated", "deflated_words", "guarded"]

# A damaged byte can make another program of a program, such as one that takes an answer for no
# answer, or a path for another.
# It binds no name of the user's globals: a damaged one would stay there, and all of the program.
_GUARD = """\
b=__import__('builtins')
try:n=__import__('binascii').crc32(a)-{crc}
except b.Exception:n=b.sum(a)-{total}
if n:raise b.SyntaxError
b.exec(a,g)
"""
_GUARDED = """\
__import__('builtins').exec({guard!a},{{'g':__import__('builtins').globals(),'a':{source}}})
"""

# Of ``i`` (__import__), ``w`` (bits of the window) and ``z`` (raw deflate in base64): the program.
INFLATE: Final = "i('deflate').DeflateIO(i('io').BytesIO(i('binascii').a2b_base64(z)),1,w).read()"
_DEFLATED = (
    "__import__('builtins').exec((lambda i,w,z,c:"
    + INFLATE
    + "if i('binascii').crc32(z)==c else'?')(__import__,{words}))\n"
)

_SMALLEST_WINDOW: Final = 9  # bits: zlib knows no smaller one without a header
_LARGEST_WINDOW: Final = 12  # bits; the board needs that memory beside the program


def guarded(program: bytes) -> bytes:
    """Return a program that runs another one only if that has arrived as it is.

    Else it raises ``SyntaxError``, as most damaged programs do by themselves.
    """
    guard = _GUARD.format(crc=binascii.crc32(program), total=sum(program))
    return _GUARDED.format(guard=guard, source=ascii(program)).encode()


def deflated(program: bytes) -> bytes:
    """Return what ``guarded`` does, for a board with ``deflate`` and with memory for it.

    Of some kilobytes this is about the half.
    """
    return _DEFLATED.format(words=deflated_words(program)).encode()


def deflated_words(program: bytes) -> str:
    """Return a program as it travels: bits of the window, raw deflate in base64, its crc32."""
    bits = min(_LARGEST_WINDOW, max(_SMALLEST_WINDOW, (len(program) - 1).bit_length()))
    compressor = zlib.compressobj(9, wbits=-bits, memLevel=9)
    body = compressor.compress(program) + compressor.flush()
    text = binascii.b2a_base64(body, newline=False)
    return f"{bits},{text!a},{binascii.crc32(text)}"
