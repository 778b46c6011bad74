"""Unpacks packages of a later Debian release beside the system: no root, nothing installed.

Apt itself does the work, with a state of its own in which nothing is installed, so that it finds,
checks and downloads the packages and all that they need. Mirror, proxy and keys are those of the
machine's own configuration.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

__all__ = ["PackageError", "loader", "unpack"]

RELEASE = "trixie"  # Debian 13

_APT_CONFIGURATION = """\
Dir::Etc::sourcelist "{folder}/later.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
"""


class PackageError(Exception):
    """The packages cannot be had; the message says why."""


def unpack(packages: list[str], folder: Path) -> None:
    """Unpack Debian packages, and all packages that they depend on, into ``folder``.

    Args:
        packages: Names of the packages.
        folder: The new system's root, an absolute path; what was there before is removed.

    Raises:
        PackageError: This is no Debian machine, or the mirror cannot be reached.
    """
    if re.search(r"\s", str(folder)):
        raise PackageError(f"apt cannot work in a folder with a space in its name: {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    apt = folder / "apt"
    configuration = _private_state(apt)
    _run("apt-get", "-q", "-c", configuration, "update")
    _run("apt-get", "-q", "-y", "-c", configuration, "--download-only", "install", *packages)
    for archive in sorted((apt / "cache" / "archives").glob("*.deb")):
        _run("dpkg", "-x", str(archive), str(folder))
    shutil.rmtree(apt)


def loader(root: Path) -> Path:
    """Return the dynamic loader of an unpacked system.

    Args:
        root: The folder into which ``unpack`` has unpacked.

    Raises:
        PackageError: There is none.
    """
    for found in sorted((root / "usr" / "lib").glob("*/ld-linux*.so.*")):
        return found
    raise PackageError(f"no dynamic loader in {root}")


def _private_state(folder: Path) -> str:
    """Write a configuration for apt that knows one release and no installed package."""
    for needed in ("state/lists/partial", "cache/archives/partial"):
        (folder / needed).mkdir(parents=True, exist_ok=True)
    (folder / "status").write_text("")
    (folder / "later.sources").write_text(_source())
    configuration = folder / "apt.conf"
    configuration.write_text(_APT_CONFIGURATION.format(folder=folder))
    return str(configuration)


def _source() -> str:
    mirror, keys = _mirror()
    signed_by = f"Signed-By: {keys}\n" if keys else ""
    return f"Types: deb\nURIs: {mirror}\nSuites: {RELEASE}\nComponents: main\n{signed_by}"


def _mirror() -> tuple[str, str | None]:
    """Return address and keyring of the machine's Debian mirror, as its apt knows them."""
    # Printed with empty lists, so that the answer is the same before the first `apt-get update`.
    uris = _run(
        "apt-get", "-o", "Dir::State::lists=/dev/null", "-o", "Debug::NoLocking=1",
        "--print-uris", "update",
    )  # fmt: skip
    suites = rf"{_codename()}|stable|oldstable|oldoldstable|testing"
    found = re.findall(rf"^'(\S+)/dists/(?:{suites})/InRelease'", uris, flags=re.MULTILINE)
    if not found:
        raise PackageError("no Debian mirror in apt's sources")
    # Other archives use Debian's code names as well; Debian's own ends in "/debian" everywhere.
    mirror: str = min(found, key=lambda address: not address.endswith("/debian"))
    return mirror, _keyring(mirror)


def _codename() -> str:
    words = Path("/etc/os-release").read_text().splitlines()
    values = dict(word.split("=", 1) for word in words if "=" in word)
    return values.get("VERSION_CODENAME", "stable").strip('"')


def _keyring(mirror: str) -> str | None:
    """Return the keyring that the entry of this mirror names, else Debian's own, if it is there."""
    etc = Path("/etc/apt")
    for file in (etc / "sources.list", *sorted(etc.glob("sources.list.d/*"))):
        if file.suffix in {".list", ".sources"} and file.is_file():
            # An entry is a line in a .list and a paragraph in a .sources.
            separator = "\n\n" if file.suffix == ".sources" else "\n"
            for entry in file.read_text().split(separator):
                named = re.search(r"signed-by\s*[=:]\s*(/[^\s\]]+)", entry, flags=re.IGNORECASE)
                if named and mirror in entry:
                    return named[1]
    debian = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    return str(debian) if debian.exists() else None


def _run(*command: str) -> str:
    """Run a command, return what it writes; what it complains about is the error."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=os.environ | {"LC_ALL": "C"}
        )
    except FileNotFoundError as error:
        raise PackageError(f"{command[0]} is not there: this is no Debian machine") from error
    except subprocess.CalledProcessError as error:
        raise PackageError(f"{' '.join(command)}: {error.stderr.strip()}") from error
    return done.stdout
