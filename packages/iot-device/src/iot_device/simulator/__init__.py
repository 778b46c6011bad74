"""A board without hardware: a REPL server in front of a Python virtual machine.

It is no sandbox: programs run with the rights of the user who started it. Only the paths that
they give to ``open``, ``os`` and ``import`` stay within the flash folder.
"""

from __future__ import annotations

from iot_device.simulator.board import SimulatedBoard
from iot_device.simulator.flash_image import FlashImage, PowerCut
from iot_device.simulator.options import SimulatorOptions, default_flash, parse_simulator_url
from iot_device.simulator.server import ServerOptions, serve
from iot_device.simulator.transport import SimulatorTransport

__all__ = [
    "FlashImage",
    "PowerCut",
    "ServerOptions",
    "SimulatedBoard",
    "SimulatorOptions",
    "SimulatorTransport",
    "default_flash",
    "parse_simulator_url",
    "serve",
]
