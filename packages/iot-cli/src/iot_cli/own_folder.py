"""The folder of this computer that one of several boards has for itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iot_cli.context import Work
    from iot_device import Device

__all__ = ["own_folder_name"]


def own_folder_name(work: Work, device: Device) -> str:
    """Return a name for one of several boards: its target, if that can be one, else its uid."""
    from iot_device.copying import name_problem  # noqa: PLC0415  (start-up)

    target = work.options.target or ""
    if name_problem(target, windows=True) is None:
        return target
    return device.info.uid or re.sub(r"[^\w.-]+", "_", target).strip("_.")
