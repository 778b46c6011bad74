# ruff: noqa: PLW0603  (small functions)
"""Leaves to the programs as much memory as the board has.

The heap is larger by what this driver takes, and by a reserve that makes up for the rest. The text
of a program is lent from the reserve: a board compiles it as it comes over the wire (raw paste)
and never has it in its memory.

The reserve is one block, larger than what programs have, so that it has no room but where it was
(``py/gc.c`` takes the first that is large enough). Were it elsewhere after some programs, theirs
would be in pieces.
"""

import gc

_BLOCK = 32  # bytes, of which the collector counts its memory; as many has an object
_PIECE = 256  # bytes
_UNEVEN = 512  # bytes by which programs have less, since the reserve is not as even as bytes
_fillers = []  # what lies in the holes of the driver's memory
_reserve = None
_size = 0  # bytes of the reserve
_most = 0  # bytes of it that may be lent


def keep_free(kilobytes):
    """Occupy all memory but this much; ``None``: occupy nothing."""
    global _most, _size
    if kilobytes is None:
        return
    gc.collect()
    surplus = gc.mem_free() - kilobytes * 1024
    _most = surplus // 2 - kilobytes * 512
    # A list that grows as it is filled would leave holes.
    count = _most // (_PIECE + _BLOCK)
    _fillers.extend([None] * count)
    for index in range(count):
        _fillers[index] = bytearray(_PIECE)
    gc.collect()
    _size = gc.mem_free() - kilobytes * 1024 + _UNEVEN
    _occupy(_size)


def lend(size):
    """Free room for ``size`` bytes in one piece, if the reserve has as much."""
    room = (size // _BLOCK + 2) * _BLOCK
    if room <= _most:
        _occupy(_size - room)


def take_back():
    """Occupy again what was lent, as far as the program has left it."""
    if _size:
        _occupy(_size)


def _occupy(size):
    global _reserve
    _reserve = None
    gc.collect()
    missing = 0  # bytes, where something of a program lies
    while _reserve is None and missing < _most:
        try:
            _reserve = bytearray(size - missing)
        except MemoryError:
            missing = missing * 2 or _BLOCK
