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
from iot_device.rsync.compiling import compiled, compiler_problem
from iot_device.rsync.contents import SentContents
from iot_device.rsync.planning import Plan, PlanOptions, plan
from iot_device.rsync.pull_planning import (
    BoardFile,
    ChangedHere,
    PullAdd,
    PullDelete,
    PullFolder,
    PullPlan,
    PullUpdate,
    plan_pull,
)
from iot_device.rsync.pulling import PullComparison, compare_pull
from iot_device.rsync.record import SyncRecord
from iot_device.rsync.showing import action_line, plan_lines, plan_summary, text_diff
from iot_device.rsync.wanted import (
    Wanted,
    configuration_of,
    set_clock,
    time_of,
    wanted_by_configuration,
    wanted_by_folder,
)

__all__ = [
    "Action",
    "Add",
    "BoardFile",
    "ChangedHere",
    "Comparison",
    "Conflict",
    "Delete",
    "HostFile",
    "Keep",
    "KnownFile",
    "Plan",
    "PlanOptions",
    "PullAdd",
    "PullComparison",
    "PullDelete",
    "PullFolder",
    "PullPlan",
    "PullUpdate",
    "RsyncResult",
    "SentContents",
    "SyncRecord",
    "Update",
    "Wanted",
    "action_line",
    "apply",
    "compare",
    "compare_pull",
    "compiled",
    "compiler_problem",
    "configuration_of",
    "host_files",
    "plan",
    "plan_lines",
    "plan_pull",
    "plan_summary",
    "set_clock",
    "text_diff",
    "time_of",
    "wanted_by_configuration",
    "wanted_by_folder",
]
