"""What the board's Python is doing: memory, variables, time that code takes."""

from __future__ import annotations

from iot_device import printable
from iot_kernel.board_program import run_program
from iot_kernel.errors import UsageError
from iot_kernel.magics.declare import Call, line_magic, option
from iot_kernel.magics.files import host_path

__all__ = ["mem", "run", "who", "whos"]

_MEMORY = (
    "(lambda g:(g.mem_free(),g.mem_alloc(),g.collect(),g.mem_free(),g.mem_alloc()))"
    "(__import__('gc'))"
)
# Types of the BBC micro:bit have no __name__, but are written as everywhere: <class 'int'>.
_NAMES = "[(n,str(type(v))[8:-2],repr(v)[:60]) for n,v in globals().items() if n[:1]!='_']"


@line_magic("mem", "Show free and used memory of the microcontroller, and collect garbage")
def mem(call: Call) -> None:
    """Show it, before and after."""
    free, used, _, free_after, used_after = call.device.evaluate(_MEMORY)
    call.write(f"before collecting  free {free:>9}  used {used:>9} bytes")
    call.write(f"after              free {free_after:>9}  used {used_after:>9} bytes")


@line_magic("who", "List the variables of the microcontroller")
def who(call: Call) -> None:
    """List their names."""
    names = sorted(name for name, _, _ in call.device.evaluate(_NAMES))
    call.write("  ".join(map(printable, names)) or "no variables")


@line_magic("whos", "List the variables of the microcontroller, with types and values")
def whos(call: Call) -> None:
    """List them."""
    rows = sorted(call.device.evaluate(_NAMES))
    if not rows:
        call.write("no variables")
    for name, kind, value in rows:
        call.write(f"{printable(name):15} {printable(kind):12} {printable(value)}")


@line_magic(
    "run",
    "Run a program of the host on the microcontroller, without storing it there",
    option("path", completes="host path", help="the file"),
    examples=("%run blink.py",),
)
def run(call: Call) -> None:
    """Run it."""
    path = host_path(call.options.path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text in UTF-8") from None
    run_program(call.cell, text, origin=call.cell.notebook.sources.add_file(path.name, text))
