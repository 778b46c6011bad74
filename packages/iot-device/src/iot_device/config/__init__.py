"""Names of boards, and what belongs on them, from the user's configuration files."""

from __future__ import annotations

from iot_device.config.configuration import BoardIdentity, BoardTime, DeviceConfiguration, Resource
from iot_device.config.loading import Configurations, load_configurations, name_of
from iot_device.config.model import Model, SkippedFile, model_of, model_of_folder

__all__ = [
    "BoardIdentity",
    "BoardTime",
    "Configurations",
    "DeviceConfiguration",
    "Model",
    "Resource",
    "SkippedFile",
    "load_configurations",
    "model_of",
    "model_of_folder",
    "name_of",
]
