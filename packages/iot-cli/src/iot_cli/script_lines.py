"""The lines of a script: read, and taken apart, before any of them runs."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from iot_cli.context import FOR_EACH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_cli.context import Work

__all__ = ["Step", "steps_of"]


@dataclass(frozen=True)
class Step:
    """A command of a script.

    Attributes:
        place: File and line: ``steps.txt:3``.
        line: Number of the line, from 1.
        text: The command, as it is written.
        context: What click made of it.
    """

    place: str
    line: int
    text: str
    context: click.Context

    def run(self) -> int:
        """Run the command; return its exit code."""
        with self.context:
            return self.context.command.invoke(self.context) or 0


def steps_of(text: str, name: str, work: Work) -> list[Step]:
    """Take a script apart. Nothing of it runs.

    Args:
        text: The script.
        name: Where it stands, for messages.
        work: The run of ``iot script``, for the commands.

    Raises:
        click.UsageError: A line makes no sense; the message begins with its place.
    """
    from iot_cli.main import cli  # noqa: PLC0415  (it loads the commands, of which script is one)

    root = click.Context(cli, info_name="iot", obj=work)
    return list(_steps(text, name, root))


def _steps(text: str, name: str, root: click.Context) -> Iterator[Step]:
    for number, line in enumerate(text.split("\n"), 1):
        place = f"{name}:{number}"
        try:
            words = shlex.split(line, comments=True)
            if words[:1] == ["iot"]:
                del words[0]
            if words:
                yield Step(place, number, line.strip(), _context(words, root))
        except ValueError as error:  # of shlex: a quotation without an end
            raise click.UsageError(f"{place}: {error}.", root) from None
        except click.ClickException as error:
            context = getattr(error, "ctx", None) or root
            raise click.UsageError(f"{place}: {error.format_message()}", context) from error


def _context(words: list[str], root: click.Context) -> click.Context:
    if words[0].startswith("-"):
        raise click.UsageError("Options of iot itself stand before the word script.", root)
    group = root.command
    assert isinstance(group, click.Group)  # noqa: S101  (for mypy)
    name, command, arguments = group.resolve_command(root, words)
    if command is None or name not in FOR_EACH or name == "script":
        raise click.UsageError(f"{words[0]!r} does not go into a script.", root)
    # Help would be shown, and nothing said about the line.
    return command.make_context(name, arguments, parent=root, help_option_names=[])
