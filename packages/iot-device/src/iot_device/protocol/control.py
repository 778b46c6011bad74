"""Control bytes and fixed texts of MicroPython's REPL, by name.

Source: ``shared/runtime/pyexec.c`` and ``shared/readline/readline.c`` of MicroPython.
"""

from __future__ import annotations

__all__ = [
    "CTRL_A",
    "CTRL_B",
    "CTRL_C",
    "CTRL_D",
    "CTRL_E",
    "PASTE_MODE_BANNER",
    "PASTE_MODE_PROMPT",
    "PROMPT",
    "RAW_PASTE_ACCEPTED",
    "RAW_PASTE_KNOWN",
    "RAW_PASTE_REQUEST",
    "RAW_PROMPT",
    "RAW_REPL_BANNER",
    "SECOND_PROMPT",
    "SOFT_REBOOT",
]

CTRL_A = b"\x01"  # friendly: go to the raw REPL; raw: begin again; raw paste: one more window
CTRL_B = b"\x02"  # go to the friendly REPL
CTRL_C = b"\x03"  # interrupt
CTRL_D = b"\x04"  # end of the program; soft reset at an empty line
CTRL_E = b"\x05"  # friendly REPL: paste mode; raw REPL: first byte of the raw paste request

RAW_REPL_BANNER = b"raw REPL; CTRL-B to exit\r\n"
RAW_PROMPT = b">"
PROMPT = b">>> "
SECOND_PROMPT = b"... "
SOFT_REBOOT = b"soft reboot\r\n"
PASTE_MODE_BANNER = b"\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n"
PASTE_MODE_PROMPT = b"=== "

RAW_PASTE_REQUEST = CTRL_E + b"A" + CTRL_A
RAW_PASTE_ACCEPTED = b"R\x01"  # then the window, two bytes, low byte first
RAW_PASTE_KNOWN = b"R\x00"  # the way of asking is known, this variant is not
