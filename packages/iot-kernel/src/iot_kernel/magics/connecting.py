"""``%connect`` and its kin: which board the cells run on."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from iot_device import (
    ConfigurationError,
    IotError,
    Registry,
    load_configurations,
    model_of,
    new_configuration,
    printable,
    resolve_targets,
)
from iot_device.rsync import configuration_of
from iot_kernel.cells import steps_of
from iot_kernel.errors import UsageError
from iot_kernel.goal import Goal
from iot_kernel.magics.declare import Call, cell_magic, line_magic, option
from iot_kernel.magics.files import host_path
from iot_kernel.many import run_on_all
from iot_kernel.settings import host_magics_allowed

if TYPE_CHECKING:
    from iot_device import Device

__all__ = [
    "connect",
    "connect_cell",
    "disconnect",
    "info",
    "name",
    "platform",
    "register",
    "sim",
    "uid",
    "unregister",
    "url",
]


@line_magic(
    "connect",
    "Connect to device by name, uid, or url",
    option("-q", "--quiet", action="store_true", help="no output (except errors)"),
    option("target", completes="device", help="name, uid, port, or url"),
    option(
        "schemes",
        nargs="*",
        default=(),
        help="connection scheme: serial, socket, ...; the first possible",
    ),
    examples=(
        "%connect my_esp32",
        "%connect my_esp32 serial",
        "%connect 30:ae:a4:30:84:34",
        "%connect /dev/ttyACM0",
        "%connect 'serial:///dev/ttyUSB0?baudrate=9600'",
        "%connect sim://",
    ),
)
def connect(call: Call) -> None:
    """Open it, and remember it for this notebook."""
    goal = Goal(call.options.target, tuple(call.options.schemes))
    device = call.cell.notebook.connection.connect(goal)
    if not call.options.quiet:
        call.cell.tell_connected(device)


@line_magic("disconnect", "Close the connection to the device; the next cell connects again")
def disconnect(call: Call) -> None:
    """Close it."""
    call.cell.notebook.connection.disconnect()


@cell_magic(
    "connect",
    "Generalization of %connect to run code on several devices sequentially",
    option("-q", "--quiet", action="store_true", help="suppress terminal output"),
    option("--all", action="store_true", help="run code on all connected microcontrollers"),
    option("--host", action="store_true", help="also run the code on the host, in IPython"),
    option("--parallel", action="store_true", help="on all at once; each line is labelled"),
    option(
        "targets",
        nargs="*",
        default=(),
        completes="device",
        help="boards; none: the current device",
    ),
    details="Magics are allowed in the cell. Afterwards the device is the current one of before.",
    examples=("%%connect pico esp32", "%%connect --all --parallel"),
)
def connect_cell(call: Call) -> None:
    """Run the body on each."""
    connection = call.cell.notebook.connection
    targets = [*call.options.targets, *(resolve_targets("all") if call.options.all else ())]
    before = connection.goal
    try:
        failed = _run_on(call, targets)
    finally:
        if before is not None:
            connection.use(before)
    if call.options.host:
        _on_host(call)
    if failed:
        raise UsageError(f"not connected: {', '.join(failed)}")


def _run_on(call: Call, targets: list[str]) -> list[str]:
    """Run the body on boards; return those that could not be connected to."""
    if call.options.parallel and targets:
        devices = {target: device for target in targets if (device := _device(call, target))}
        run_on_all(call, devices)
        return [target for target in targets if target not in devices]
    if not targets and not call.options.host:
        call.cell.run_steps(steps_of(call.body, call.body_line))
    return [target for target in targets if not _on_one(call, target)]


def _device(call: Call, target: str) -> Device | None:
    try:
        return call.cell.notebook.connection.use(Goal(target))
    except IotError as error:
        call.write(f"No such device: {target}: {printable(str(error))}", style="red")
        return None


def _on_one(call: Call, target: str) -> bool:
    """Run the body on a board; false if there is no such board."""
    device = _device(call, target)
    if device is None:
        return False
    _head(call, target)
    call.cell.run_steps(steps_of(call.body, call.body_line))
    return True


def _on_host(call: Call) -> None:
    if not host_magics_allowed():
        raise UsageError("--host is switched off here", ("IOT_ALLOW_HOST_MAGICS is 0",))
    _head(call, "HOST")
    call.cell.output.flush()
    result = call.cell.notebook.shell.run_cell(call.body)
    result.raise_error()


def _head(call: Call, title: str) -> None:
    if not call.options.quiet:
        call.write(f"\n----- {printable(title)}", style="device")


@line_magic(
    "sim",
    "Connect to a simulated board",
    option(
        "--vm",
        choices=("micropython", "cpython"),
        help="its Python",
    ),
    option("--heap", type=int, metavar="KB", help="memory for programs"),
    option("folder", nargs="?", completes="host path", help="its files; none: one for each user"),
    examples=("%sim", "%sim --vm cpython /tmp/board"),
)
def sim(call: Call) -> None:
    """Start it, and connect."""
    options = call.options
    query = urlencode(
        {key: value for key, value in (("vm", options.vm), ("heap", options.heap)) if value}
    )
    path = quote(host_path(options.folder).absolute().as_posix()) if options.folder else ""
    goal = Goal(f"sim://{path}{'?' if query else ''}{query}")
    device = call.cell.notebook.connection.connect(goal)
    call.cell.tell_connected(device)


@line_magic(
    "register",
    "Register device, so that its name or uid finds it at this address",
    option("url", completes="device", help="url or port"),
    examples=("%register 'serial:///dev/serial0'", "%register ws://10.39.40.135"),
)
def register(call: Call) -> None:
    """Ask the board there who it is, and remember it for good."""
    target = call.options.url
    device = call.cell.notebook.connection.opened(Goal(target))
    if not device.info.uid:
        raise UsageError(f"the board at {target} tells no uid")
    Registry().register(device.info.uid, device.url)


@line_magic(
    "unregister",
    "Unregister device",
    option("name", completes="device", help="name, uid, or url"),
)
def unregister(call: Call) -> None:
    """Forget it."""
    name = call.options.name
    names = load_configurations()
    uids = [board.uid for board in Registry().boards() if names.name_of(board.uid) == name]
    for known in uids or [name]:
        Registry().unregister(known)


@line_magic(
    "name",
    "Print the name of the currently connected device, or give it one",
    option("name", nargs="?", help="the name, for a device that has none"),
    details="A name is what the device's configuration begins with; one is written, with comments "
    "that\nsay what to fill in. %rsync goes by it.",
    examples=("%name", "%name kitchen"),
)
def name(call: Call) -> None:
    """Print it, as a configuration gives it, else the uid; or write a configuration."""
    if call.options.name is not None:
        device = call.device
        file = new_configuration(call.options.name, device.info, device.location)
        call.write(f"Writing {file}")
        return
    call.write(_name(call.device) or call.device.info.uid or "this board has no name")


def _name(device: Device) -> str | None:
    return load_configurations().name_of(device.info.uid, device.location)


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


@line_magic(
    "info",
    "Summary about connected device",
    option("-v", "--verbose", action="store_true", help="also show the files of its configuration"),
)
def info(call: Call) -> None:
    """Print what the board tells about itself."""
    told = call.device.info
    rows = {
        "name": _name(call.device) or told.uid,
        "platform": told.platform,
        "implementation": f"{told.implementation} {told.version}".strip(),
        "machine": told.machine,
        "uid": told.uid,
        "url": call.device.url,
        "configuration": _configuration_file(call.device),
    }
    for name, value in rows.items():
        if value:
            call.write(f"{name:15} {printable(value)}")
    if call.options.verbose:
        _list_resources(call)


def _configuration_file(device: Device) -> str | None:
    """Return the name of the file that says what belongs on a board; ``None`` if none does."""
    with suppress(ConfigurationError):
        return configuration_of(device).file.name
    return None


def _list_resources(call: Call) -> None:
    """List the files that belong on the board: size, path there, path here."""
    model = model_of(configuration_of(call.device))
    call.write("resources:")
    for path, file in model.files.items():
        call.write(f"{file.stat().st_size:6d} {printable(path):30} {file}")
