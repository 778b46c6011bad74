"""``%lsmagic``, ``%config``, ``%loglevel``: the kernel itself."""

from __future__ import annotations

import logging
from typing import Final

from iot_kernel.errors import UsageError
from iot_kernel.magics.declare import Call, line_magic, option
from iot_kernel.magics.table import magics

__all__ = ["config", "loglevel", "lsmagic"]

_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

# It is no magic of the table, but people look for it there.
_SHELL: Final = ("!", "Pass line to bash shell for evaluation")


@line_magic(
    "lsmagic",
    "List all magic functions",
    option("-v", "--verbose", action="store_true", help="show detailed help for each magic"),
)
def lsmagic(call: Call) -> None:
    """Show the table."""
    rows = [(magic.is_cell, magic.title, magic.summary) for magic in magics().values()]
    line_rows = [row[1:] for row in rows if not row[0]] + [_SHELL]
    cell_rows = [row[1:] for row in rows if row[0]]
    call.write("Line Magic:    -h shows help (e.g. %discover -h)")
    for row in line_rows:
        call.write("  {:12} {}".format(*row))
    call.write("\nCell Magic:    -h shows help (e.g. %%connect -h)")
    for row in cell_rows:
        call.write("  {:12} {}".format(*row))
    if call.options.verbose:
        for magic in magics().values():
            call.write(f"\n{f'MAGIC {magic.title} ':-<80}\n{magic.help}", end="")


@line_magic(
    "config",
    "Show or change the settings of this kernel",
    option("setting", nargs="*", help="NAME = VALUE; none: all are listed"),
    examples=("%config", "%config stop_on_error = False"),
)
def config(call: Call) -> None:
    """Show or set."""
    name, equals, value = " ".join(call.options.setting).partition("=")
    settings = call.cell.notebook.settings
    if equals:
        settings.change(name.strip(), value)
        call.cell.notebook.connection.apply_settings()
        return
    shown = settings.as_dict()
    if name.strip() and name.strip() not in shown:
        raise UsageError(f"no setting {name.strip()!r}", (f"there are: {', '.join(shown)}",))
    for key, current in shown.items():
        if name.strip() in ("", key):
            call.write(f"{key} = {current}")


@line_magic(
    "loglevel",
    "Set logging level",
    option("logger", nargs="?", completes="logger", help="name of logger to apply level to"),
    option("level", nargs="?", default="INFO", help=f"{', '.join(_LEVELS)} (INFO)"),
    details="Without arguments lists name and level of all available loggers.",
    examples=("%loglevel", "%loglevel iot_kernel DEBUG"),
)
def loglevel(call: Call) -> None:
    """List or set."""
    name, level = call.options.logger, call.options.level.upper()
    if name is None:
        _list_loggers(call)
        return
    if level not in _LEVELS:
        raise UsageError(f"no level {level!r}", (f"there are: {', '.join(_LEVELS)}",))
    logging.getLogger(name).setLevel(level)
    call.write(f"Logger {name} level set to {level}")


def _list_loggers(call: Call) -> None:
    call.write(f"{'Logger':30}  Level")
    for name in sorted(logging.root.manager.loggerDict):
        level = logging.getLevelName(logging.getLogger(name).getEffectiveLevel())
        call.write(f"{name:30}  {level}")
