"""``discover``: the boards that are attached."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json
from iot_cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iot_device import BoardCandidate

__all__ = ["candidate_table", "discover_command"]

_HEADINGS: Final = ("URL", "DESCRIPTION", "SERIAL NUMBER", "LOCATION")
_UNLIMITED: Final = 10_000  # columns


@click.command(
    "discover",
    short_help="List the boards on this computer's ports.",
    epilog=examples("iot discover", "iot --json discover"),
)
@pass_work
def discover_command(work: Work) -> None:
    """List the boards on this computer's ports, as far as USB tells.

    No port is opened, and no board is disturbed.
    """
    from iot_device import serial_candidates  # noqa: PLC0415  (start-up: loads pyserial)

    work.waits_for("the list of ports")
    candidates = serial_candidates()
    if work.options.json:
        write_json([_document(candidate) for candidate in candidates])
    elif candidates:
        write(candidate_table(candidates))
    if not candidates:
        work.tell(
            "no board is attached. Plug one in with a cable that carries data, or try the "
            "simulated one: iot -d sim:// info"
        )


def _document(candidate: BoardCandidate) -> dict[str, Any]:
    return {
        "name": None,  # nobody has named a board yet
        "uid": None,  # only the board itself knows it, and no port is opened
        "urls": [candidate.url],
        "port": candidate.port,
        "description": candidate.description,
        "serial_number": candidate.serial_number,
        "location": candidate.location,
        "vendor_id": candidate.vendor_id,
        "product_id": candidate.product_id,
        "manufacturer": candidate.manufacturer,
        "product": candidate.product,
        "interface": candidate.interface,
        "known": candidate.known,
    }


def candidate_table(candidates: Iterable[BoardCandidate]) -> str:
    """Return the candidates in columns; in a terminal no wider than that, elsewhere never cut."""
    from rich.console import Console  # noqa: PLC0415  (start-up)
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*_HEADINGS, box=None, pad_edge=False)
    for candidate in candidates:
        table.add_row(*(Text(printable(cell)) for cell in _cells(candidate)))
    console = Console(width=None if sys.stdout.isatty() else _UNLIMITED)
    with console.capture() as capture:
        console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def _cells(candidate: BoardCandidate) -> tuple[str, ...]:
    return (
        candidate.url,
        candidate.description,
        candidate.serial_number or "-",
        candidate.location or "-",
    )
