"""Variables between board, host and IPython's store."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any, Final

from iot_device import ExecutionError, printable
from iot_kernel.errors import UsageError
from iot_kernel.magics.declare import Call, line_magic, option

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from iot_device import Device

__all__ = ["store", "toboard", "tohost"]

_PREFIX: Final = "autorestore/"  # that of IPython's own %store
_NO_MODULE: Final = ("ImportError", "ModuleNotFoundError")  # small firmware has no json


@line_magic(
    "store",
    "Copy variables between microcontroller and storage",
    option("names", nargs="*", help="variables of the board that are stored; none: list them"),
    option("-r", "--refresh", nargs="+", metavar="NAME", help="load them from store into board"),
    option("-d", "--delete", nargs="+", metavar="NAME", help="remove variables from storage"),
    option("-z", "--clear", action="store_true", help="remove all variables from storage"),
    details="The storage is that of %store in %%host cells, shared by all notebooks. Values are\n"
    "what JSON can hold: tuples become lists.",
    examples=("%store readings", "%store -r readings", "%store"),
)
def store(call: Call) -> None:
    """Store, load, list or remove."""
    options = call.options
    database = call.cell.notebook.shell.db
    for name in _stored(database) if options.clear else options.delete or ():
        _find(database, name)
        del database[_PREFIX + name]
    for name in options.names:
        database[_PREFIX + name] = _value_of(call.device, _checked(name))
    for name in options.refresh or ():
        _load(call, name, _find(database, name))
    if not (options.names or options.refresh or options.delete or options.clear):
        _list(call, database)


def _stored(database: MutableMapping[str, Any]) -> list[str]:
    return sorted(key.removeprefix(_PREFIX) for key in database if key.startswith(_PREFIX))


def _find(database: MutableMapping[str, Any], name: str) -> Any:
    if _PREFIX + name not in database:
        raise UsageError(f"no variable with name {name!r} in storage")
    return database[_PREFIX + name]


def _value_of(device: Device, name: str) -> Any:
    """Return the value of a variable of the board as JSON has it."""
    try:
        text = device.evaluate(f"__import__('json').dumps({name})")
    except ExecutionError as error:
        if error.result.exception not in _NO_MODULE:
            raise
        text = _json(name, device.evaluate(name))
    return json.loads(text)


def _load(call: Call, name: str, value: object) -> None:
    text = _json(_checked(name), value)
    try:
        call.device.execute(f"{name} = __import__('json').loads({text!a})")
    except ExecutionError as error:
        if error.result.exception not in _NO_MODULE:
            raise
        call.device.execute(f"{name} = {_literal(name, json.loads(text))}")


def _json(name: str, value: object) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"Cannot serialize {name!r}: {error}") from None


def _list(call: Call, database: MutableMapping[str, Any]) -> None:
    names = _stored(database)
    if not names:
        call.write("storage is empty")
    for name in names:
        call.write(f"{name} -> {printable(repr(database[_PREFIX + name])[:70])}")


def _checked(name: str) -> str:
    if not name.isidentifier():
        raise UsageError(f"{name!r} is no name of a variable")
    return name


@line_magic(
    "toboard",
    "Copy variables from %%host cells to the microcontroller",
    option("names", nargs="+", help="variables of the host"),
    details="Numbers, strings, bytes, and lists, tuples, dicts and sets of them.",
    examples=("%toboard settings",),
)
def toboard(call: Call) -> None:
    """Copy them."""
    namespace = call.cell.notebook.shell.user_ns
    for name in call.options.names:
        if _checked(name) not in namespace:
            raise UsageError(f"the host has no variable {name!r}")
        call.device.execute(f"{name} = {_literal(name, namespace[name])}")


def _literal(name: str, value: object) -> str:
    text = ""
    try:
        text = ascii(value)
        same = ast.literal_eval(text) == value
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        same = False
    if not same:
        raise UsageError(f"{name!r} is no literal of Python: {type(value).__name__}")
    return text


@line_magic(
    "tohost",
    "Copy variables from the microcontroller to %%host cells",
    option("names", nargs="+", help="variables of the board"),
    details="Numbers, strings, bytes, and lists, tuples, dicts and sets of them.",
    examples=("%tohost readings",),
)
def tohost(call: Call) -> None:
    """Copy them."""
    values = {_checked(name): call.device.evaluate(name) for name in call.options.names}
    call.cell.notebook.shell.user_ns.update(values)
