"""``completion``: the script with which a shell completes command lines of ``iot``."""

from __future__ import annotations

import click

from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write

__all__ = ["completion_command"]


@click.command(
    "completion",
    short_help="Print the script that makes a shell complete.",
    epilog=examples(
        "iot completion bash > ~/.local/share/bash-completion/completions/iot",
        "iot completion zsh >> ~/.zshrc      behind the line with compinit",
        "iot completion fish > ~/.config/fish/completions/iot.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_work
def completion_command(work: Work, shell: str) -> None:
    """Print the script that makes bash, zsh or fish complete iot.

    It completes commands, options, boards, files of this computer, and paths
    on the board while that is at its prompt: a program that runs there is not
    stopped for it.
    """
    from iot_cli.completion.shells import script_for  # noqa: PLC0415  (start-up)

    if work.options.json:
        raise click.UsageError("--json does not go with completion.")
    write(script_for(shell))
