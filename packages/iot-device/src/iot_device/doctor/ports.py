"""Checks of serial ports: what is attached, whether we may open it, and who has it open."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from iot_device.doctor.findings import Finding
from iot_device.transports.port_errors import find_holder, open_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device.doctor.surroundings import Surroundings

__all__ = ["check_groups", "check_holders", "check_permissions", "check_ports"]

# Serial ports belong to the first of these that there is: Debian and Fedora, Arch.
_SERIAL_GROUPS = ("dialout", "uucp")


def check_ports(surroundings: Surroundings) -> Iterator[Finding]:
    """List what is attached."""
    for candidate in surroundings.candidates:
        text = f"{candidate.port}: {candidate.description}"
        if candidate.known:
            yield Finding("ports", "good", text)
        else:
            remedy = f"if it is a board, name it: iot -d {candidate.port} ..."
            yield Finding("ports", "note", f"{text}, which our table does not know", remedy)
    if not surroundings.candidates:
        yield Finding(
            "ports",
            "note",
            "no board is attached to a USB port",
            "plug one in, by a cable that carries data; a container or a virtual machine has only "
            "the ports that are passed to it",
        )


def check_permissions(surroundings: Surroundings) -> Iterator[Finding]:
    """Find ports that we may not open."""
    for candidate in surroundings.candidates:
        port = candidate.port
        if os.path.exists(port) and not os.access(port, os.R_OK | os.W_OK):  # noqa: PTH110
            error = open_error(port, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
            yield Finding("permission", "problem", error.message, error.hint)


def check_groups(surroundings: Surroundings) -> Iterator[Finding]:
    """Find out whether we are in the group to which serial ports belong on this system."""
    if 0 in surroundings.own_groups or any(
        os.access(candidate.port, os.R_OK | os.W_OK) for candidate in surroundings.candidates
    ):
        return
    try:
        lines = surroundings.groups.read_text(encoding="utf-8").splitlines()
    except OSError:  # no such file: no such groups
        return
    numbers = {
        name: int(number)
        for name, _, number, _ in (line.split(":") for line in lines if line.count(":") == 3)
    }
    name = next((name for name in _SERIAL_GROUPS if name in numbers), None)
    if name is not None and numbers[name] not in surroundings.own_groups:
        yield Finding(
            "permission",
            "note",
            f"you are not in the group {name}, to which serial ports belong",
            f"sudo usermod -a -G {name} $USER, then log out and in again",
        )


def check_holders(surroundings: Surroundings) -> Iterator[Finding]:
    """Find ports that a program has open."""
    for candidate in surroundings.candidates:
        holder = find_holder(candidate.port)
        if holder is not None and holder[0] != os.getpid():
            pid, name = holder
            yield Finding(
                "holder",
                "problem",
                f"{candidate.port} is open in {name} (pid {pid})",
                f"close {name}, or end it: kill {pid}",
            )
