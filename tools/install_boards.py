"""Installs what the test boards need into one folder, ``.boards`` of the checkout.

* MicroPython and Python 3.13 from Debian 13, unpacked beside the system (where the system has
  none that will do);
* MicroPython for WebAssembly, an npm package, which runs in Node.js;
* QEMU and the firmware of the micro:bit are packages of the system: named if they are missing,
  installed with ``--system``.

What is there already is left alone, so that a second run takes a second.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from debian_packages import PackageError, loader, unpack

__all__ = ["BOARDS", "MICROBIT_FIRMWARE", "NODE_PACKAGE", "micropython", "python313"]

BOARDS = Path(__file__).resolve().parent.parent / ".boards"
MICROBIT_FIRMWARE = Path("/usr/share/firmware-microbit-micropython/firmware.hex")
NODE_PACKAGE = "@micropython/micropython-webassembly-pyscript"
_NODE_VERSION = "1.29.0-6"  # the first firmware whose os.stat has named fields

# A program that is there, and the Debian package that brings it.
_SYSTEM = {
    "qemu-system-arm": "qemu-system-arm",
    str(MICROBIT_FIRMWARE): "firmware-microbit-micropython",
    "node": "nodejs",
    "npm": "npm",
}

_WRAPPER = """\
#!/bin/sh
# Starts the {name} of a later Debian through its own loader: this system's C library is too old.
wrapper=$(/usr/bin/readlink -f "$0") # the caller's PATH may be empty
root=${{wrapper%/*}}/../debian
lib=$root/{lib}
exec "$lib/{loader}" --argv0 "$0" --library-path "$lib" "$root/usr/bin/{name}" "$@"
"""


def micropython(folder: Path = BOARDS) -> Path | None:
    """Return a MicroPython, 1.25 or newer: that of ``IOT_MICROPYTHON``, of ``folder``, of PATH."""
    named = os.environ.get("IOT_MICROPYTHON")
    code = "import sys; sys.exit(sys.implementation.version < (1, 25))"
    return Path(named) if named else _first_usable(folder, "micropython", code)


def python313(folder: Path = BOARDS) -> Path | None:
    """Return a Python 3.13 that can make virtual environments: that of ``folder``, or of PATH."""
    return _first_usable(folder, "python3.13", "import venv, ensurepip")


def _first_usable(folder: Path, name: str, code: str) -> Path | None:
    for place in (str(folder / "bin"), None):
        found = shutil.which(name, path=place)
        if found and _succeeds(found, "-c", code):
            return Path(found)
    return None


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _install_interpreters(folder: Path) -> None:
    """Unpack those of the two interpreters that this machine lacks."""
    if micropython(folder) and python313(folder):
        return
    # Both together: unpacking begins with an empty folder.
    unpack(["micropython", "python3.13-venv"], folder / "debian")
    _bundle_pip(folder)
    for name in ("micropython", "python3.13"):
        _write_wrapper(folder, name)


def _write_wrapper(folder: Path, name: str) -> None:
    root = folder / "debian"
    own_loader = loader(root)
    lib = own_loader.parent.relative_to(root)
    wrapper = folder / "bin" / name
    wrapper.parent.mkdir(exist_ok=True)
    wrapper.write_text(_WRAPPER.format(name=name, lib=lib, loader=own_loader.name))
    wrapper.chmod(0o755)


def _bundle_pip(folder: Path) -> None:
    """Let the unpacked Python find its library and the pip that it puts into environments."""
    # Python looks for lib/python3.13 beside the folder of what it takes for its own executable.
    library = folder / "lib" / "python3.13"
    library.parent.mkdir(exist_ok=True)
    library.unlink(missing_ok=True)
    library.symlink_to("../debian/usr/lib/python3.13")
    # Debian's ensurepip takes pip from a fixed folder of the system. Without that setting it does
    # what it does elsewhere: it takes the wheel beside itself.
    bundled = library / "ensurepip" / "_bundled"
    bundled.mkdir(exist_ok=True)
    for wheel in (folder / "debian" / "usr" / "share" / "python-wheels").glob("pip-*.whl"):
        shutil.copy(wheel, bundled)
    for settings in library.glob("_sysconfigdata_*.py"):
        lines = settings.read_text().splitlines(keepends=True)
        settings.write_text("".join(line for line in lines if "'WHEEL_PKG_DIR'" not in line))


def _install_node_package(folder: Path) -> None:
    node = folder / "node"
    described = node / "node_modules" / NODE_PACKAGE / "package.json"
    if described.exists() and json.loads(described.read_text())["version"] == _NODE_VERSION:
        return
    node.mkdir(exist_ok=True)
    package = f"{NODE_PACKAGE}@{_NODE_VERSION}"
    options = ("--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")
    subprocess.run(["npm", "install", "--prefix", str(node), *options, package], check=True)


def _missing_system_packages() -> list[str]:
    return [
        package
        for wanted, package in _SYSTEM.items()
        if not (Path(wanted).exists() or shutil.which(wanted))
    ]


def _install_system_packages() -> None:
    packages = _missing_system_packages()
    if packages:
        subprocess.run(["apt-get", "-q", "update"], check=True)
        subprocess.run(
            ["apt-get", "-q", "-y", "--no-install-recommends", "install", *packages], check=True
        )


def _install(folder: Path, *, system: bool) -> list[str]:
    """Install all; return one line for each thing that is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    if system:
        _install_system_packages()
    problems = []
    for what, install in (
        ("MicroPython and Python 3.13", _install_interpreters),
        (NODE_PACKAGE, _install_node_package),
    ):
        try:
            install(folder)
        except (PackageError, OSError, subprocess.CalledProcessError) as error:
            problems.append(f"{what}: {error}")
    if packages := _missing_system_packages():
        problems.append(f"missing: apt-get install {' '.join(packages)}")
    return problems


def main() -> int:
    """Install; print what is there and what is not; return 1 if something is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--into", type=Path, default=BOARDS, metavar="FOLDER")
    parser.add_argument("--system", action="store_true", help="also install system packages")
    arguments = parser.parse_args()
    folder = arguments.into.resolve()
    problems = _install(folder, system=arguments.system)
    print(f"MicroPython: {micropython(folder)}")
    print(f"Python 3.13: {python313(folder)}")
    for problem in problems:
        print(f"install_boards: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
