"""What installations of the earlier project leave that comes before ours."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

__all__ = ["earlier_kernelspec", "library_problem"]

_NAME = "iot_kernel"


def earlier_kernelspec(folders: list[str]) -> str | None:
    """Tell in a sentence if Jupyter starts this kernel by a kernelspec that is not ours.

    Such a one starts whatever is called ``iot_kernel`` in its Python; it lacks what ours says,
    that Stop is a message.

    Args:
        folders: Where Jupyter looks for kernelspecs, the first that counts first.
    """
    files = (Path(folder) / _NAME / "kernel.json" for folder in folders)
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        return None
    try:
        spec = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(spec, dict) or spec.get("interrupt_mode") == "message":
        return None
    return (
        f"Jupyter finds the kernelspec of an earlier project first, {file.parent}; "
        f"remove it: jupyter kernelspec remove {_NAME}"
    )


def library_problem(error: ImportError) -> str | None:
    """Tell in a sentence if an error comes from a library of another version than this kernel.

    Args:
        error: What importing the kernel raised.
    """
    if not (error.name or "").startswith("iot_device"):
        return None
    found = find_spec("iot_device")
    place = found.origin if found is not None else None
    if place is None:
        return "iot_kernel needs iot-device: install both packages together"
    return (
        f"iot_kernel does not fit the iot_device in {Path(place).parent}, of an earlier project or "
        "another version: python -m pip uninstall iot-device, then install both packages together"
    )
