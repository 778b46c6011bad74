"""``%softreset`` and ``%hardreset``."""

from __future__ import annotations

from iot_kernel.magics.declare import Call, line_magic, option

__all__ = ["hardreset", "softreset"]


def _banner(call: Call, word: str) -> None:
    line = "!" * 31
    call.write(f"\n{line}\n!!!!!{f'   {word} ...':<21}!!!!!\n{line}\n", style="reset")


@line_magic(
    "softreset",
    "Reset microcontroller. Purges all variables and releases all devices (e.g. I2C, UART, ...)",
    option("-q", "--quiet", action="store_true", help="no banner"),
)
def softreset(call: Call) -> None:
    """Start the board's Python anew; main.py does not run."""
    if not call.options.quiet:
        _banner(call, "softreset")
    call.device.soft_reset()


@line_magic(
    "hardreset",
    "Reset microcontroller by calling 'machine.reset()'",
    option("-q", "--quiet", action="store_true", help="no banner"),
    option(
        "-t", "--timeout", type=float, default=10.0, help="seconds in which it must be back (10)"
    ),
)
def hardreset(call: Call) -> None:
    """Do what the reset button does."""
    if not call.options.quiet:
        _banner(call, "hardreset")
    call.device.hard_reset(timeout=call.options.timeout)
