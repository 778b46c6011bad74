# ruff: noqa: PLW0603  (small functions)
"""Leaves to the programs as much memory as the board has.

The heap is larger by what this driver takes, and by a reserve that makes up for the rest. The text
of a program is lent from the reserve: a board compiles it as it comes over the wire (raw paste)
and never has it in its memory.
"""

import gc

_PIECE = 256  # bytes
_OBJECT = 32  # bytes of a bytearray besides its contents
_UNEVEN = 512  # bytes by which programs have less, since pieces are not as small as bytes
_reserve = []  # bytearrays, the largest last
_lent = 0  # bytes


def keep_free(kilobytes):
    """Occupy all memory but this much; ``None``: occupy nothing."""
    if kilobytes is None:
        return
    gc.collect()
    surplus = gc.mem_free() - kilobytes * 1024 + _UNEVEN
    count = surplus // 2 // (_PIECE + _OBJECT)
    # A list that grows as it is filled would leave holes. The first pieces fill those there are,
    # so that the programs' memory lies together, and that of their text too.
    _reserve.extend([None] * (count + 1))
    for index in range(count):
        _reserve[index] = bytearray(_PIECE)
    gc.collect()
    _reserve[count] = bytearray(gc.mem_free() - kilobytes * 1024 + _UNEVEN)


def lend(size):
    """Free room for ``size`` bytes in one piece, as far as there is a reserve."""
    global _lent
    freed = 0
    while _reserve and freed < size:
        freed += len(_reserve.pop()) + _OBJECT
    if not freed:
        return
    gc.collect()
    _lent += freed
    # The rest stays occupied: compiling needs memory, and must not find more than on a board.
    _occupy(freed - size - 2 * _OBJECT)


def take_back():
    """Occupy again what was lent, as far as the program has left it."""
    if _lent:
        gc.collect()
        _occupy(_lent)
        _reserve.sort(key=len)


def _occupy(size):
    global _lent
    largest = size
    while min(size, largest) > _PIECE + _OBJECT:
        try:
            piece = bytearray(min(size, largest) - _OBJECT)
            _reserve.append(piece)
        except MemoryError:
            largest //= 2
            continue
        size -= len(piece) + _OBJECT
        _lent -= len(piece) + _OBJECT
