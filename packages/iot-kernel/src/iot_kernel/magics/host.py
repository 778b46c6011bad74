"""Cells that run on this computer."""

from __future__ import annotations

import shutil

from iot_kernel.errors import HostCommandError, UsageError
from iot_kernel.host_command import run_command, shell_command
from iot_kernel.magics.declare import Call, cell_magic

__all__ = ["bash", "host"]


@cell_magic(
    "bash",
    "Pass cell to bash shell for evaluation",
    details="Both streams appear as they come.",
    on_host=True,
)
def bash(call: Call) -> None:
    """Run the cell."""
    if shutil.which("bash") is None:
        raise HostCommandError("there is no bash on this computer", ("! uses the system's shell",))
    status = run_command(call.cell, shell_command(call.body))
    if status != 0:
        raise HostCommandError(f"bash ended with exit status {status}")


@cell_magic(
    "host",
    "Run cell on this computer, in IPython",
    details="All that IPython has is there: its magics, ? and ??, plots, widgets. device and\n"
    "remote('code') reach the board.",
    on_host=True,
)
def host(call: Call) -> None:
    """Say where it stands: such cells are IPython's own."""
    raise UsageError(f"{call.magic.title} takes no words behind it")
