"""Help about a name: of a magic, or of what the board knows by that name."""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from IPython.utils.tokenutil import token_at_cursor

from iot_device import ExecutionError, ResultError, printable
from iot_kernel.errors import UsageError
from iot_kernel.magics.table import find_magic, magics

if TYPE_CHECKING:
    from iot_kernel.notebook import Notebook

__all__ = ["inspect_at", "inspect_name"]

_DOTTED: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*\Z")
_MAGIC: Final = re.compile(r"%{1,2}\w+")
_MAX_VALUE: Final = 500  # characters of a repr
_TIMEOUT: Final = 5.0  # seconds

# The value is asked for by name and never called. CPython keeps signatures, MicroPython does not.
_QUESTION: Final = (
    "(lambda b,o:(b.type(o).__name__,b.repr(o)[:{size}],b.getattr(o,'__doc__',None),"
    "(lambda c:c and c.co_varnames[:c.co_argcount])(b.getattr(o,'__code__',None))))"
    "(__import__('builtins'),{name})"
)


def inspect_name(notebook: Notebook, name: str, detail: int) -> str:
    """Return help about a name, as text; the board is asked, and connected to if need be.

    Args:
        notebook: Whose board is asked.
        name: ``%cat``, ``%%bash``, ``machine.Pin``.
        detail: 1: with the source, where the cell that defined it is known.

    Raises:
        UsageError: Nothing has this name.
        IotError: The board cannot be asked.
    """
    if name.startswith("%"):
        return find_magic(name.lstrip("%"), is_cell=name.startswith("%%")).help
    told = None
    if _DOTTED.match(name) is not None:
        device = notebook.connection.device(lambda _: None)
        with suppress(ExecutionError, ResultError):
            told = device.evaluate(_question(name), timeout=_TIMEOUT)
    text = _describe(notebook, name, told, detail)
    if text is None:
        raise UsageError(f"the board knows no {name!r}")
    return text


def inspect_at(notebook: Notebook, code: str, cursor: int, detail: int) -> str | None:
    """Return help about what is at the cursor; ``None`` if there is none, or not in time."""
    line_start = code.rfind("\n", 0, cursor) + 1
    magic = _MAGIC.match(code, line_start)
    if magic is not None:
        found = magics().get(magic[0])
        return found.help if found is not None else None
    name = token_at_cursor(code, cursor)
    if _DOTTED.match(name) is None:
        return None
    return _describe(notebook, name, notebook.names.value(_question(name)), detail)


def _question(name: str) -> str:
    return _QUESTION.format(size=_MAX_VALUE, name=name)


def _describe(notebook: Notebook, name: str, told: object, detail: int) -> str | None:
    """Make text of what the board told: type, ``repr``, docstring, parameters."""
    if not isinstance(told, tuple) or len(told) != 4:
        return None
    source = notebook.sources.defining(name)
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
