"""What only POSIX terminals know. Imported on POSIX only, by functions that need it."""

from __future__ import annotations

import contextlib
import fcntl
import termios

__all__ = ["SETTINGS_ERROR", "leave_exclusive", "make_raw", "prepare_port", "take_exclusive"]

SETTINGS_ERROR = termios.error  # no subclass of OSError

# Linux 3.8 and newer; Python names it only from 3.13 on (asm-generic/ioctls.h).
_TIOCGEXCL = getattr(termios, "TIOCGEXCL", 0x80045440)

_INPUT, _OUTPUT, _CONTROL, _LOCAL, _CHARACTERS = 0, 1, 2, 3, 6  # of termios.tcgetattr


def take_exclusive(descriptor: int) -> bool:
    """Refuse further opens of this terminal; tell whether somebody else did so before.

    Root opens a port in spite of TIOCEXCL, so the flag has to be looked at, too.
    """
    before = bytearray(4)
    with contextlib.suppress(OSError):
        fcntl.ioctl(descriptor, _TIOCGEXCL, before)
    fcntl.ioctl(descriptor, termios.TIOCEXCL)
    return any(before)


def leave_exclusive(descriptor: int) -> None:
    """Allow further opens; a pseudo-terminal keeps the flag when only one end is closed."""
    with contextlib.suppress(OSError):
        fcntl.ioctl(descriptor, termios.TIOCNXCL)


def prepare_port(descriptor: int, *, keep_lines: bool) -> None:
    """Complete pyserial's settings of a serial port.

    With pyserial's VMIN 0 an idle port and a vanished one both read as ``b""``; with 1 only
    the vanished one does (termios(3), "noncanonical mode").

    Args:
        descriptor: The open port.
        keep_lines: Whether the kernel leaves DTR and RTS as they are at the last close.
    """
    settings = termios.tcgetattr(descriptor)
    settings[_CHARACTERS][termios.VMIN] = 1
    if keep_lines:
        settings[_CONTROL] &= ~termios.HUPCL
    termios.tcsetattr(descriptor, termios.TCSANOW, settings)


def make_raw(descriptor: int) -> None:
    """Make a terminal pass every byte as it is: no echo, lines, signals, or translation."""
    settings = termios.tcgetattr(descriptor)
    settings[_INPUT] &= ~(
        termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON | termios.ISTRIP
    )
    settings[_OUTPUT] &= ~termios.OPOST
    settings[_LOCAL] &= ~(termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)
    settings[_CHARACTERS][termios.VMIN] = 1
    settings[_CHARACTERS][termios.VTIME] = 0
    termios.tcsetattr(descriptor, termios.TCSANOW, settings)
