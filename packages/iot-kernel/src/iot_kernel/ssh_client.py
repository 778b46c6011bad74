"""The system's OpenSSH client: the words that start it, and how it gets a password."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iot_kernel.errors import HostCommandError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["password_environment", "ssh_command"]

_HOST: Final = re.compile(r"(?:[\w][\w.+-]*@)?[\w][\w.-]*|(?:[\w][\w.+-]*@)?[0-9a-fA-F:]+")
_TIMEOUT: Final = 10.0  # seconds to read the configuration

_VARIABLE: Final = "IOT_SSH_PASSWORD"
_HELPER: Final = f"#!/bin/sh\nprintf '%s\\n' \"${_VARIABLE}\"\n"
_WITH_PASSWORD: Final = (
    "-oPreferredAuthentications=password,keyboard-interactive",
    "-oNumberOfPasswordPrompts=1",
)


def ssh_command(host: str, port: int | None = None, *, has_password: bool = False) -> list[str]:
    """Return the words that run a program on another computer, before those of the program.

    Args:
        host: ``[user@]host``; without a user that of OpenSSH's configuration, else root.
        port: TCP port; ``None``: that of the configuration.
        has_password: Whether ``password_environment`` gives it a password.

    Raises:
        HostCommandError: There is no OpenSSH.
        UsageError: The host cannot be one.
    """
    program = shutil.which("ssh")
    if program is None:
        raise HostCommandError("there is no ssh on this computer", ("install OpenSSH's client",))
    if _HOST.fullmatch(host) is None:
        raise UsageError(f"{host!r} is no host")
    settings = _settings(program, host)
    words = [program, "-T", *(["-p", str(port)] if port is not None else [])]
    if "@" not in host and settings.get("user", getpass.getuser()) == getpass.getuser():
        words += ["-l", "root"]
    if has_password:
        words += _WITH_PASSWORD
        # It would be the password that answers the question whether to trust a new host.
        if settings.get("stricthostkeychecking", "ask") == "ask":
            words.append("-oStrictHostKeyChecking=yes")
    return [*words, "--", host]


def _settings(program: str, host: str) -> dict[str, str]:
    """Return OpenSSH's configuration for a host."""
    told = subprocess.run(  # noqa: S603  (the host was checked)
        [program, "-G", "--", host], capture_output=True, text=True, check=False, timeout=_TIMEOUT
    )
    pairs = (line.partition(" ") for line in told.stdout.splitlines())
    return {name: value for name, _, value in pairs}


@contextmanager
def password_environment(password: str) -> Iterator[dict[str, str]]:
    """Give the environment in which OpenSSH uses a password instead of asking for one.

    It asks a program for it, ours; the password is in no argument and no file.

    Raises:
        UsageError: OpenSSH has no such way on this system.
    """
    if sys.platform == "win32":
        raise UsageError("OpenSSH takes no password here", ("use a key, and ssh-agent",))
    with tempfile.TemporaryDirectory(prefix="iot-ssh-") as folder:
        helper = Path(folder) / "askpass"
        helper.write_text(_HELPER, encoding="utf-8")
        helper.chmod(0o700)
        yield {
            "DISPLAY": "none",  # OpenSSH before 8.4 asks no program without one
            **os.environ,
            "SSH_ASKPASS": str(helper),
            "SSH_ASKPASS_REQUIRE": "force",
            _VARIABLE: password,
        }
