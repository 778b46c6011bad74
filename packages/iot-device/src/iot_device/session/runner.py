"""What the session installs on the board so that the proof of a program's end costs few bytes.

The first program of a session brings its own ``try`` statement (see
``iot_device.source.rewriter``). Before the second one ``_iot`` is put into the board's builtins;
from then on a program is sent as::

    with _iot(5):
            import sys
            sys.exit(3)

and ``__exit__`` writes the token and what ``SystemExit`` carried: 160 bytes less on the wire, and
less to compile, for each program. Firmware whose builtins cannot be replaced (the BBC micro:bit's)
goes on with ``try``.
"""

from __future__ import annotations

import os
from typing import Final

from iot_device.source import END_MARK, EXIT_MARK

__all__ = ["Runner", "new_token"]

_NAME: Final = "_iot"

_INSTALL: Final = """
import builtins as _iot_b
class _iot_r:
 def __init__(s,p,e):
  s.p=p;s.e=e
 def __call__(s,n):
  s.n=n
  return s
 def __enter__(s):
  pass
 def __exit__(s,k,e,t):
  x=k and issubclass(k,s.e)
  if x:s.p({mark!a},s.n,{secret!a},{exit_mark!a},e.args,sep='',end='')
  s.p({mark!a},s.n,{secret!a},sep='',end='')
  return x
try:
 _iot_b._iot=_iot_r(_iot_b.print,_iot_b.SystemExit)
 _iot
finally:
 del _iot_b,_iot_r
"""


class Runner:
    """The token of each program of a session, and what writes it.

    Attributes:
        installed: Whether the board has it now.
    """

    def __init__(self) -> None:
        self.installed: bool = False
        self._impossible = False
        self._programs = 0
        # A letter first: no token begins with another one, whatever the numbers before it.
        self._secret = "t" + os.urandom(5).hex()

    @property
    def is_wanted(self) -> bool:
        """Whether to install it now: what runs one program gains nothing."""
        return self._programs > 0 and not self.installed and not self._impossible

    def install_program(self) -> str:
        """Return the program that installs it."""
        return _INSTALL.format(mark=END_MARK, secret=self._secret, exit_mark=EXIT_MARK)

    def was_installed(self, *, works: bool) -> None:
        """Note how the program that installs it ended."""
        self.installed, self._impossible = works, not works

    def forget(self) -> None:
        """The board's Python is new, or a program removed it: install it again."""
        self.installed = False

    def next_token(self) -> tuple[str, str | None]:
        """Return the token of the next program, and the line to open it with.

        The line is ``None`` where the program must write its token by itself.
        """
        self._programs += 1
        if not self.installed:
            return new_token(), None
        return f"{END_MARK}{self._programs}{self._secret}", f"with {_NAME}({self._programs}):"


def new_token() -> str:
    """Return a random token, for a program that is sent with it."""
    return END_MARK + os.urandom(8).hex()
