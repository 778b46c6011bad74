"""``sim``: serve a simulated board."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json

if TYPE_CHECKING:
    from iot_device import ServerOptions

__all__ = ["sim_command"]


def _uid(_context: click.Context, _parameter: click.Parameter, value: str | None) -> bytes | None:
    try:
        return None if value is None else bytes.fromhex(value)
    except ValueError:
        raise click.BadParameter("pairs of hexadecimal digits are meant") from None


@click.command(
    "sim",
    short_help="Serve a simulated board on a pty or a TCP port.",
    epilog=examples(
        "iot sim --tcp 8888 --flash my-board",
        "iot sim --pty ./board",
        "iot -d ./board info                   in another terminal",
    ),
)
@click.option("--pty", metavar="LINK", type=click.Path(), help="Serve on a pty; make LINK to it.")
@click.option(
    "--tcp",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="Serve on a TCP port; 0 takes any that is free.",
)
@click.option(
    "--flash",
    metavar="FOLDER",
    type=click.Path(file_okay=False),
    help="The folder that is the board's /. Default: one in your data folder.",
)
@click.option(
    "--flash-image",
    metavar="KIND[:KB]",
    help="lfs2 or fat: MicroPython's own file system, in a file beside that folder, is the "
    "board's /.",
)
@click.option(
    "--vm",
    metavar="VM",
    help="What runs the programs: micropython, cpython, or the path of a MicroPython. "
    "Default: MicroPython if it is installed.",
)
@click.option("--heap", metavar="KB", type=int, help="Memory for programs (MicroPython only).")
@click.option("--uid", metavar="HEX", callback=_uid, help="The board's unique id.")
@click.option(
    "--listen",
    metavar="ADDR",
    default="127.0.0.1",
    show_default=True,
    help="Address for --tcp; only those of this computer are allowed.",
)
@pass_work
def sim_command(work: Work, /, **options: Any) -> None:
    """Serve a simulated board: on a pty, or with --tcp on a TCP port.

    The first line on standard output is the board's URL. It serves one client
    at a time, keeps its state between clients, and ends with Ctrl-C or SIGTERM.

    It is no sandbox: a program on the simulated board can do all that you can
    do on this computer.
    """
    from iot_device import serve  # noqa: PLC0415  (start-up)

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    work.waits_for("the end of the simulated board")
    serve(_server_options(options), lambda url: _tell(work, url), stop)


def _server_options(options: dict[str, Any]) -> ServerOptions:
    from iot_device import (  # noqa: PLC0415  (start-up)
        FlashImage,
        ServerOptions,
        SimulatorOptions,
    )

    if options["pty"] is not None and options["tcp"] is not None:
        raise click.UsageError("--pty and --tcp exclude each other.")
    tcp = options["tcp"]
    if options["pty"] is None and tcp is None and sys.platform == "win32":
        tcp = 0  # there are no ptys
    image = options["flash_image"]
    flash: dict[str, Any] = {}
    if options["flash"] is not None:
        flash["flash"] = Path(options["flash"])
    return ServerOptions(
        board=SimulatorOptions(
            vm=options["vm"],
            heap=options["heap"],
            uid=options["uid"],
            image=None if image is None else FlashImage.parse(image),
            **flash,
        ),
        pty=None if options["pty"] is None else Path(options["pty"]).absolute(),
        tcp=tcp,
        listen=options["listen"],
    )


def _tell(work: Work, url: str) -> None:
    if work.options.json:
        write_json({"url": url})
    else:
        write(f"{url}\n")
