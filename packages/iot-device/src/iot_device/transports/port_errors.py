"""Why a serial port could not be opened: the port, the reason, and the remedy."""

from __future__ import annotations

import errno
import getpass
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from iot_device.errors import ConnectError, PortBusyError, PortNotFoundError, PortPermissionError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["busy_error", "find_holder", "open_error"]

_ABSENT = {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR}
_BUSY = {errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK}  # TIOCEXCL, flock
_FORBIDDEN = {errno.EACCES, errno.EPERM}

# Services that look at every new serial port for some seconds.
_PROBERS = {"ModemManager", "brltty"}


def open_error(port: str, error: Exception) -> ConnectError:
    """Translate what opening ``port`` raised, by its errno where it has one."""
    number = error.errno if isinstance(error, OSError) else None
    if os.name == "nt":
        # pyserial's errors carry no number on Windows; a port that is listed and cannot be
        # opened is open elsewhere.
        return busy_error(port) if port in _attached_ports() else _not_found_error(port)
    if number in _ABSENT:
        return _not_found_error(port)
    if number in _BUSY:
        return busy_error(port)
    if number in _FORBIDDEN:
        return _permission_error(port)
    return ConnectError(f"cannot open {port}: {error}", port=port)


def busy_error(port: str) -> PortBusyError:
    """Make the error for a port that another program holds; name the program if it shows."""
    found = find_holder(port)
    if found is None:
        return PortBusyError(
            f"{port} is in use by another program",
            port=port,
            hint="close the program that uses it; a pseudo-terminal whose program was killed"
            " stays locked until its server is restarted",
        )
    pid, name = found
    hint = f"close {name} (pid {pid}), or choose another port"
    if name in _PROBERS:
        hint = f"{name} looks at new ports for up to 30 s; wait, or stop the service"
    return PortBusyError(
        f"{port} is in use by {name} (pid {pid})", port=port, holder=name, pid=pid, hint=hint
    )


def find_holder(port: str) -> tuple[int, str] | None:
    """Return process id and name of a program that has ``port`` open.

    One that holds a lock on it comes first, then the youngest, our own process last: the server
    of a pseudo-terminal has it open too, and was there before its clients. Looks at Linux's
    ``/proc``; sees only what this user may see. ``None`` if nothing is found.
    """
    target = os.path.realpath(port)
    lockers = _lockers(target)
    holders = sorted(
        _holders(target), key=lambda pid: (pid == os.getpid(), pid not in lockers, -pid)
    )
    if not holders:
        return None
    try:
        return holders[0], Path(f"/proc/{holders[0]}/comm").read_text().strip()
    except OSError:
        return holders[0], "a program"


def _lockers(target: str) -> set[int]:
    """Return the processes that hold a flock; a line of ``/proc/locks`` ends in MAJ:MIN:INODE."""
    try:
        inode = str(Path(target).stat().st_ino)
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return set()
    locks = (line.split() for line in lines if " FLOCK " in line)
    return {int(words[4]) for words in locks if words[5].rpartition(":")[2] == inode}


def _holders(target: str) -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*/fd"):
        if target in _open_files(folder):
            yield int(folder.parent.name)


def _open_files(folder: Path) -> set[str]:
    try:
        return {_link_target(link) for link in folder.iterdir()}
    except OSError:
        return set()  # another user's process, or it ended meanwhile


def _link_target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _not_found_error(port: str) -> PortNotFoundError:
    available = _attached_ports()
    hint = "no USB serial port is attached: is the board plugged in, by a cable that carries data?"
    if available:
        hint = f"attached ports: {', '.join(available)}"
    return PortNotFoundError(f"there is no port {port}", port=port, available=available, hint=hint)


def _attached_ports() -> list[str]:
    from serial.tools import list_ports  # noqa: PLC0415  (pyserial is loaded only when needed)

    return sorted(info.device for info in list_ports.comports() if info.vid is not None)


def _permission_error(port: str) -> PortPermissionError:
    group = _group_with_access(port)
    if group is None:
        return PortPermissionError(
            f"you may not open {port}, and no group that you could join may",
            port=port,
            hint='add a udev rule with TAG+="uaccess" for this board, and plug it in again',
        )
    hint = f"sudo usermod -a -G {group} {getpass.getuser()}, then log out and in again"
    if _is_member(group):
        hint = f"you are in the group {group}, but this session began before: log out and in again"
    return PortPermissionError(
        f"you may not open {port}: it belongs to the group {group}",
        port=port,
        group=group,
        hint=hint,
    )


def _group_with_access(port: str) -> str | None:
    import grp  # noqa: PLC0415  (POSIX only)

    try:
        status = Path(port).stat()
        may_use = status.st_mode & stat.S_IRGRP and status.st_mode & stat.S_IWGRP
        # Nobody should join the group of root for a serial port.
        return grp.getgrgid(status.st_gid).gr_name if may_use and status.st_gid else None
    except (OSError, KeyError):
        return None


def _is_member(group: str) -> bool:
    import grp  # noqa: PLC0415  (POSIX only)

    return getpass.getuser() in grp.getgrnam(group).gr_mem
