"""Standard output for what was asked for, standard error for everything else."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

import click

from iot_cli.program_text import ProgramText
from iot_cli.text import NewlineTranslator, json_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "CollectedOutput",
    "Output",
    "ReaderGoneError",
    "coloured",
    "note",
    "program_output",
    "redirected",
    "write",
    "write_bytes",
    "write_json",
    "write_line",
]


class ReaderGoneError(Exception):
    """Nobody reads our standard output any more, as after ``| head``."""


class Output(Protocol):
    """Where the output of one of several boards goes."""

    def write(self, data: bytes) -> None:
        """Take what is for standard output."""
        ...

    def write_json(self, value: Any) -> None:
        """Take the board's JSON document."""
        ...

    def note(self, text: str) -> None:
        """Take what is for standard error."""
        ...


# Each thread has its own; None: the streams of this process.
_redirection: ContextVar[Output | None] = ContextVar("redirection", default=None)


class CollectedOutput:
    """Keeps what is for standard output; standard error goes where it went before."""

    def __init__(self) -> None:
        self._before = _redirection.get()
        self._json: Any = None
        self._pieces: list[bytes] = []

    @property
    def document(self) -> Any:
        """What was written as JSON, else as text; ``None`` if there was nothing."""
        if self._json is None and self._pieces:
            return b"".join(self._pieces).decode(errors="backslashreplace")
        return self._json

    def write(self, data: bytes) -> None:
        """Take what is for standard output."""
        self._pieces.append(data)

    def write_json(self, value: Any) -> None:
        """Take the JSON document."""
        self._json = value

    def note(self, text: str) -> None:
        """Pass on what is for standard error."""
        (write_line if self._before is None else self._before.note)(text)


@contextmanager
def redirected(output: Output) -> Iterator[None]:
    """Send what this thread writes to ``output``."""
    token = _redirection.set(output)
    try:
        yield
    finally:
        _redirection.reset(token)


def write(data: bytes | str) -> None:
    """Write to standard output, at once.

    Args:
        data: Bytes go out as they are; text in the encoding of standard output.

    Raises:
        ReaderGoneError: Nobody reads it any more.
        OSError: It cannot be written, on a full disk for instance.
    """
    if isinstance(data, str):
        data = data.encode(sys.stdout.encoding, "backslashreplace")
    output = _redirection.get()
    (write_bytes if output is None else output.write)(data)


def write_bytes(data: bytes) -> None:
    """Write to the standard output of this process, whatever is redirected.

    Raises:
        ReaderGoneError: Nobody reads it any more.
        OSError: It cannot be written, on a full disk for instance.
    """
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        _abandon_output()
        # Windows reports EINVAL where POSIX has EPIPE.
        if error.errno in (errno.EPIPE, errno.EINVAL):
            raise ReaderGoneError from error
        error.filename = "standard output"
        raise


def coloured(text: str, colour: str) -> str:
    """Return text in a colour, where standard output is a terminal that shall have colours."""
    is_plain = (
        _redirection.get() is not None or not sys.stdout.isatty() or os.environ.get("NO_COLOR")
    )
    return text if is_plain else click.style(text, fg=colour)


def write_json(value: Any) -> None:
    """Write a JSON document to standard output."""
    if (output := _redirection.get()) is not None:
        output.write_json(value)
    else:
        write(json_document(value) + "\n")


def program_output(*, binary: bool) -> tuple[Callable[[bytes], None], Callable[[], None]]:
    r"""Return two functions: one writes a piece of a program's output, one writes the rest.

    Args:
        binary: Write the bytes exactly; else ``\r\n`` becomes ``\n``, and on a terminal pictures
            are lines that tell of them, and control characters other than colours are escaped.

    Raises:
        click.UsageError: The bytes of several boards cannot be told apart.
    """
    if binary and _redirection.get() is not None:
        raise click.UsageError("--binary works with one board.")
    if binary:
        return write, lambda: None
    translator = NewlineTranslator()
    if not sys.stdout.isatty():
        return lambda data: write(translator.translate(data)), lambda: write(translator.finish())
    from iot_cli.rich_lines import RichLines  # noqa: PLC0415  (start-up)

    shown, lines = ProgramText(), RichLines()

    def write_piece(data: bytes) -> None:
        write(shown.translate(lines.translate(translator.translate(data))))

    def write_rest() -> None:
        rest = lines.translate(translator.finish()) + lines.finish()
        write(shown.translate(rest) + shown.finish())

    return write_piece, write_rest


def note(text: str) -> None:
    """Write a line to standard error."""
    output = _redirection.get()
    (write_line if output is None else output.note)(text)


def write_line(text: str) -> None:
    """Write a line to the standard error of this process, whatever is redirected."""
    # Where nobody reads standard error either, there is nobody to tell.
    with suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _abandon_output() -> None:
    """Let nothing write to standard output again, also not Python at its end.

    It would try to write what it keeps, fail again, and exit with 120.
    """
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
