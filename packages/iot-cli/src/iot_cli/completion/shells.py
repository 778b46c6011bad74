"""What the shells get: a script for each, and the answers to its questions.

The protocol is click's: a variable holds the shell's name, others the command line. Its scripts
for zsh and fish do; bash needs one of our own, because it takes words apart at colons.
"""

from __future__ import annotations

import os
import shlex
from typing import Any, ClassVar

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    split_arg_string,
)

from iot_cli.completion import VARIABLE
from iot_cli.main import cli

__all__ = ["SHELLS", "completions_for", "script_for"]

_BASH = """\
%(complete_func)s() {
    local kind value
    COMPREPLY=()
    while IFS=, read -r kind value; do
        if [[ $kind == file ]]; then
            compopt -o default
        else
            [[ $value == */ ]] && compopt -o nospace
            COMPREPLY+=("$value")
        fi
    done < <(COMP_LINE="${COMP_LINE:0:$COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1")
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class _Bash(BashComplete):
    """Gets the line up to the cursor; gives what bash shall put into its last piece."""

    source_template: ClassVar[str] = _BASH

    @staticmethod
    def _check_version() -> None:
        """Do not start a bash to look: 4.4 is of 2016."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._cut = 0
        self._is_quoted = False

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor, and the beginning of the one at it."""
        line = os.environ["COMP_LINE"]
        # With one more character the line ends in a word, be it empty or quoted so far.
        *words, last = split_arg_string(f"{line}x")
        incomplete = last[:-1]
        self._is_quoted = _ends_in_quotes(line)
        breaks = os.environ.get("COMP_WORDBREAKS", "")
        ends = [incomplete.rfind(character) + 1 for character in breaks]
        self._cut = 0 if self._is_quoted else max(ends, default=0)
        return words[1:], incomplete

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Return the kind and what replaces the piece of the word behind the last break."""
        value = item.value[self._cut :]
        return f"{item.type},{value if self._is_quoted else _quoted(value)}"


class _Fish(FishComplete):
    """Lists of boards have commas in them, at which click's script takes lines apart."""

    source_template: ClassVar[str] = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )


SHELLS: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": ZshComplete, "fish": _Fish}


def script_for(shell: str) -> str:
    """Return the script that makes a shell ask ``iot``."""
    return SHELLS[shell](cli, {}, "iot", VARIABLE).source()


def completions_for(instruction: str) -> str:
    """Return the answer to a shell.

    Args:
        instruction: ``bash_complete`` and the like.
    """
    completion = SHELLS[instruction.partition("_")[0]](cli, {}, "iot", VARIABLE)
    return completion.complete() + "\n"


def _ends_in_quotes(line: str) -> bool:
    try:
        shlex.split(line)
    except ValueError:
        return not line.endswith("\\")
    return False


def _quoted(value: str) -> str:
    # shlex.quote would put quotes around the word, of which the person typed the beginning.
    plain = "@%+=:,./-_~"
    return "".join(
        character if character.isalnum() or character in plain else f"\\{character}"
        for character in value
    )
