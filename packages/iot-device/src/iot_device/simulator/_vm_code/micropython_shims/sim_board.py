# ruff: noqa: PLW0603  (small functions)
"""What the modules of a simulated board share: its facts, and the way to the host."""

import sys

token = b""
uid = b""
clock_offset = 0
send = None


def configure(settings, sender):
    global token, uid, clock_offset, send
    token = bytes.fromhex(settings["token"])
    uid = bytes.fromhex(settings["uid"])
    clock_offset = settings["clock_offset"]
    send = sender


def replace_modules():
    """Put modules that know the board in the place of built-in ones.

    They must be true modules: ``from machine import *`` would crash the interpreter otherwise.
    """
    for name in ("machine", "micropython", "os", "time"):
        sys.modules.pop(name, None)
        sys.modules[name] = __import__("sim_" + name)
        sys.modules.pop("sim_" + name)


def ask_and_wait(kind, value=0):
    """Ask the host for something that ends this virtual machine."""
    send(kind, str(value).encode())
    while True:
        sys.stdin.buffer.read(1)


def set_clock_offset(seconds):
    global clock_offset
    clock_offset = seconds
    send(b"t", str(seconds).encode())


def _echo(text):
    sys.stdout.buffer.write(text)


def board_input(prompt=""):
    """Read a line as a board does: echo, backspace, an end by either kind of line end."""
    _echo(str(prompt).encode())
    line = bytearray()
    while True:
        byte = sys.stdin.buffer.read(1)
        if byte in (b"\r", b"\n"):
            _echo(b"\r\n")
            return line.decode()
        if byte == b"\x03":
            raise KeyboardInterrupt
        if not byte or (byte == b"\x04" and not line):
            raise EOFError
        _edit(line, byte)


def _edit(line, byte):
    if byte in (b"\x08", b"\x7f"):
        if line:
            # All bytes of the last character go (UTF-8).
            while len(line) > 1 and line[-1] & 0xC0 == 0x80:
                line[:] = line[:-1]
            line[:] = line[:-1]
            _echo(b"\x08 \x08")
    elif byte >= b" ":
        line.extend(byte)
        _echo(byte)
