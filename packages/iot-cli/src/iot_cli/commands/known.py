"""``register``, ``unregister`` and ``devices``: the boards that are known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from iot_cli.columns import columns
from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json

if TYPE_CHECKING:
    from iot_device import KnownBoard

__all__ = ["devices_command", "register_command", "unregister_command"]


@click.command(
    "register",
    short_help="Remember an address of a board.",
    epilog=examples("iot register socket://10.0.0.7:2323", "iot register serial:///dev/serial0"),
)
@click.argument("url")
@pass_work
def register_command(work: Work, url: str) -> None:
    """Ask the board at URL who it is, and remember the address for good.

    From then on its name or uid leads there. Ports on USB need not be
    registered: where a board was seen is remembered anyway.
    """
    from iot_device import name_of, register_board  # noqa: PLC0415  (start-up)

    work.waits_for("the board to answer")
    board = register_board(url, wait=work.options.wait)
    if work.options.json:
        write_json(_document(board, name_of(board.uid)))
    else:
        work.tell(f"{name_of(board.uid) or board.uid} is at {url}")


@click.command(
    "unregister",
    short_help="Forget an address of a board, or a board.",
    epilog=examples("iot unregister socket://10.0.0.7:2323", "iot unregister pico"),
)
@click.argument("word", metavar="URL|NAME|UID")
@pass_work
def unregister_command(work: Work, word: str) -> None:
    """Forget a URL, or all addresses of a board. Configurations stay as they are."""
    from iot_device import unregister_board  # noqa: PLC0415  (start-up)

    forgotten = unregister_board(word)
    if work.options.json:
        write_json({"forgotten": forgotten})
    for url in forgotten:
        work.tell(f"{url} is forgotten")


@click.command(
    "devices",
    short_help="List the boards that are known, attached or not.",
    epilog=examples("iot devices", "iot --json devices"),
)
@pass_work
def devices_command(work: Work) -> None:
    """List the boards that were seen or have a name, with when and where they last answered.

    No port is opened. "iot discover" lists what is attached now.
    """
    from iot_device import Registry, load_configurations  # noqa: PLC0415  (start-up)

    configurations = load_configurations()
    seen = Registry().boards()
    documents = [_document(board, configurations.name_of(board.uid)) for board in seen]
    uids = {board.uid for board in seen}
    documents += [
        _never_seen(board.name, ", ".join(board.uids))
        for board in configurations.identities
        if board.uids and not uids & set(board.uids)
    ]
    if work.options.json:
        write_json(documents)
    elif documents:
        rows = [_row(document) for document in documents]
        write(columns(("NAME", "UID", "LAST SEEN", "URL"), rows))
    else:
        work.tell("no board was seen yet; 'iot discover --probe' asks those that are attached")


def _document(board: KnownBoard, name: str | None) -> dict[str, Any]:
    return {
        "name": name,
        "uid": board.uid,
        "urls": [address.url for address in board.addresses],
        "registered": [address.url for address in board.addresses if address.is_registered],
        "last_seen": datetime.fromtimestamp(board.last_seen, UTC).isoformat(timespec="seconds"),
        "last_url": board.last_address.url,
    }


def _never_seen(name: str, uid: str) -> dict[str, Any]:
    return {
        "name": name,
        "uid": uid,
        "urls": [],
        "registered": [],
        "last_seen": None,
        "last_url": None,
    }


def _row(document: dict[str, Any]) -> tuple[str, ...]:
    seen = document["last_seen"]
    if seen is not None:
        seen = datetime.fromisoformat(seen).astimezone().strftime("%Y-%m-%d %H:%M")
    cells = (document["name"], document["uid"], seen or "never", document["last_url"])
    return tuple(cell or "-" for cell in cells)
