"""``--capture FILE``: the bytes that a board sent, exactly."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["capture_option", "capturing"]

capture_option = click.option(
    "--capture",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Append the bytes that the board sends to FILE, as they come.",
)


@contextmanager
def capturing(name: str | None) -> Iterator[Callable[[bytes], None]]:
    """Give a function that appends bytes to the file, at once; without a file it does nothing.

    Raises:
        OSError: It cannot be opened or written; ``.filename`` is set.
    """
    if name is None:
        yield lambda _data: None
        return
    with Path(name).open("ab", buffering=0) as file:

        def append(data: bytes) -> None:
            try:
                while data:
                    data = data[file.write(data) :]
            except OSError as error:
                error.filename = name
                raise

        yield append
