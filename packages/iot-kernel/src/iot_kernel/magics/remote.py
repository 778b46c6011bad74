"""``%%ssh`` and ``%%service``: cells that run on other computers, or in containers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from iot_device import printable
from iot_kernel.errors import HostCommandError, UsageError
from iot_kernel.host_command import run_command
from iot_kernel.magics.declare import Call, cell_magic, option
from iot_kernel.ssh_client import password_environment, ssh_command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["service", "ssh"]

_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]*")
_SHELL: Final = re.compile(r"/?[\w][\w./-]*")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ENGINES: Final = ("docker", "podman", "balena-engine")

_out = option("--out", metavar="VAR", help="keep stdout in this environment variable instead")
_err = option("--err", metavar="VAR", help="keep stderr in this environment variable instead")


@cell_magic(
    "ssh",
    "Pass cell body to ssh",
    option("-p", "--port", type=int, help="port"),
    option("--password", help="password; it stays in the notebook"),
    option("--ask-password", action="store_true", help="ask for the password, and keep it nowhere"),
    _out,
    _err,
    option("host", help="[user@]host; the user is that of ~/.ssh/config, else root"),
    details="Uses the system's OpenSSH: its configuration, agent and known hosts. The cell is the\n"
    "standard input of the remote bash. With a password, the key of the host must be known:\n"
    "connect once from a terminal.",
    examples=("%%ssh pi@raspberrypi.local", "%%ssh --out UPTIME server"),
    on_host=True,
)
def ssh(call: Call) -> None:
    """Run the cell there."""
    options = call.options
    password = _password(call)
    words = ssh_command(options.host, options.port, has_password=password is not None)
    command = [*words, "bash", "-s"]
    if password is None:
        _run(call, command, call.body)
        return
    with password_environment(password) as environment:
        _run(call, command, call.body, environment)


def _password(call: Call) -> str | None:
    options = call.options
    if options.ask_password:
        return call.cell.ask(f"Password for {printable(options.host)}: ", password=True)
    if options.password is not None:
        call.write("[the password stays in this notebook; --ask-password does not]", style="faint")
    password: str | None = options.password
    return password


@cell_magic(
    "service",
    "Send code to bash in named container for execution",
    option("-u", "--user", default="iot", help="user in the container (iot)"),
    option("-s", "--shell", default="/bin/bash", help="shell in the container (/bin/bash)"),
    _out,
    _err,
    option("container", help="its name up to the first _; host is the host itself"),
    details="The containers are those of docker, podman or balena-engine, on this computer or, by\n"
    "ssh, on IOT_SERVICE_HOST. Before the cell .init_CONTAINER.sh is sourced, if it exists.",
    examples=("%%service web", "%%service host"),
    on_host=True,
)
def service(call: Call) -> None:
    """Run the cell there."""
    options = call.options
    for word, pattern in (
        (options.container, _NAME),
        (options.user, _NAME),
        (options.shell, _SHELL),
    ):
        if pattern.fullmatch(word) is None:
            raise UsageError(f"{word!r} is no name")
    if options.container == "host":
        _run(call, [*_away(), options.shell, "-s"], call.body)
        return
    engine = _engine()
    container = _find(engine, options.container)
    command = [*engine, "exec", "-i", "-u", options.user, container, options.shell, "-s"]
    _run(call, command, _prologue(options.container) + call.body)


def _prologue(container: str) -> str:
    name = f".init_{container}.sh"
    return f'cd "$HOME"\nif [ -f {name} ]; then . ./{name}; fi\n'


def _away() -> list[str]:
    """Return the words that run a program on the host of the services."""
    host = os.environ.get("IOT_SERVICE_HOST")
    return ssh_command(host) if host else []


def _engine() -> list[str]:
    away = _away()
    if away:
        return [*away, os.environ.get("IOT_SERVICE_ENGINE", "balena-engine")]
    found = next((program for program in map(shutil.which, _ENGINES) if program), None)
    if found is None:
        raise HostCommandError(f"there is no {' or '.join(_ENGINES)} on this computer")
    return [found]


def _find(engine: list[str], name: str) -> str:
    """Return the full name of a container that runs."""
    listing = subprocess.run(  # noqa: S603  (its words were checked)
        [*engine, "ps", "--format", "{{.Names}}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    if listing.returncode != 0:
        raise HostCommandError(f"the containers cannot be listed: {listing.stderr.strip()}")
    known = {_short(full): full for full in listing.stdout.split() if _NAME.fullmatch(full)}
    if name not in known:
        there = ", ".join(["host", *sorted(known)])
        raise UsageError(f"No container with name {name!r}", (f"Available containers: {there}",))
    return known[name]


def _short(full: str) -> str:
    short = full.partition("_")[0]
    return "balena-supervisor" if short == "balena" else short


def _check_variable(name: str) -> None:
    if _VARIABLE.fullmatch(name) is None:
        raise UsageError(f"{name!r} is no name of an environment variable")


def _run(
    call: Call, command: list[str], script: str, environment: Mapping[str, str] | None = None
) -> None:
    kept: dict[str, list[str]] = {}
    takers: dict[str, Callable[[str], object]] = {}
    for stream, variable in (("stdout", call.options.out), ("stderr", call.options.err)):
        if variable is not None:
            _check_variable(variable)
            takers[stream] = kept.setdefault(variable, []).append
    status = run_command(
        call.cell, command, stdin=script, on_output=takers, environment=environment
    )
    for variable, pieces in kept.items():
        text = "".join(pieces).replace("\0", "")  # as in a shell's $(...)
        os.environ[variable] = text.rstrip("\n")
    if status != 0:
        raise HostCommandError(f"{call.magic.title} ended with exit status {status}")
