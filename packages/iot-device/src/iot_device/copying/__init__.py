"""Copying files and folders between this computer and boards, as data: a plan, then its run."""

from iot_device.copying.board_files import BoardFiles
from iot_device.copying.board_names import board_ignores_case, same_board_name
from iot_device.copying.host_files import HostFiles
from iot_device.copying.host_names import check_name, ignores_case, name_problem, same_name
from iot_device.copying.host_writing import make_host_folder, new_host_file, write_host_file
from iot_device.copying.planning import plan_copy, plan_tree
from iot_device.copying.running import run_copy
from iot_device.copying.steps import (
    CopyFile,
    CopyOutcome,
    CopyPlan,
    CopyReport,
    CopyStep,
    KeepFile,
    MakeFolder,
    RefuseCopy,
    verified_by,
)

__all__ = [
    "BoardFiles",
    "CopyFile",
    "CopyOutcome",
    "CopyPlan",
    "CopyReport",
    "CopyStep",
    "HostFiles",
    "KeepFile",
    "MakeFolder",
    "RefuseCopy",
    "board_ignores_case",
    "check_name",
    "ignores_case",
    "make_host_folder",
    "name_problem",
    "new_host_file",
    "plan_copy",
    "plan_tree",
    "run_copy",
    "same_board_name",
    "same_name",
    "verified_by",
    "write_host_file",
]
