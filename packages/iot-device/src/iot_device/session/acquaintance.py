"""Who the board is, and whether it is the same life of its Python as before.

The uid tells boards apart. The mark tells whether a board was reset: a random word in its RAM, at
a place that no program sees unless it looks for it. The first session that meets a board puts it
there, all later ones find it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from iot_device.errors import PortNotFoundError, ResultError
from iot_device.session.runner import new_token
from iot_device.session.values import parse_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.protocol.events import Finished

__all__ = ["Acquaintance"]

# Text of up to ten characters in a program would stay in a small board's memory for ever.
_MARK_SIZE: Final = 12  # hex digits
_TRIES: Final = 3
_MAX_UID: Final = 32  # bytes; the longest that a firmware has are 16

# Some firmware has no uid, or no sys.modules. Each byte costs 0.1 ms of a UART, and what does not
# fit into the 256 bytes of MicroPython's first window of raw paste waits for the next.
_PROGRAM: Final = """\
def _iot_w(i,t):
 u=m=''
 try:u={uid}
 except:pass
 try:m=i('sys').modules.setdefault('_iot_session_mark',{mark!a})
 except:pass
 i('builtins').print(t,(u,m),t,sep='',end='')
_iot_w(__import__,{token!a})
del _iot_w
"""
_UID: Final = "i('machine').unique_id()"
_CIRCUITPYTHON_UID: Final = "i('builtins').bytes(i('microcontroller').cpu.uid)"


class Acquaintance:
    """What is known of the board from the first meeting on.

    Attributes:
        uid: Its unique id, as hex digits; empty if it tells none.
        mark: What tells this life of its Python from others; empty if it keeps none.
        is_current: Whether it was met since the port was opened.
    """

    def __init__(self) -> None:
        self.uid: str = ""
        self.mark: str = ""
        self.is_current: bool = False
        self._was_met = False

    def meet(self, run: Callable[[bytes, str], Finished], implementation: str, url: str) -> bool:
        """Ask the board who it is; tell whether it was reset since the last meeting.

        Args:
            run: Runs a program that writes a token at its end, the second argument.
            implementation: ``micropython`` or ``circuitpython``.
            url: For the message.

        Raises:
            PortNotFoundError: It is another board.
        """
        for tries_left in reversed(range(_TRIES)):
            token = new_token()
            answer = run(_program(token, implementation), token)
            if answer.proved or not tries_left:  # else bytes were lost on the way
                return self._compare(answer, url)
        raise AssertionError("there is a last try")

    def _compare(self, answer: Finished, url: str) -> bool:
        uid, mark = _read(answer)
        if self._was_met and uid != self.uid:
            raise PortNotFoundError(
                f"at {url} is another board now: {_name(uid)}, where {_name(self.uid)} was",
                port=url,
                available=[url],
                hint="attach the board that was there, or open this one anew",
            )
        was_reset = bool(self.mark) and mark != self.mark
        self.uid, self.mark = uid, mark
        self.is_current = self._was_met = True
        return was_reset

    def forget_life(self) -> None:
        """The board's Python is new, and we know it: the mark is gone."""
        self.mark, self.is_current = "", False


def _program(token: str, implementation: str) -> bytes:
    uid = _CIRCUITPYTHON_UID if implementation == "circuitpython" else _UID
    mark = os.urandom(_MARK_SIZE // 2).hex()
    return _PROGRAM.format(token=token, mark=mark, uid=uid).encode()


def _read(answer: Finished) -> tuple[str, str]:
    try:
        value: Any = parse_value(answer.trailer)
    except ResultError:
        return "", ""
    match value:
        case (uid, str(mark)):
            return _digits(uid), mark[:_MARK_SIZE]
        case _:
            return "", ""


def _digits(uid: object) -> str:
    """Return a uid as hex digits; flash that was never written is none."""
    if not isinstance(uid, bytes) or not any(uid) or all(byte == 0xFF for byte in uid):
        return ""
    return uid[:_MAX_UID].hex()


def _name(uid: str) -> str:
    return f"the board with the uid {uid}" if uid else "a board without a uid"
