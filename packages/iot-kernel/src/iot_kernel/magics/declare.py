"""How a magic is written: its options once, for parsing, ``-h``, completion and the docs.

A magic of a package of yours, announced by the entry point group ``iot_kernel.magics``::

    from iot_kernel.magics.declare import Call, line_magic, option

    @line_magic(
        "blink",
        "Blink the board's LED",
        option("-n", "--times", type=int, default=3, help="how often"),
        examples=("%blink -n 5",),
    )
    def blink(call: Call) -> None:
        call.device.execute(BLINK % call.options.times)
"""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, TypeAlias

from iot_kernel.cells import without_comment
from iot_kernel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iot_device import Device
    from iot_kernel.cell_run import CellRun

__all__ = ["REST", "Call", "Completes", "Magic", "Option", "cell_magic", "line_magic", "option"]

REST: Final = "rest of the line"
"""As ``nargs`` of the last argument: all that is left, as it is written."""

Completes: TypeAlias = Literal["board path", "host path", "any path", "device", "logger", ""]


_OPTION: Final = re.compile(r"(?P<name>--[a-z]+|-\w)(?P<value>=?\S+)?(?:\s+|\Z)")


@dataclass(frozen=True)
class Option:
    """One option or argument.

    Attributes:
        names: ``("-q", "--quiet")``, or one word for an argument without a dash.
        completes: What Tab offers for its value.
        settings: As for ``argparse``'s ``add_argument``.
    """

    names: tuple[str, ...]
    completes: Completes
    settings: Mapping[str, Any]

    @property
    def is_flag(self) -> bool:
        """Whether it begins with a dash."""
        return self.names[0].startswith("-")


def option(*names: str, help: str, completes: Completes = "", **settings: Any) -> Option:  # noqa: A002  (argparse's word)
    """Declare an option or, without a dash, an argument; ``settings`` as for ``argparse``."""
    return Option(names, completes, {"help": help, **settings})


@dataclass(frozen=True)
class Magic:
    """A magic: how it is called, what it says about itself, and what it does.

    Attributes:
        name: Without percent signs.
        summary: One line for ``%lsmagic``.
        details: More for ``-h``.
        options: Its options and arguments, in order.
        examples: Lines for ``-h``.
        function: Does it.
        is_cell: Whether it is a cell magic (``%%name``).
        on_host: Whether it runs programs of this computer, and so can be switched off.
    """

    name: str
    summary: str
    details: str
    options: tuple[Option, ...]
    examples: tuple[str, ...]
    function: Callable[[Call], object]
    is_cell: bool
    on_host: bool

    @property
    def title(self) -> str:
        """The name with its percent signs."""
        return f"{'%%' if self.is_cell else '%'}{self.name}"

    @property
    def help(self) -> str:
        """What ``-h`` shows."""
        return self._parser.format_help()

    def parse(self, rest: str) -> argparse.Namespace | None:
        """Return the options in what follows the name; ``None`` if help is asked for.

        Raises:
            UsageError: It does not fit.
        """
        if self._takes_rest:
            return self._parse_rest(rest)
        words = self._words(rest)
        if any(word in ("-h", "--help") for word in words):
            return None
        return self._parser.parse_intermixed_args(words)

    @property
    def _takes_rest(self) -> bool:
        return any(item.settings.get("nargs") == REST for item in self.options)

    def _parse_rest(self, text: str) -> argparse.Namespace | None:
        """Options stand at the beginning; what follows them is code, and no comment is dropped."""
        words: list[str] = []
        while (match := _OPTION.match(text)) and self._is_option(match["name"]):
            words.append(match[0].strip())
            text = text[match.end() :]
            if self._takes_value(match["name"]) and not match["value"]:
                value, _, text = text.partition(" ")
                words.append(value)
        if any(word in ("-h", "--help") for word in words):
            return None
        options = self._parser.parse_args([*words, "x"])
        setattr(options, self.options[-1].names[0], text)
        return options

    def _is_option(self, word: str) -> bool:
        """Whether a word is no code; what begins with two dashes is a wrong option rather."""
        return word.startswith("--") or word == "-h" or any(word in o.names for o in self.options)

    def _takes_value(self, word: str) -> bool:
        return any(word in o.names and "action" not in o.settings for o in self.options)

    def _words(self, rest: str) -> list[str]:
        lexer = shlex.shlex(without_comment(rest), posix=True, punctuation_chars=False)
        lexer.whitespace_split = True
        lexer.commenters = ""
        if sys.platform == "win32":
            lexer.escape = ""  # paths have backslashes
        try:
            return list(lexer)
        except ValueError as error:
            raise UsageError(f"{self.title}: {error}", ("quotes come in pairs",)) from None

    @cached_property
    def _parser(self) -> _Parser:
        parser = _Parser(
            prog=self.title,
            description="\n\n".join(filter(None, (f"{self.summary}.", self.details))),
            epilog=_epilog(self.examples),
            formatter_class=_Formatter,
            add_help=False,
            allow_abbrev=False,
        )
        parser.magic = self
        parser.add_argument("-h", "--help", action="store_true", help="show this help")
        for item in self.options:
            rest = {"nargs": None} if item.settings.get("nargs") == REST else {}
            parser.add_argument(*item.names, **{**item.settings, **rest})
        parser.usage_line = parser.format_usage().strip()
        return parser


@dataclass(frozen=True)
class Call:
    """What a magic gets: its options, the body of the cell, and what it can do.

    Attributes:
        magic: The magic itself.
        options: As declared.
        body: What stands below a cell magic.
        body_line: Number of the first line of the body in the cell, from 1.
        cell: The cell that runs.
    """

    magic: Magic
    options: Any
    cell: CellRun
    body: str = ""
    body_line: int = 1

    @property
    def device(self) -> Device:
        """The notebook's device; connects if need be."""
        return self.cell.device

    def write(self, text: str = "", *, style: str | None = None, end: str = "\n") -> None:
        """Write a line to the notebook; text of the board goes through ``printable`` before."""
        self.cell.write(text, style=style, end=end)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=80)


class _Parser(argparse.ArgumentParser):
    magic: Magic
    usage_line: str
    """Made beforehand: while argparse parses, it puts the percent signs of our names through %."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(
            f"{self.magic.title}: {message}", (self.usage_line, f"{self.magic.title} -h helps")
        )


def _epilog(examples: tuple[str, ...]) -> str:
    return "\n".join(("examples:", *(f"  {line}" for line in examples))) if examples else ""


def _declare(
    name: str,
    summary: str,
    *options: Option,
    is_cell: bool,
    details: str = "",
    examples: tuple[str, ...] = (),
    on_host: bool = False,
) -> Callable[[Callable[[Call], object]], Magic]:
    def made(function: Callable[[Call], object]) -> Magic:
        return Magic(
            name, summary, details, options, examples, function, is_cell=is_cell, on_host=on_host
        )

    return made


line_magic = partial(_declare, is_cell=False)
"""Make a line magic of a function; see ``Magic``."""

cell_magic = partial(_declare, is_cell=True)
"""Make a cell magic of a function; see ``Magic``."""
