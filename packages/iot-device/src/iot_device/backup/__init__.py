"""All files of a board kept in a folder of this computer, and put back."""

from iot_device.backup.making import BackupResult, make_backup
from iot_device.backup.manifest import BackupManifest, read_manifest
from iot_device.backup.restoring import Restore, plan_restore

__all__ = [
    "BackupManifest",
    "BackupResult",
    "Restore",
    "make_backup",
    "plan_restore",
    "read_manifest",
]
