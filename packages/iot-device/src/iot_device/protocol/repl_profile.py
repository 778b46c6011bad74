r"""How the REPLs of firmwares differ, as data; each fact stands in a recorded transcript."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CURRENT",
    "MICROBIT_1_9_2",
    "MPS2_1_29",
    "PROFILES",
    "RP2_1_19_1",
    "RP2_1_28",
    "UNIX_1_29",
    "ReplProfile",
]


@dataclass(frozen=True, slots=True)
class ReplProfile:
    r"""What one firmware's REPL does where others do it differently.

    Attributes:
        name: Board and version, as in the name of the transcript.
        window: Window of raw paste, 1 to 65535 bytes; ``None`` if the firmware has no raw paste
            and takes the request for an ordinary line.
        line_end: What ends the lines of tracebacks: they pass through the port's text output,
            other than the REPL's own lines, which always end in ``\r\n``.
        soft_reboot: The line that announces a soft reset.
        listens_while_running: Whether the port looks at its input while a program runs. Without
            it no interrupt character is seen.
        interrupt_clears_input: Whether an interrupt throws away the input that waits; TinyUSB
            ports do so since 1.20 (``mp_usbd_cdc.c``).
        system_exit_resets: Whether ``SystemExit`` is a soft reset, or just ends the program.
        line_feed_is_enter: Whether a line feed ends a line of input too, and not only a carriage
            return (pull request 18713).
    """

    name: str
    window: int | None = 128
    line_end: bytes = b"\r\n"
    soft_reboot: bytes = b"MPY: soft reboot\r\n"
    listens_while_running: bool = True
    interrupt_clears_input: bool = False
    system_exit_resets: bool = True
    line_feed_is_enter: bool = True


RP2_1_28 = ReplProfile("rp2-1.28", interrupt_clears_input=True)
RP2_1_19_1 = ReplProfile("rp2-1.19.1", system_exit_resets=False, line_feed_is_enter=False)
UNIX_1_29 = ReplProfile("unix-1.29", line_end=b"\n")
MPS2_1_29 = ReplProfile("mps2-1.29", listens_while_running=False)
MICROBIT_1_9_2 = ReplProfile(
    "microbit-1.9.2",
    window=None,
    soft_reboot=b"soft reboot\r\n",
    system_exit_resets=False,
    line_feed_is_enter=False,
)

CURRENT = RP2_1_28

PROFILES = {
    profile.name: profile
    for profile in (RP2_1_28, RP2_1_19_1, UNIX_1_29, MPS2_1_29, MICROBIT_1_9_2)
}
