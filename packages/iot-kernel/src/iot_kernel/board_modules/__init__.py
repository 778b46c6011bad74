"""Modules for boards: a program that imports one finds it, though the board has no such file."""

from __future__ import annotations

import ast
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from iot_device import Device, ExecutionResult, Frame

__all__ = ["run_offering"]

_NAME: Final = "iot_display"
_LACKS: Final = ("ImportError", "ModuleNotFoundError")
_NOTICE: Final = f"[{_NAME} is in the board's memory now: run this cell again]"

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


def run_offering(
    device: Device, source: str, tell: Callable[[str], object], **options: Any
) -> ExecutionResult:
    """Run a program that finds ``iot_display``, also in modules on the board that import it.

    If the program names the module, that is put into the board's memory before; if a module that
    it imports does, then when that import has failed. Of such a program nothing but imports may
    have run, without output, for it to be run again unasked.

    Args:
        device: The board.
        source: The program.
        tell: Shows a notice to the person.
        options: For ``Device.execute``; it checks nothing.
    """
    if _NAME in source:
        _offer(device)
    result = device.execute(source, check=False, **options)
    if result.exception not in _LACKS or _NAME not in result.message or not _offer(device):
        return result
    if result.output or not _is_among_imports(source, result.frames):
        tell(_NOTICE)
        return result
    return device.execute(source, check=False, **options)


def _offer(device: Device) -> bool:
    """Put the module into the board's memory if the board has none; return whether it was put."""
    found = device.execute(f"__import__({_NAME!a})", check=False)
    if found.exception not in _LACKS:
        return False
    install = _INSTALL.format(name=_NAME, source=_short_source())
    return device.execute(install, check=False).status == "ok"


def _is_among_imports(source: str, frames: Sequence[Frame]) -> bool:
    """Whether a program has run nothing but imports when it failed."""
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return False
    last = frames[0].line if frames else 0
    begun = [node for node in statements if node.lineno <= last]
    return bool(begun) and all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in begun)


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
