"""All magics by their names: ours, and those that other packages announce."""

from __future__ import annotations

import difflib
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from iot_kernel.errors import UsageError
from iot_kernel.magics.declare import Magic
from iot_kernel.settings import host_magics_allowed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ENTRY_POINTS", "find_magic", "magics"]

ENTRY_POINTS: Final = "iot_kernel.magics"

_FAMILIES: Final = (
    "board",
    "connecting",
    "copying",
    "discovering",
    "files",
    "help",
    "host",
    "plot",
    "remote",
    "resetting",
    "syncing",
    "timing",
    "variables",
)

# What people type who come from other kernels and tools.
_ALIASES: Final = {
    "serialconnect": "connect",
    "websocketconnect": "connect",
    "reboot": "softreset",
    "rebootdevice": "softreset",
    "reset": "softreset",
    "sendtofile": "writefile",
    "fetchfile": "cp",
    "put": "cp",
    "get": "cp",
    "mkdir": "mkdirs",
    "sh": "bash",
    "shell": "bash",
    "script": "bash",
    "python": "host",
    "local": "host",
    "meminfo": "mem",
    "devices": "discover",
    "devplot": "plot",
}

# What the earlier kernel and others have magics for, and how it is done without one.
_OTHER_WAYS: Final = {
    "pip": (
        "packages for this computer: %pip at the top of a %%host cell",
        "for the board: !python -m pip install --no-deps --target lib NAME, then %cp -r lib :",
    ),
    "upip": ("!mpremote connect PORT mip install NAME puts a package on a board",),
    "mip": ("!mpremote connect PORT mip install NAME puts a package on a board",),
    "flash": ("! runs the program that flashes this kind of board; its port is free meanwhile",),
}


@cache
def magics() -> dict[str, Magic]:
    """Return the magics by their titles (``%cat``, ``%%bash``), sorted by name."""
    found = {magic.title: magic for magic in (*_own(), *_of_others())}
    return dict(sorted(found.items(), key=lambda item: (item[1].is_cell, item[1].name)))


def _own() -> Iterator[Magic]:
    for family in _FAMILIES:
        module = import_module(f"iot_kernel.magics.{family}")
        yield from (value for value in vars(module).values() if isinstance(value, Magic))


def _of_others() -> Iterator[Magic]:
    taken = {magic.title for magic in _own()}
    for point in entry_points(group=ENTRY_POINTS):
        magic = point.load()
        if isinstance(magic, Magic) and magic.title not in taken:
            yield magic


def find_magic(name: str, *, is_cell: bool, host_names: tuple[str, ...] = ()) -> Magic:
    """Return the magic with this name.

    Args:
        name: Without percent signs.
        is_cell: Whether it stands at the top of a cell with two of them.
        host_names: The magics of IPython, which work in ``%%host`` cells.

    Raises:
        UsageError: There is none, or it is switched off.
    """
    title = f"{'%%' if is_cell else '%'}{name}"
    magic = magics().get(title)
    if magic is None:
        raise UsageError(f"no magic {title}", _suggestions(name, title, host_names))
    if magic.on_host and not host_magics_allowed():
        raise UsageError(f"{title} is switched off here", ("IOT_ALLOW_HOST_MAGICS is 0",))
    return magic


def _suggestions(name: str, title: str, host_names: tuple[str, ...]) -> tuple[str, ...]:
    if name in _OTHER_WAYS:
        return _OTHER_WAYS[name]
    other = f"{'%' if title.startswith('%%') else '%%'}{name}"
    if other in magics():
        return (f"there is {other}; {_where(magics()[other])}",)
    names = [magic.name for magic in magics().values()]
    near = _ALIASES.get(name) or next(iter(difflib.get_close_matches(name, names, 1)), None)
    if near in names:
        titles = [title for title, magic in magics().items() if magic.name == near]
        return (f"did you mean {' or '.join(titles)}?",)
    if name in host_names:
        return ("it is a magic of IPython: put %%host at the top of the cell",)
    return ("%lsmagic lists the magics",)


def _where(magic: Magic) -> str:
    return "it stands at the top of a cell" if magic.is_cell else "it takes one line"
