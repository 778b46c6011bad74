"""Checks for what the earlier packages left: versions 0.x of iot-device and iot-kernel."""

from __future__ import annotations

import json
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

from iot_device.doctor.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device.doctor.surroundings import Surroundings

__all__ = ["check_kernelspecs", "check_packages"]

_PACKAGES = ("iot-device", "iot-kernel")
_KERNEL_MODULE = "iot_kernel"


def check_packages(surroundings: Surroundings) -> Iterator[Finding]:
    """Find the earlier packages where Python looks for packages."""
    for distribution in distributions(path=surroundings.python_path):
        name = (distribution.name or "").replace("_", "-").lower()
        if name in _PACKAGES and distribution.version.startswith("0."):
            place = distribution.locate_file("")
            yield Finding(
                "packages",
                "problem",
                f"{name} {distribution.version}, of an earlier project, is in {place}",
                f"python -m pip uninstall {name}, with the Python of that folder",
            )


def check_kernelspecs(surroundings: Surroundings) -> Iterator[Finding]:
    """Find kernels of Jupyter that start the earlier kernel, or a Python that is gone."""
    for folder in surroundings.jupyter_folders:
        for file in sorted(folder.glob("kernels/*/kernel.json")):
            yield from _check_kernelspec(file)


def _check_kernelspec(file: Path) -> Iterator[Finding]:
    command = _command(file)
    if _KERNEL_MODULE not in command:
        return
    program = Path(command[0])
    remedy = f"jupyter kernelspec remove {file.parent.name}, then python -m iot_kernel.install"
    if program.is_absolute() and not program.exists():
        text = f"the kernel in {file.parent} starts {program}, which is gone"
        yield Finding("kernelspec", "problem", text, remedy)
    for earlier in program.parent.glob("../lib/python3*/site-packages/iot_kernel-0.*-info"):
        version = earlier.name.split("-")[1].removesuffix(".dist")
        text = f"the kernel in {file.parent} starts iot-kernel {version}, of an earlier project"
        yield Finding("kernelspec", "problem", text, remedy)


def _command(file: Path) -> list[str]:
    """Return the command that starts a kernel; empty where the file does not tell one."""
    try:
        command = json.loads(file.read_text(encoding="utf-8"))["argv"]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    is_command = isinstance(command, list) and all(isinstance(word, str) for word in command)
    return command if is_command else []
