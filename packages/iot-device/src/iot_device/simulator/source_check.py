"""Is a program broken for certain, given only its first lines?"""

from __future__ import annotations

import codeop
import warnings

__all__ = ["source_is_broken"]

_LONGEST = 2048  # bytes; it is asked at each line end, and each time compiles all there is


def source_is_broken(source: bytes) -> bool:
    """Tell whether no further line can make these lines compile.

    Raw paste ends early at a syntax error. CPython's grammar is larger than MicroPython's, so
    what it finds wrong in a simple statement is wrong there too; in doubt, and beyond
    2 KB, the answer is no, and the error is found when the program runs. Errors of indentation
    are such doubts.

    Args:
        source: Whole lines from the beginning of a program.
    """
    if len(source) > _LONGEST or b"\0" in source:
        return False
    try:
        text = source.decode()
    except UnicodeDecodeError:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            codeop.compile_command(text, "<stdin>", "exec")
        except IndentationError:
            return False
        except SyntaxError as error:
            return error.msg == "invalid syntax"
        except (ValueError, OverflowError, RecursionError, MemoryError):
            return False
    return False
