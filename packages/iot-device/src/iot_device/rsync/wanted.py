"""What belongs on a board, by its configuration or by a folder of this computer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iot_device.config import load_configurations, model_of, model_of_folder
from iot_device.errors import ConfigurationError, InvalidTargetError, UnsupportedError
from iot_device.rsync.comparing import host_files
from iot_device.rsync.planning import PlanOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iot_device.clock import ClockSync
    from iot_device.config import BoardTime, DeviceConfiguration, Model, SkippedFile
    from iot_device.device import Device
    from iot_device.rsync.actions import HostFile

__all__ = [
    "Wanted",
    "configuration_of",
    "set_clock",
    "time_of",
    "wanted_by_configuration",
    "wanted_by_folder",
]

# Paths of computers: C:\..., \\server, ~/..., $HOME/...
_HOST_PATH: Final = re.compile(r"[A-Za-z]:|\\|~|\$")


@dataclass(frozen=True)
class Wanted:
    """What a board shall have, and how it gets it.

    Attributes:
        files: The files, by absolute path on the board.
        options: How the board shall become equal.
        skipped: Files that patterns leave out.
        time: What its clock shall show.
        places: Tells where on this computer a file would have to be to belong at a path of the
            board: folders, each with the path in it.
    """

    files: Mapping[str, HostFile]
    options: PlanOptions = field(default_factory=PlanOptions)
    skipped: tuple[SkippedFile, ...] = ()
    time: BoardTime = "local"
    places: Callable[[str], tuple[tuple[Path, str], ...]] = lambda _: ()


def configuration_of(device: Device) -> DeviceConfiguration:
    """Return the configuration of a board, by its uid, else by the place where it is plugged in.

    Raises:
        ConfigurationError: There is none, or something is wrong with it.
    """
    configurations = load_configurations()
    uid = device.info.uid
    name = configurations.name_of(uid, device.location)
    if name is None:
        raise ConfigurationError(
            f"no configuration found for: {uid or device.location or device.url}",
            file=configurations.folder,
            hint=configurations.unread_hint
            or "iot rsync FOLDER needs none; iot config new NAME writes one",
        )
    return configurations.get(name)


def time_of(device: Device) -> BoardTime:
    """Return what a board's clock shall show: local time, unless its configuration says more.

    Raises:
        ConfigurationError: Something is wrong with its configuration.
    """
    configurations = load_configurations()
    name = configurations.name_of(device.info.uid, device.location)
    return "local" if name is None else configurations.get(name).time


def set_clock(device: Device, wanted: Wanted) -> ClockSync | None:
    """Set the board's clock as it shall be, if it is off by more than 3 seconds.

    Returns:
        What was found and done; ``None`` if the clock does not matter or the board has none.
    """
    if wanted.time == "none":
        return None
    try:
        return device.clock.synchronize(zone=UTC if wanted.time == "utc" else None)
    except UnsupportedError:  # rsync needs no clock
        return None


def wanted_by_configuration(
    configuration: DeviceConfiguration, *, upload_only: bool = False
) -> Wanted:
    """Return what a configuration says.

    Args:
        configuration: The board's configuration.
        upload_only: Delete nothing.

    Raises:
        ConfigurationError: A resource is missing or empty.
        OSError: A file of this computer cannot be read.
    """
    model = model_of(configuration)
    options = PlanOptions(
        delete=not upload_only,
        max_delete=configuration.max_delete,
        homes=frozenset({configuration.install_dir}),
    )
    return replace(_wanted(model, options), time=configuration.time)


def wanted_by_folder(
    folder: Path, top: str = "/", *, delete: bool = False, may_be_empty: bool = False
) -> Wanted:
    """Return what is in a folder: all files but hidden ones.

    Args:
        folder: A folder of this computer.
        top: The folder of the board for what is in it.
        delete: Delete what else is there.
        may_be_empty: Whether it may be empty, or not be there: ``compare_pull`` fills it.

    Raises:
        ConfigurationError: There is no file in it.
        InvalidTargetError: ``top`` is no absolute path on a board.
        OSError: A file of this computer cannot be read.
    """
    if _HOST_PATH.match(top) or Path.home() in (Path(top), *Path(top).parents):
        raise InvalidTargetError(f"this is a path of a computer, not of a board: {top}", target=top)
    if ".." in top.split("/"):
        raise InvalidTargetError(f"a folder of the board is named without ..: {top}", target=top)
    if not top.startswith("/"):
        raise InvalidTargetError(
            f"a folder of the board begins with a slash: {top}", target=top, hint=f"write :/{top}"
        )
    if not folder.is_dir() and (folder.exists() or not may_be_empty):
        raise ConfigurationError("there is no such folder", file=folder)
    top = "/" + top.strip("/")
    model = model_of_folder(folder, top, may_be_empty=may_be_empty)
    return _wanted(model, PlanOptions(top=top, delete=delete))


def _wanted(model: Model, options: PlanOptions) -> Wanted:
    options = replace(options, folders=model.folders, excludes=model.protects)
    return Wanted(host_files(model.files), options, model.skipped, places=model.places)
