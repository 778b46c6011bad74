"""Work with boards that run MicroPython or CircuitPython.

The names of ``__all__`` are the public ones; those of ``iot_device.rsync`` and
``iot_device.testing`` are public too. Each is loaded when it is first used, so that a program pays
only for what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iot_device.board_info import BoardInfo
    from iot_device.clock import Clock, ClockOffset, ClockSync, clock_text
    from iot_device.config import (
        BoardIdentity,
        Configurations,
        DeviceConfiguration,
        Model,
        Resource,
        SkippedFile,
        load_configurations,
        model_of,
        model_of_folder,
        name_of,
    )
    from iot_device.config.old_rules import RuleDifference, rule_differences
    from iot_device.config.template import new_configuration
    from iot_device.console import Console, open_console
    from iot_device.copying import (
        BoardFiles,
        CopyFile,
        CopyOutcome,
        CopyPlan,
        CopyReport,
        HostFiles,
        KeepFile,
        MakeFolder,
        RefuseCopy,
        plan_copy,
        run_copy,
    )
    from iot_device.device import Device
    from iot_device.discovery import BoardCandidate, serial_candidates
    from iot_device.discovery.watch import CandidateChange, watch_candidates
    from iot_device.doctor import Finding, Surroundings, examine
    from iot_device.errors import (
        AmbiguousTargetError,
        AuthenticationError,
        BoardOSError,
        BoardTimeoutError,
        ConfigurationError,
        ConnectError,
        ConnectionLostError,
        ExecutionError,
        ExecutionInterrupted,
        HostFileError,
        InvalidSourceError,
        InvalidTargetError,
        IotError,
        LocalProtocolError,
        PortBusyError,
        PortNotFoundError,
        PortPermissionError,
        ProtocolError,
        RemoteProtocolError,
        ResultError,
        TransportError,
        UnknownEndError,
        UnsafeError,
        UnsupportedError,
        VerificationError,
    )
    from iot_device.filesystem import (
        Entry,
        FileStat,
        FileSystem,
        FileType,
        Leftover,
        Proof,
        VfsSpace,
        WriteResult,
    )
    from iot_device.opening import open_device
    from iot_device.peek import list_idle_board
    from iot_device.probe import ProbeResult, probe_boards
    from iot_device.registry import Address, KnownBoard, Registry
    from iot_device.rescuing import RescueState, rescue
    from iot_device.results import ExecutionResult, Frame
    from iot_device.rich_output import RichItem, RichSplitter
    from iot_device.secret_store import (
        LeftOutLine,
        MigratedSecrets,
        Secret,
        SecretPlace,
        find_secret,
        list_secrets,
        migrate_secrets,
        remove_secret,
        set_secret,
    )
    from iot_device.session import Cancellation
    from iot_device.sharing.events import PortEvent
    from iot_device.simulator.flash_image import FlashImage, PowerCut
    from iot_device.simulator.options import SimulatorOptions
    from iot_device.simulator.server import ServerOptions, serve
    from iot_device.targets import (
        FoundBoard,
        default_target,
        find_board,
        find_boards,
        resolve_target,
        resolve_targets,
    )
    from iot_device.targets.registering import register_board, unregister_board
    from iot_device.targets.remembered import RememberedBoard, remembered_boards
    from iot_device.text import NewlineTranslator, counted, printable
    from iot_device.transports import Transport
    from iot_device.transports.process import ProcessTransport

__all__ = [
    "Address",
    "AmbiguousTargetError",
    "AuthenticationError",
    "BoardCandidate",
    "BoardFiles",
    "BoardIdentity",
    "BoardInfo",
    "BoardOSError",
    "BoardTimeoutError",
    "Cancellation",
    "CandidateChange",
    "Clock",
    "ClockOffset",
    "ClockSync",
    "ConfigurationError",
    "Configurations",
    "ConnectError",
    "ConnectionLostError",
    "Console",
    "CopyFile",
    "CopyOutcome",
    "CopyPlan",
    "CopyReport",
    "Device",
    "DeviceConfiguration",
    "Entry",
    "ExecutionError",
    "ExecutionInterrupted",
    "ExecutionResult",
    "FileStat",
    "FileSystem",
    "FileType",
    "Finding",
    "FlashImage",
    "FoundBoard",
    "Frame",
    "HostFileError",
    "HostFiles",
    "InvalidSourceError",
    "InvalidTargetError",
    "IotError",
    "KeepFile",
    "KnownBoard",
    "LeftOutLine",
    "Leftover",
    "LocalProtocolError",
    "MakeFolder",
    "MigratedSecrets",
    "Model",
    "NewlineTranslator",
    "PortBusyError",
    "PortEvent",
    "PortNotFoundError",
    "PortPermissionError",
    "PowerCut",
    "ProbeResult",
    "ProcessTransport",
    "Proof",
    "ProtocolError",
    "RefuseCopy",
    "Registry",
    "RememberedBoard",
    "RemoteProtocolError",
    "RescueState",
    "Resource",
    "ResultError",
    "RichItem",
    "RichSplitter",
    "RuleDifference",
    "Secret",
    "SecretPlace",
    "ServerOptions",
    "SimulatorOptions",
    "SkippedFile",
    "Surroundings",
    "Transport",
    "TransportError",
    "UnknownEndError",
    "UnsafeError",
    "UnsupportedError",
    "VerificationError",
    "VfsSpace",
    "WriteResult",
    "clock_text",
    "counted",
    "default_target",
    "examine",
    "find_board",
    "find_boards",
    "find_secret",
    "list_idle_board",
    "list_secrets",
    "load_configurations",
    "migrate_secrets",
    "model_of",
    "model_of_folder",
    "name_of",
    "new_configuration",
    "open_console",
    "open_device",
    "plan_copy",
    "printable",
    "probe_boards",
    "register_board",
    "remembered_boards",
    "remove_secret",
    "rescue",
    "resolve_target",
    "resolve_targets",
    "rule_differences",
    "run_copy",
    "serial_candidates",
    "serve",
    "set_secret",
    "unregister_board",
    "watch_candidates",
]

__version__ = "1.0.0.dev0"

_MODULES = {
    "board_info": ("BoardInfo",),
    "clock": ("Clock", "ClockOffset", "ClockSync", "clock_text"),
    "config": (
        "BoardIdentity",
        "Configurations",
        "DeviceConfiguration",
        "Model",
        "Resource",
        "SkippedFile",
        "load_configurations",
        "model_of",
        "model_of_folder",
        "name_of",
    ),
    "config.old_rules": ("RuleDifference", "rule_differences"),
    "config.template": ("new_configuration",),
    "console": ("Console", "open_console"),
    "copying": (
        "BoardFiles",
        "CopyFile",
        "CopyOutcome",
        "CopyPlan",
        "CopyReport",
        "HostFiles",
        "KeepFile",
        "MakeFolder",
        "RefuseCopy",
        "plan_copy",
        "run_copy",
    ),
    "device": ("Device",),
    "discovery": ("BoardCandidate", "serial_candidates"),
    "discovery.watch": ("CandidateChange", "watch_candidates"),
    "doctor": ("Finding", "Surroundings", "examine"),
    "filesystem": (
        "Entry",
        "FileStat",
        "FileSystem",
        "FileType",
        "Leftover",
        "Proof",
        "VfsSpace",
        "WriteResult",
    ),
    "opening": ("open_device",),
    "peek": ("list_idle_board",),
    "probe": ("ProbeResult", "probe_boards"),
    "rescuing": ("RescueState", "rescue"),
    "registry": ("Address", "KnownBoard", "Registry"),
    "results": ("ExecutionResult", "Frame"),
    "rich_output": ("RichItem", "RichSplitter"),
    "simulator.flash_image": ("FlashImage", "PowerCut"),
    "sharing.events": ("PortEvent",),
    "secret_store": (
        "LeftOutLine",
        "MigratedSecrets",
        "Secret",
        "SecretPlace",
        "find_secret",
        "list_secrets",
        "migrate_secrets",
        "remove_secret",
        "set_secret",
    ),
    "session": ("Cancellation",),
    "simulator.options": ("SimulatorOptions",),
    "simulator.server": ("ServerOptions", "serve"),
    "targets": (
        "FoundBoard",
        "default_target",
        "find_board",
        "find_boards",
        "resolve_target",
        "resolve_targets",
    ),
    "targets.registering": ("register_board", "unregister_board"),
    "targets.remembered": ("RememberedBoard", "remembered_boards"),
    "text": ("NewlineTranslator", "counted", "printable"),
    "transports.base": ("Transport",),
    "transports.process": ("ProcessTransport",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


if not TYPE_CHECKING:  # a type checker that saw it would believe in every name

    def __getattr__(name: str) -> object:
        """Load a public name from the module that defines it (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = import_module(f"{__name__}.{_HOMES.get(name, 'errors')}")
        globals()[name] = value = getattr(module, name)
        return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
