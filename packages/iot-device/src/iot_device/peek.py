"""Looking into a board without disturbing it, for the completion of paths."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from iot_device.connecting import transport_of
from iot_device.console import with_kept_lines
from iot_device.errors import BoardTimeoutError, UnsupportedError
from iot_device.filesystem import FileSystem
from iot_device.filesystem.entries import Entry
from iot_device.prompt_marks import forget_prompt, is_left_at_prompt, note_prompt
from iot_device.session import Session
from iot_device.targets import resolve_target
from iot_device.transports.url import parse_url

if TYPE_CHECKING:
    from pathlib import Path

    from iot_device.filesystem.entries import FileType

__all__ = ["list_idle_board"]


def list_idle_board(target: str | None, path: str = "") -> list[Entry]:
    """List a folder of a board on which no program runs; take less than a second.

    A program is never stopped. A board on a serial port is asked if one of our tools left it at
    its prompt and nobody wrote to the port since (see ``prompt_marks``), and then only by what
    the prompt understands. A simulated board boots each time that it is opened: its folder is
    looked at instead.

    Args:
        target: As for ``open_device``.
        path: The folder; empty for the current one.

    Raises:
        BoardTimeoutError: It is not known to be at its prompt, or does not answer.
        UnsupportedError: Opening a board elsewhere may take too long.
        IotError: As for ``open_device``.
        OSError: As for ``FileSystem.listdir``.
    """
    url = parse_url(resolve_target(target, asks="never"))
    if url.scheme == "sim":
        from iot_device.simulator.options import parse_simulator_url  # noqa: PLC0415  (start-up)

        return _entries(parse_simulator_url(str(url)).flash, path)
    if url.scheme != "serial":
        raise UnsupportedError(f"{url} is on no serial port", feature="a serial port")
    if not is_left_at_prompt(str(url)):
        raise BoardTimeoutError(
            f"{url} is not known to be at its prompt; a program may run there",
            waiting_for="a command that leaves it there",
        )
    return _list(str(url), path)


def _list(url: str, path: str) -> list[Entry]:
    forget_prompt(url)
    session = Session(transport_of(with_kept_lines(url), wait=0.0), interrupts=False)
    session.open()
    try:
        entries = FileSystem(session).listdir(path)
    finally:
        session.close()
    note_prompt(url)
    return entries


def _entries(flash: Path, path: str) -> list[Entry]:
    folder = flash / posixpath.normpath(f"/{path}").lstrip("/")
    return [
        Entry(found.name, posixpath.join(path, found.name), *_type_and_size(found))
        for found in sorted(folder.iterdir())
    ]


def _type_and_size(found: Path) -> tuple[FileType, int]:
    return ("dir", 0) if found.is_dir() else ("file", found.stat().st_size)
