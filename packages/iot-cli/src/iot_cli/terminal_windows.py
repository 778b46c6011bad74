"""The person's terminal on Windows. Imported there only."""

from __future__ import annotations

import ctypes
import msvcrt
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["raw_terminal"]

assert sys.platform == "win32"  # noqa: S101  (mypy looks at the rest on Windows only)

# What follows "\0" or "\xe0" for keys that are no characters, and what a VT100 sends for them.
_SPECIAL: Final = {
    "H": b"\x1b[A",
    "P": b"\x1b[B",
    "M": b"\x1b[C",
    "K": b"\x1b[D",
    "G": b"\x1b[H",
    "O": b"\x1b[F",
    "R": b"\x1b[2~",
    "S": b"\x1b[3~",
}

# Console modes of wincon.h.
_STDOUT_HANDLE: Final = -11
_VIRTUAL_TERMINAL: Final = 4


@contextmanager
def raw_terminal(on_typed: Callable[[bytes], object]) -> Iterator[None]:
    """See ``terminal.raw_terminal``.

    ``msvcrt`` reads keys raw without any setting; but for Ctrl-C, which comes as a signal.
    """
    before = signal.signal(signal.SIGINT, lambda *_: on_typed(b"\x03"))
    try:
        with _understanding_escapes():
            # It cannot be told to end, but waits for nothing else than the next key.
            threading.Thread(target=_read_loop, args=(on_typed,), daemon=True).start()
            yield
    finally:
        signal.signal(signal.SIGINT, before)


def _read_loop(on_typed: Callable[[bytes], object]) -> None:
    while True:
        key = msvcrt.getwch()
        special = key in ("\0", "\xe0")
        typed = _SPECIAL.get(msvcrt.getwch()) if special else key.encode(errors="replace")
        if typed is not None:
            on_typed(typed)


@contextmanager
def _understanding_escapes() -> Iterator[None]:
    """Have the console understand what the board's line editing sends."""
    kernel = ctypes.windll.kernel32
    handle = kernel.GetStdHandle(_STDOUT_HANDLE)
    mode = ctypes.c_uint32()
    is_console = kernel.GetConsoleMode(handle, ctypes.byref(mode))
    if is_console:
        kernel.SetConsoleMode(handle, mode.value | _VIRTUAL_TERMINAL)
    try:
        yield
    finally:
        if is_console:
            kernel.SetConsoleMode(handle, mode.value)
