"""Help about a name: of a magic, or of what the board knows by that name."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, Final

from iot_device import ExecutionError, ResultError, printable
from iot_kernel.errors import UsageError
from iot_kernel.magics.table import find_magic

if TYPE_CHECKING:
    from iot_device import Device
    from iot_kernel.notebook import Notebook

__all__ = ["inspect_name"]

_DOTTED: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*\Z")
_MAX_VALUE: Final = 500  # characters of a repr
_TIMEOUT: Final = 5.0  # seconds

# The value is asked for by name and never called. CPython keeps signatures, MicroPython does not.
_QUESTION: Final = (
    "(lambda b,o:(b.type(o).__name__,b.repr(o)[:{size}],b.getattr(o,'__doc__',None),"
    "(lambda c:c and c.co_varnames[:c.co_argcount])(b.getattr(o,'__code__',None))))"
    "(__import__('builtins'),{name})"
)


def inspect_name(notebook: Notebook, name: str, detail: int) -> str:
    """Return help about a name, as text.

    Args:
        notebook: Whose board is asked.
        name: ``%cat``, ``%%bash``, ``machine.Pin``.
        detail: 1: with the source, where the cell that defined it is known.

    Raises:
        UsageError: Nothing has this name.
    """
    if name.startswith("%"):
        return find_magic(name.lstrip("%"), is_cell=name.startswith("%%")).help
    with notebook.connection.errors():
        device = notebook.connection.device(lambda _: None)
        told = ask_about(device, name)
    if told is None:
        raise UsageError(f"the board knows no {name!r}")
    source = notebook.sources.defining(name)
    return describe(name, told, source, detail=detail)


def ask_about(device: Device, name: str) -> tuple[Any, ...] | None:
    """Return type, ``repr``, docstring and parameters of what has this name on the board."""
    if _DOTTED.match(name) is None:
        return None
    try:
        told = device.evaluate(_QUESTION.format(size=_MAX_VALUE, name=name), timeout=_TIMEOUT)
    except (ExecutionError, ResultError):
        return None
    return told if isinstance(told, tuple) and len(told) == 4 else None


def describe(name: str, told: tuple[Any, ...], source: str | None, *, detail: int) -> str:
    """Make text of what the board told.

    Args:
        name: Of the object.
        told: As ``ask_about`` returns it.
        source: Its definition, where that is known.
        detail: 1: with the source.
    """
    kind, value, docstring, parameters = told
    signature, own_docstring = _from_source(source)
    if not signature and isinstance(parameters, tuple):
        signature = f"({', '.join(map(str, parameters))})"
    rows = {
        "Signature": f"{name}{signature}" if signature else "",
        "Type": kind,
        "Value": value,
        "Docstring": docstring or own_docstring,
        "Source": source if detail else "",
    }
    return "\n".join(_row(word, str(text)) for word, text in rows.items() if text)


def _row(word: str, text: str) -> str:
    text = printable(text, keep="\n\t").strip("\n")
    return f"{word + ':':<11}{text}" if "\n" not in text else f"{word}:\n{text}"


def _from_source(source: str | None) -> tuple[str, str]:
    """Return signature and docstring of a definition."""
    try:
        node = ast.parse(source or "").body[:1]
    except (SyntaxError, ValueError, RecursionError):
        return "", ""
    match node:
        case [ast.FunctionDef() | ast.AsyncFunctionDef() as function]:
            return f"({ast.unparse(function.args)})", ast.get_docstring(function) or ""
        case [ast.ClassDef() as kind]:
            return "", ast.get_docstring(kind) or ""
        case _:
            return "", ""
