"""A click group that loads a command's module when the command is used."""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LazyGroup"]


class LazyGroup(click.Group):
    """A group whose commands stand in modules that are imported on demand.

    Args:
        modules: For each command the module that defines it, by a function of the same name.
        arguments: As for ``click.Group``.
    """

    def __init__(self, *, modules: Mapping[str, str], **arguments: Any) -> None:
        super().__init__(**arguments)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """Return the names of all commands, in the order in which help shows them."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command; ``None`` if there is none of this name."""
        if cmd_name not in self._modules:
            return None
        function = f"{cmd_name}_command"
        command: click.Command = getattr(import_module(self._modules[cmd_name]), function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; suggest one where there is none of this name.

        Raises:
            click.UsageError: There is no such command.
        """
        word = args[0]
        if word in self._modules or word.startswith("-"):
            return super().resolve_command(ctx, args)
        close = difflib.get_close_matches(word, self._modules, n=1)
        suggestion = f" Did you mean {close[0]!r}?" if close else ""
        raise click.UsageError(f"No such command {word!r}.{suggestion}", ctx)
