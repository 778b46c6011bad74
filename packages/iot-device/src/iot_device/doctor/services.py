"""A check for services of the system that take serial ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device.doctor.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iot_device.doctor.surroundings import Surroundings

__all__ = ["check_services"]

_SERVICES = {
    "ModemManager": Finding(
        "services",
        "note",
        "ModemManager runs: it opens new ports for up to 30 s, and sends to them",
        "sudo systemctl mask --now ModemManager, if no modem is used here; else a udev rule with "
        'ENV{ID_MM_DEVICE_IGNORE}="1" for the board',
    ),
    "brltty": Finding(
        "services",
        "problem",
        "brltty runs: it takes the serial adapters of many boards for Braille displays",
        "sudo apt remove brltty, if no Braille display is used here",
    ),
}


def check_services(surroundings: Surroundings) -> Iterator[Finding]:
    """Find services that are known to take ports of boards."""
    running = {_name(comm) for comm in surroundings.processes.glob("[0-9]*/comm")}
    yield from (finding for name, finding in _SERVICES.items() if name in running)


def _name(comm: Path) -> str:
    try:
        return comm.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # the process has ended
        return ""
