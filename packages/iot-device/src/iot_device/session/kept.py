"""Functions of ``iot_device.board_code`` that stay on the board for as long as the session lasts.

A function that is called for each file need not travel each time. It becomes an attribute of one
object, ``_iot_kept`` in the board's builtins; what calls it there is kept beside it.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Final

from iot_device.board_code import WRITER, board_source, guarded, shown_arguments
from iot_device.session.outcome import arrived_damaged

if TYPE_CHECKING:
    from iot_device.results import ExecutionResult

__all__ = ["KEPT_NAME", "KeptFunctions"]

KEPT_NAME: Final = "_iot_kept"

# What is called, and with which arguments, comes as text with two checks, as in ``guarded``. To
# evaluate it makes a generator, no more; what lacks the function fails there, and writes no token.
_CALLER: Final = f"""\
def _iot_call(n,t,a,*m):
 b=__import__('builtins')
{WRITER} m=s(a)in m
 if m:a=b.eval(a)
 try:
  if not m:raise b.SyntaxError
  c=0
  for v in a:
   w(n,v)
   c+=1
  w(n+'.',c)
 except b.OSError as e:
  w(n+'!',e.args)
 finally:
  b.print(t,end='')
"""
_INSTALL: Final = """\
def _iot_keep(b):
 try:
  k=_iot_kept
 except b.NameError:
  k=b._iot_kept=b.type('_iot_kept',(),{{}})
 k.{name}=_iot_{name}
 k.call=_iot_call
try:
 _iot_keep(__import__('builtins'))
finally:
 del _iot_keep,_iot_call,_iot_{name}
"""
# What a program raises that calls a function where there is none, or cannot keep it.
_NEVER_RAN: Final = frozenset({"AttributeError", "NameError", "TypeError"})


class KeptFunctions:
    """Which functions the board has, and the programs that call them.

    Attributes:
        wanted: The functions that are worth their memory on this board.
    """

    def __init__(self) -> None:
        self.wanted: frozenset[str] = frozenset()
        self._names: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._names)

    def program(self, name: str, arguments: tuple[object, ...], nonce: str, token: str) -> bytes:
        """Return the program that calls a function, and installs it if the board lacks it.

        Args:
            name: The function.
            arguments: Values whose ``repr`` is a literal.
            nonce: What each line of the answer begins with.
            token: What the program writes at its end.
        """
        text = f"_iot_kept.{name}({shown_arguments(arguments)})".encode()
        checks = f"{binascii.crc32(text)},{sum(text)}"
        call = f"_iot_kept.call({nonce!a},{token!a},{text!a},{checks})\n"
        if name in self._names:
            return call.encode()
        install = board_source(name) + _CALLER + _INSTALL.format(name=name)
        return guarded((install + call).encode())

    def note(self, name: str, result: ExecutionResult, *, reached_its_end: bool) -> bool:
        """Learn how a call ended; return whether the function ran at all.

        Args:
            name: The function.
            result: How the program that called it ended.
            reached_its_end: Whether it wrote its token.
        """
        if arrived_damaged(result):
            return True  # it is sent again
        if reached_its_end:
            self._names.update(self.wanted & {name})
            return True
        if name not in self.wanted or result.exception not in _NEVER_RAN:
            return True  # without memory, for instance, it may not even be there
        if name in self._names:
            self._names.clear()  # a program of the user removed them
        else:
            self.wanted = frozenset()  # builtins that cannot be changed
        return False

    def forget(self) -> None:
        """The board's Python is new."""
        self._names.clear()
