"""``%connect`` and its kin: which board the cells run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device import IotError, printable
from iot_kernel.cells import steps_of
from iot_kernel.errors import UsageError
from iot_kernel.magics.declare import Call, cell_magic, line_magic, option

if TYPE_CHECKING:
    from iot_device import Device

__all__ = ["connect", "connect_cell", "disconnect", "info", "platform", "uid", "url"]


@line_magic(
    "connect",
    "Connect to device by name, uid, or url",
    option("-q", "--quiet", action="store_true", help="no output (except errors)"),
    option("target", completes="device", help="port, or url"),
    examples=(
        "%connect /dev/ttyACM0",
        "%connect 'serial:///dev/ttyUSB0?baudrate=9600'",
        "%connect sim://",
    ),
)
def connect(call: Call) -> None:
    """Open it, and remember it for this notebook."""
    device = call.cell.notebook.connection.connect(call.options.target)
    if not call.options.quiet:
        call.write(f"Connected to {_shown(device)}", style="device")


@line_magic("disconnect", "Close the connection to the device; the next cell connects again")
def disconnect(call: Call) -> None:
    """Close it."""
    call.cell.notebook.connection.disconnect()


@cell_magic(
    "connect",
    "Generalization of %connect to run code on several devices sequentially",
    option("-q", "--quiet", action="store_true", help="suppress terminal output"),
    option(
        "targets", nargs="*", completes="device", help="ports or urls; none: the current device"
    ),
    details="Magics are allowed in the cell. Afterwards the device is the current one of before.",
    examples=("%%connect /dev/ttyACM0 /dev/ttyACM1",),
)
def connect_cell(call: Call) -> None:
    """Run the body on each."""
    connection = call.cell.notebook.connection
    before = connection.target
    try:
        failed = [target for target in call.options.targets or [""] if not _on_one(call, target)]
    finally:
        if before is not None:
            connection.use(before)
    if failed:
        raise UsageError(f"not connected: {', '.join(failed)}")


def _on_one(call: Call, target: str) -> bool:
    """Run the body on a board; false if there is no such board."""
    try:
        device = call.cell.notebook.connection.use(target) if target else call.device
    except IotError as error:
        call.write(f"No such device: {target}: {printable(str(error))}", style="red")
        return False
    if not call.options.quiet:
        call.write(f"\n----- {_shown(device)}", style="device")
    call.cell.run_steps(steps_of(call.body, call.body_line))
    return True


@line_magic("uid", "Print the uid of the currently connected device")
def uid(call: Call) -> None:
    """Print it."""
    call.write(call.device.info.uid or "this firmware tells no uid")


@line_magic("url", "URL of currently connected microcontroller")
def url(call: Call) -> None:
    """Print it."""
    call.write(printable(call.device.url))


@line_magic("platform", "sys.platform of currently connected device")
def platform(call: Call) -> None:
    """Print it."""
    call.write(printable(call.device.info.platform))


@line_magic("info", "Summary about connected device")
def info(call: Call) -> None:
    """Print what the board tells about itself."""
    told = call.device.info
    rows = {
        "name": told.name,
        "platform": told.platform,
        "implementation": f"{told.implementation} {told.version}".strip(),
        "machine": told.machine,
        "uid": told.uid,
        "url": call.device.url,
    }
    for name, value in rows.items():
        if value:
            call.write(f"{name:15} {printable(value)}")


def _shown(device: Device) -> str:
    return printable(device.url)
