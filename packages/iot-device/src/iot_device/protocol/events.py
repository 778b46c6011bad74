"""Events: what the protocol machines report to whoever drives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = [
    "Accepted",
    "ClientEvent",
    "Entered",
    "Finished",
    "InterruptProgram",
    "Left",
    "Noise",
    "Output",
    "ProgramInput",
    "Rebooted",
    "RunSource",
    "ServerEvent",
    "SoftReset",
]


# Client: what the board did.


@dataclass(frozen=True, slots=True)
class Entered:
    """The raw REPL's prompt is there; the board waits for a program."""


@dataclass(frozen=True, slots=True)
class Left:
    """The friendly REPL's prompt is there."""


@dataclass(frozen=True, slots=True)
class Rebooted:
    """The board said that it made a soft reset."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The board has the whole program and begins to run it."""


@dataclass(frozen=True, slots=True)
class Output:
    """What the running program wrote; may be cut at any byte."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that belong to no program of ours: boot messages, timers, threads, leftovers."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Finished:
    """The program ended.

    Attributes:
        traceback: What the board sent between its two end markers; empty if nothing was raised.
        proved: Whether the end token came. Without it, and without a traceback, it is unknown
            how the program ended.
        trailer: What stood between the first end token and the end marker, a value or an exit
            code for instance (see ``iot_device.source``); usually empty.
        restarted: Whether the board began anew (a soft reset, or more).
    """

    traceback: bytes
    proved: bool
    trailer: bytes = b""
    restarted: bool = False


ClientEvent: TypeAlias = Entered | Left | Rebooted | Accepted | Output | Noise | Finished


# Server: what the virtual machine behind the REPL shall do.


@dataclass(frozen=True, slots=True)
class RunSource:
    """Compile and run a program.

    Attributes:
        source: The program.
        kind: ``exec`` for a whole program, ``single`` for a line of the friendly REPL, whose
            expression statements print their values.
    """

    source: bytes
    kind: Literal["exec", "single"]


@dataclass(frozen=True, slots=True)
class InterruptProgram:
    """Raise ``KeyboardInterrupt`` in the running program."""


@dataclass(frozen=True, slots=True)
class ProgramInput:
    """Bytes that the host sent while a program runs: its standard input."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SoftReset:
    """Begin again with a new virtual machine.

    Attributes:
        run_main: Whether ``main.py`` runs after ``boot.py`` (not when the raw REPL was active).
    """

    run_main: bool


ServerEvent: TypeAlias = RunSource | InterruptProgram | ProgramInput | SoftReset
