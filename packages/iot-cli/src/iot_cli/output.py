"""Standard output for what was asked for, standard error for everything else."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from iot_cli.text import NewlineTranslator, json_document

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ReaderGoneError", "abandon_output", "note", "program_output", "write", "write_json"]


class ReaderGoneError(Exception):
    """Nobody reads our standard output any more, as after ``| head``."""


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
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        # Windows reports EINVAL where POSIX has EPIPE.
        if error.errno in (errno.EPIPE, errno.EINVAL):
            raise ReaderGoneError from error
        error.filename = "standard output"
        raise


def write_json(value: Any) -> None:
    """Write a JSON document to standard output."""
    write(json_document(value) + "\n")


def program_output(*, binary: bool) -> tuple[Callable[[bytes], None], Callable[[], None]]:
    r"""Return two functions: one writes a piece of a program's output, one writes the rest.

    Args:
        binary: Write the bytes exactly; else ``\r\n`` becomes ``\n``.
    """
    if binary:
        return write, lambda: None
    translator = NewlineTranslator()
    return lambda data: write(translator.translate(data)), lambda: write(translator.finish())


def note(text: str) -> None:
    """Write a line to standard error."""
    # Where nobody reads standard error either, there is nobody to tell.
    with suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def abandon_output() -> None:
    """Let nothing write to standard output again, also not Python at its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
