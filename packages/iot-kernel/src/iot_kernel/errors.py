"""What ends a cell. Shown as it is, without the frames of this kernel.

The tree::

    CellError
    ├── UsageError           a magic was written in a way that it does not understand
    ├── HostCommandError     a program on this computer failed
    ├── BoardError           the library's errors, each under the name of its own class
    │   └── GivenUpError     a program that did not react to Stop; shown as ``BoardTimeoutError``
    ├── ProgramError         the program on the board raised, under the name of its exception
    └── CellInterrupted      the person pressed Stop; shown as ``KeyboardInterrupt``

``ename`` of the ``error`` message is the name of the class. Where that is known only when it
happens, a subclass is made then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from iot_device import printable
from iot_kernel.hints import BUTTON, hint_of
from iot_kernel.styles import styled

if TYPE_CHECKING:
    from iot_device import IotError

__all__ = [
    "BoardError",
    "CellError",
    "CellInterrupted",
    "GivenUpError",
    "HostCommandError",
    "ProgramError",
    "UsageError",
]


class CellError(Exception):
    """Ends the cell; ``lines`` stand below the name of the error.

    Args:
        message: What failed, in one sentence.
        lines: What else the person should see, a hint for instance.
    """

    def __init__(self, message: str, lines: tuple[str, ...] = ()) -> None:
        self.message = printable(message, keep=_KEPT)  # the board's words may be in it
        super().__init__(self.message)
        self.lines = lines

    def traceback(self) -> list[str]:
        """Return what the notebook shows."""
        first = f"{styled(type(self).__name__, 'red')}: {self.message}"
        return [first, *(printable(line, keep=_KEPT) for line in self.lines)]

    def _render_traceback_(self) -> list[str]:
        """IPython asks for this (``InteractiveShell.showtraceback``)."""
        return self.traceback()

    @classmethod
    def named(cls, name: str, message: str, lines: tuple[str, ...] = ()) -> Self:
        """Make one of a class with this name."""
        word = name if name.isidentifier() else cls.__name__
        kind: type[Self] = type(word, (cls,), {})
        return kind(message, lines)


_KEPT = "\n\t"


class UsageError(CellError):
    """A magic was written in a way that it does not understand."""


class HostCommandError(CellError):
    """A program on this computer failed."""


class BoardError(CellError):
    """An error of the library."""

    @classmethod
    def of(cls, error: IotError) -> BoardError:
        """Make one from an error of the library, with its name and a hint."""
        hint = hint_of(error)
        return cls.named(type(error).__name__.lstrip("_"), error.message, (hint,) if hint else ())


class GivenUpError(BoardError):
    """The program on the board did not react to Stop, and nobody waits for it any more."""

    @classmethod
    def now(cls) -> GivenUpError:
        """Make one that is shown as ``BoardTimeoutError``."""
        return cls.named(
            "BoardTimeoutError",
            "the program on the board does not react to Ctrl-C; this cell was given up",
            ("it may run on, and then the next cell cannot begin", BUTTON),
        )


class ProgramError(CellError):
    """The program on the board raised; ``lines`` are the whole traceback, made for people."""

    def traceback(self) -> list[str]:
        """Return what the notebook shows."""
        return list(self.lines)


class CellInterrupted(CellError):  # noqa: N818  (on request: no error)
    """The person pressed Stop."""

    @classmethod
    def now(cls, lines: tuple[str, ...] = ()) -> CellInterrupted:
        """Make one that is shown as ``KeyboardInterrupt``."""
        return cls.named("KeyboardInterrupt", "", lines)

    def traceback(self) -> list[str]:
        """Return what the notebook shows."""
        return [*self.lines, styled("KeyboardInterrupt", "red")]
