"""The command ``iot`` and its global options."""

from __future__ import annotations

from typing import Any

import click

from iot_cli.completion.values import complete_target
from iot_cli.context import Options, Work, examples, pass_work
from iot_cli.lazy_group import LazyGroup
from iot_cli.seconds import Seconds
from iot_device import __version__

__all__ = ["cli"]

# In the order in which help shows them.
_MODULES = {
    "discover": "discover",
    "devices": "known",
    "register": "known",
    "unregister": "known",
    "info": "info",
    "name": "identity",
    "uid": "identity",
    "url": "identity",
    "platform": "identity",
    "exec": "run",
    "eval": "run",
    "run": "run",
    "repl": "repl",
    "monitor": "monitor",
    "ls": "listing",
    "rlist": "listing",
    "tree": "listing",
    "cat": "files",
    "sha256sum": "files",
    "df": "space",
    "cp": "copy",
    "mv": "move",
    "rm": "files",
    "mkdir": "folders",
    "mkdirs": "folders",
    "touch": "files",
    "edit": "edit",
    "backup": "backup",
    "restore": "backup",
    "rdiff": "rsync",
    "rsync": "rsync",
    "config": "config",
    "secrets": "secrets",
    "gettime": "clock",
    "synctime": "clock",
    "softreset": "reset",
    "hardreset": "reset",
    "bootloader": "reset",
    "rescue": "rescue",
    "doctor": "doctor",
    "script": "script",
    "sim": "sim",
    "completion": "completion",
}


@click.group(
    cls=LazyGroup,
    modules={name: f"iot_cli.commands.{module}" for name, module in _MODULES.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        'iot -d sim:// exec "print(1 + 1)"   a simulated board, nothing to plug in',
        "iot discover                        the boards on this computer's ports",
        "iot cp main.py :                    a file to the only attached board",
        "iot -d /dev/ttyACM0 run blink.py    a program, on the board at a port",
    ),
)
@click.option(
    "-d",
    "--device",
    "target",
    metavar="TARGET",
    shell_complete=complete_target,
    help="The board: a port (/dev/ttyACM0, COM3), a URL (sim://, serial://PATH, "
    "socket://HOST:PORT, ...), id:USB_SERIAL or usb:LOCATION, a name or a uid; several: "
    "A,B or @GROUP or all. Default: the one in IOT_DEVICE or iot.toml, else the only one attached.",
)
@click.option("--json", is_flag=True, help="Print one JSON document on standard output.")
@click.option("-q", "--quiet", is_flag=True, help="Nothing on standard error but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Also tell what is done.")
@click.option(
    "--debug", is_flag=True, help="On errors also show tracebacks and the last bytes received."
)
@click.option(
    "--timeout",
    metavar="S",
    type=Seconds(is_open=True),
    help="Seconds that the whole command may take; then the board is interrupted.",
)
@click.option(
    "--wait",
    metavar="SECONDS",
    type=Seconds(),
    default=5.0,
    show_default=True,
    help="How long to wait for a board that another program uses.",
)
@click.option(
    "--resume", is_flag=True, help="Start main.py again at the end, if it had to be stopped."
)
@click.version_option(__version__, prog_name="iot", message="%(prog)s %(version)s")
@pass_work
def cli(work: Work, /, **options: Any) -> None:
    """Work with boards that run MicroPython or CircuitPython."""
    work.begin(Options(**options))
