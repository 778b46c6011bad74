"""Make a board's files equal to those of this computer: first a plan, then its execution."""

from iot_device.rsync.actions import (
    Action,
    Add,
    Conflict,
    Delete,
    HostFile,
    Keep,
    KnownFile,
    Update,
)
from iot_device.rsync.applying import RsyncResult, apply
from iot_device.rsync.comparing import Comparison, compare, host_files
from iot_device.rsync.planning import Plan, PlanOptions, plan
from iot_device.rsync.record import SyncRecord

__all__ = [
    "Action",
    "Add",
    "Comparison",
    "Conflict",
    "Delete",
    "HostFile",
    "Keep",
    "KnownFile",
    "Plan",
    "PlanOptions",
    "RsyncResult",
    "SyncRecord",
    "Update",
    "apply",
    "compare",
    "host_files",
    "plan",
]
