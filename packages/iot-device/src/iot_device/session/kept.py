"""What stays on the board for as long as the session lasts, so that calls of ours cost few bytes.

It is one object, ``_iot_kept`` in the board's builtins: what calls a function of
``iot_device.board_code``, what inflates one where the board can, and functions that are called so
often that they need not travel each time.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Final

from iot_device.board_code import (
    HARMLESS,
    INFLATE,
    WRITER,
    board_source,
    deflated,
    deflated_words,
    guarded,
    shown_arguments,
)
from iot_device.session.outcome import arrived_damaged

if TYPE_CHECKING:
    from collections.abc import Collection

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
# Runs a program as ``deflated`` does.
_RUNNER: Final = f"""\
def _iot_run(w,z,c):
 i=__import__
 b=i('builtins')
 if i('binascii').crc32(z)!=c:raise b.SyntaxError
 b.exec({INFLATE},b.globals())
"""
_INSTALL: Final = """\
try:
 __import__('builtins')._iot_kept=__import__('builtins').type('_iot_kept',(),{{{entries}}})
finally:
 del {names}
"""
_KEEP: Final = """\
try:
 _iot_kept.{name}=_iot_{name}
finally:
 del _iot_{name}
{call}"""
_CALL_AND_DROP: Final = """\
try:
 {call}finally:
 del _iot_{name}
"""
# What a program raises that calls a function where there is none, or cannot keep it.
_NEVER_RAN: Final = frozenset({"AttributeError", "NameError", "TypeError"})
# How a program ends before its token that may have been inflated; all else tells that it was not.
_STOPPED: Final = frozenset({"", "KeyboardInterrupt", "SystemExit"})


class KeptFunctions:
    """What the board has, and the programs that call functions.

    Without ``want`` it takes none.
    """

    def __init__(self) -> None:
        self._wanted: frozenset[str] = frozenset()
        self._inflates = False
        self._is_impossible = False
        self._cannot_inflate = False
        self._is_there = False
        self._names: set[str] = set()

    def __bool__(self) -> bool:
        return self._is_there

    def want(self, names: Collection[str], *, inflates: bool) -> None:
        """Say what this board has memory for.

        Args:
            names: The functions that shall stay, once they were called.
            inflates: Whether programs shall be sent deflated.
        """
        if not self._is_impossible:
            self._wanted = frozenset(names)
            self._inflates = inflates and not self._cannot_inflate

    def takes(self, name: str) -> bool:
        """Tell whether calls of a function go this way."""
        return name in self._wanted or self._inflates

    def program(self, name: str, arguments: tuple[object, ...], nonce: str, token: str) -> bytes:
        """Return the program that calls a function, and brings what the board lacks for it.

        Args:
            name: The function.
            arguments: Values whose ``repr`` is a literal.
            nonce: What each line of the answer begins with.
            token: What the program writes at its end.
        """
        stays = name in self._wanted
        place = "_iot_kept." if stays else "_iot_"
        text = f"{place}{name}({shown_arguments(arguments)})".encode()
        checks = f"{binascii.crc32(text)},{sum(text)}"
        call = f"_iot_kept.call({nonce!a},{token!a},{text!a},{checks})\n"
        if name in self._names:
            return call.encode()
        ending = (_KEEP if stays else _CALL_AND_DROP).format(name=name, call=call)
        source = board_source(name) + ending
        if self._is_there:
            return self._packed(source)
        return self._packed(self._install() + source)

    def note(self, name: str, result: ExecutionResult, *, reached_its_end: bool) -> bool:
        """Learn how a call ended; return whether the function ran at all.

        Args:
            name: The function.
            result: How the program that called it ended.
            reached_its_end: Whether it wrote its token.
        """
        if arrived_damaged(result) or not self.takes(name):
            return True  # damaged, it is sent again
        if reached_its_end:
            self._is_there = True
            self._names.update(self._wanted & {name})
            return True
        if result.exception in _NEVER_RAN:
            self._learn_that_it_is_missing()
            return False
        if self._inflates and result.exception not in _STOPPED:
            self._inflate_no_more()
            # Without memory, the token of a function that ran may have been what failed.
            return result.exception == "MemoryError" and name not in HARMLESS
        return True

    def forget(self) -> None:
        """The board's Python is new."""
        self._is_there = False
        self._names.clear()

    def _learn_that_it_is_missing(self) -> None:
        if self._is_there:
            self.forget()  # a program of the user removed it
        elif self._inflates:
            self._inflate_no_more()
        else:
            self.want((), inflates=False)
            self._is_impossible = True  # builtins that cannot be changed

    def _inflate_no_more(self) -> None:
        self._inflates, self._cannot_inflate = False, True

    def _install(self) -> str:
        names = ["call", "run"] if self._inflates else ["call"]
        entries = ",".join(f"'{name}':_iot_{name}" for name in names)
        functions = _CALLER + (_RUNNER if self._inflates else "")
        return functions + _INSTALL.format(
            entries=entries, names=",".join(f"_iot_{name}" for name in names)
        )

    def _packed(self, source: str) -> bytes:
        program = source.encode()
        if not self._inflates:
            return guarded(program)
        if self._is_there:
            return f"_iot_kept.run({deflated_words(program)})\n".encode()
        return deflated(program)
