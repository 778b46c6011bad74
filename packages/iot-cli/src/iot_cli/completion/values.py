"""What can stand where a command wants a board, or a path on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click
    from click.shell_completion import CompletionItem

    from iot_device import BoardCandidate

__all__ = ["complete_board_path", "complete_copied_path", "complete_file", "complete_target"]


def complete_target(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Complete a board; in a list of boards the last one."""
    from iot_device import serial_candidates  # noqa: PLC0415  (start-up: loads pyserial)

    before, comma, _ = incomplete.rpartition(",")
    known = [candidate for candidate in serial_candidates() if candidate.known]
    values = [value for candidate in known for value in _targets_of(candidate)]
    return _items([before + comma + value for value in [*values, "sim://", "all"]], incomplete)


def complete_board_path(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Complete a path on the board, unless a program runs there; the colon may be left out."""
    from iot_device import list_idle_board  # noqa: PLC0415  (start-up)

    folder, slash, _ = incomplete.removeprefix(":").rpartition("/")
    colon = incomplete[: incomplete.startswith(":")]
    target = context.find_root().params.get("target")
    entries = list_idle_board(target, folder or slash)
    names = [entry.name + "/" * (entry.type == "dir") for entry in entries]
    return _items([f"{colon}{folder}{slash}{name}" for name in names], incomplete)


def complete_copied_path(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Complete a path of ``cp``: with a colon it is on the board."""
    if incomplete.startswith(":"):
        return complete_board_path(context, parameter, incomplete)
    return complete_file(context, parameter, incomplete)


def complete_file(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Let the shell complete a file of this computer."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415  (start-up)

    return [CompletionItem(incomplete, type="file")]


def _targets_of(candidate: BoardCandidate) -> Iterator[str]:
    yield candidate.port
    yield candidate.url
    if candidate.serial_number:
        yield f"id:{candidate.serial_number}"
    if candidate.location:
        yield f"usb:{candidate.location}"


def _items(values: list[str], incomplete: str) -> list[CompletionItem[str]]:
    """Return those that fit. A name with control characters in it is nothing for a terminal."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415  (start-up)

    return [
        CompletionItem(value)
        for value in values
        if value.startswith(incomplete) and value == printable(value)
    ]
