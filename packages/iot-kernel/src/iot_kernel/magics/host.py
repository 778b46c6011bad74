"""Cells that run on this computer."""

from __future__ import annotations

import shutil

from iot_kernel.errors import HostCommandError
from iot_kernel.host_command import run_command, shell_command
from iot_kernel.magics.declare import Call, cell_magic

__all__ = ["bash"]


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
