# ruff: noqa: PLW0603  (small functions)
"""Leaves to the programs as much memory as the board has.

The heap is larger by what this driver takes, and by a reserve that makes up for the rest. The text
of a program is lent from the reserve: a board compiles it as it comes over the wire (raw paste)
and never has it in its memory.
"""

import gc

_PIECE = 256  # bytes
_OBJECT = 32  # bytes of a bytearray besides its contents
_reserve = []
_lent = 0


def keep_free(kilobytes):
    """Occupy all memory but this much; ``None``: occupy nothing."""
    if kilobytes is None:
        return
    gc.collect()
    surplus = gc.mem_free() - kilobytes * 1024
    # A list that grows as it is filled would leave holes.
    _reserve.extend([None] * (surplus // (_PIECE + _OBJECT)))
    for index in range(len(_reserve)):
        _reserve[index] = bytearray(_PIECE)
    gc.collect()


def lend(size):
    """Free room for ``size`` bytes in one piece, as far as there is a reserve."""
    global _lent
    # The last ones lie side by side, the first ones in holes.
    while size > 0 and _lent < len(_reserve):
        _lent += 1
        _reserve[-_lent] = None
        size -= _PIECE
    if _lent:
        gc.collect()


def take_back():
    """Occupy again what was lent, as far as the program has left it."""
    global _lent
    if not _lent:
        return
    gc.collect()
    try:
        while _lent:
            _reserve[-_lent] = bytearray(_PIECE)
            _lent -= 1
    except MemoryError:
        pass
