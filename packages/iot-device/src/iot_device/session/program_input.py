"""``input()`` on the board, answered by a callback.

The raw REPL does not say that a program waits for a line. So ``builtins.input`` is replaced, for
as long as the session lasts, by a function that writes a random token before it waits. Firmware
whose builtins cannot be replaced (the BBC micro:bit's) gets no such function; there a program
that names ``input`` and falls silent in the middle of a line is taken to be waiting.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SILENCE", "InputCall", "install_input"]

SILENCE: Final = 1.0  # seconds after which an unfinished line is taken for a prompt

_USES_INPUT = re.compile(rb"\binput\s*\(")


def install_input(token: str) -> str:
    """Return the program that replaces ``input``."""
    return (
        "import builtins as _iot\n"
        "def _iot_i(prompt='', p=_iot.print, i=_iot.input):\n"
        f" p(prompt, {token!a}, sep='', end='')\n"
        " return i()\n"
        "try:\n _iot.input = _iot_i\n if input is not _iot_i: raise AttributeError\n"
        "finally:\n del _iot, _iot_i\n"
    )


class InputCall:
    """Finds out when a program waits for a line, and what it asks.

    Args:
        callback: Gets the prompt, returns the line without its end. ``EOFError`` means that there
            is none: the board's ``input()`` raises ``EOFError`` too.
        token: What the replaced ``input`` writes; ``None`` where it could not be replaced.
        source: The program, to see whether it names ``input``.
    """

    def __init__(self, callback: Callable[[str], str], token: bytes | None, source: bytes) -> None:
        self._callback = callback
        self._token = token
        self._line = b""
        self._held = b""
        self._echo = b""
        self.may_ask: bool = token is not None or _USES_INPUT.search(source) is not None

    @property
    def by_silence(self) -> bool:
        """Whether silence in the middle of a line means that the program waits."""
        return self._token is None and self.may_ask and bool(self._line)

    def divide(self, data: bytes) -> tuple[list[bytes], bool]:
        """Return the output without tokens, and whether the program waits for a line now.

        The board's echo of an answer is left out too: the person has seen what they typed.
        """
        data = self._without_echo(data)
        if self._token is None:
            self._follow(data)
            return [data], False
        data = self._held + data
        before, token, after = data.partition(self._token)
        keep = 0 if token else _overlap(data, self._token)
        self._held = data[len(data) - keep :] if keep else b""
        pieces = [piece for piece in (before[: len(before) - keep], after) if piece]
        self._follow(b"".join(pieces))
        return pieces, bool(token)

    def answer(self) -> bytes:
        """Ask the callback; return the bytes for the board."""
        prompt = self._line.decode(errors="backslashreplace")
        self._line = b""
        try:
            text = self._callback(prompt)
        except EOFError:
            return b"\x04"
        # One line; what a control character would do to the board's line editor is not wanted.
        line = re.sub(r"[\x00-\x1f\x7f]", "", text.split("\n", 1)[0])
        self._echo = line.encode() + b"\r\n"
        return line.encode() + b"\r"

    def _without_echo(self, data: bytes) -> bytes:
        size = min(len(data), len(self._echo))
        if data[:size] != self._echo[:size]:
            # A board that does not echo, or does it in another way: all of it is output.
            self._echo = b""
            return data
        self._echo = self._echo[size:]
        return data[size:]

    def _follow(self, data: bytes) -> None:
        self._line = (self._line + data).rpartition(b"\n")[2][-1000:]


def _overlap(data: bytes, token: bytes) -> int:
    longest = min(len(data), len(token) - 1)
    return next((size for size in range(longest, 0, -1) if data.endswith(token[:size])), 0)
