"""Completion of command lines in bash, zsh and fish.

The shell starts ``iot`` with a variable that says which shell asks; see ``shells``.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from iot_cli.signals import Signals

__all__ = ["VARIABLE", "answer"]

VARIABLE: Final = "_IOT_COMPLETE"
PATIENCE: Final = 1.5  # seconds; it takes a tenth where the board and this computer are quick


def answer(instruction: str, signals: Signals) -> None:
    """Write the completions for the command line that the shell put into the environment.

    Whatever goes wrong, nothing is written: the person is in the middle of typing.

    Args:
        instruction: What the shell wants: ``bash_complete`` and the like.
        signals: They end a wait for a board.
    """
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  (to the end)
    try:
        signals.start_timeout(PATIENCE)
        from iot_cli.completion.shells import completions_for  # noqa: PLC0415  (start-up)

        sys.stdout.write(completions_for(instruction))
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001, S110  (see above)
        pass
