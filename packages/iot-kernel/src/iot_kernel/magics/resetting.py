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
    device = call.device
    if not call.options.quiet:
        _banner(call, "softreset")
    device.soft_reset()


@line_magic(
    "hardreset",
    "Reset microcontroller by calling 'machine.reset()'",
    option("-q", "--quiet", action="store_true", help="no banner"),
    option(
        "-t",
        "--timeout",
        type=float,
        default=2.5,
        help="time in seconds to wait for output (2.5)",
    ),
    details="Prints what boot.py and main.py write, until the prompt. If there is no output, does\n"
    "not wait for main.py to finish; the next code for the board stops it.",
)
def hardreset(call: Call) -> None:
    """Do what the reset button does."""
    device = call.device
    if not call.options.quiet:
        _banner(call, "hardreset")
    output = call.cell.board_output()
    device.hard_reset(on_output=output.feed, patience=call.options.timeout)
    output.finish()
    call.write()
