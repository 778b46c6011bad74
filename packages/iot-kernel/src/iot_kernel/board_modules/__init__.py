"""Modules for boards: a program that names one finds it, though the board has no such file."""

from __future__ import annotations

import ast
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from iot_device import Device

__all__ = ["offer_display"]

_NAME: Final = "iot_display"

# MicroPython lets no program make a module; a class with the functions does what one does. Where
# that fails too, for lack of memory for instance, the program gets its ImportError.
_INSTALL: Final = """\
def _iot_install(b,source):
 names={{'__name__':{name!a}}}
 b.exec(source,names)
 b.__import__('sys').modules[{name!a}]=b.type({name!a},(),names)
try:
 _iot_install(__import__('builtins'),{source!a})
finally:
 del _iot_install
"""


def offer_display(device: Device, source: str) -> None:
    """Put ``iot_display`` into the board's memory, if a program names it and it is not there.

    Args:
        device: The board.
        source: The program.
    """
    if _NAME not in source:
        return
    found = device.execute(f"__import__({_NAME!a})", check=False)
    if found.exception in ("ImportError", "ModuleNotFoundError"):
        device.execute(_INSTALL.format(name=_NAME, source=_short_source()), check=False)


@cache
def _short_source() -> str:
    """Return the module without docstrings, indented by one."""
    file = resources.files(__name__) / f"{_NAME}.py"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in (tree, *tree.body):
        if isinstance(node, (ast.Module, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            del node.body[0]
    lines = ast.unparse(tree).splitlines()
    indents = [len(line) - len(line.lstrip()) for line in lines]
    shown = (" " * (n // 4) + line.lstrip() for n, line in zip(indents, lines, strict=True))
    return "\n".join(line for line in shown if line)
