# ruff: noqa: S102, BLE001, TRY301  (running what it is given is its purpose)
"""Runs the programs of a simulated board in CPython, in the main thread.

The interpreter stays as it is: programs get names, modules and files of a board through their own
``__builtins__``.
"""

import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "cpython_shims"))

import board_console
import board_files
import board_import
import board_link
import board_modules
import board_traceback


class _Interrupts:
    """Decides what a Ctrl-C hits: the program that runs, the one that comes, or nothing."""

    def __init__(self):
        self.waits = False
        self.has_program = False

    def forget(self):
        """Begin anew: a command has come, and what was before it is over."""
        self.waits = False

    def take(self, _signal, frame):
        if self.has_program and frame.f_code is not _run.__code__:
            raise KeyboardInterrupt
        self.waits = True


_interrupts = _Interrupts()


def _compile(kind, payload):
    if kind == b"b":
        name = payload.decode()
        with board_files.open_file(name, "rb") as file:
            return compile(file.read(), name, "exec", dont_inherit=True)
    return compile(payload, "<stdin>", "exec" if kind == b"x" else "single", dont_inherit=True)


def _run(kind, payload, names):
    _interrupts.has_program = True
    try:
        code = _compile(kind, payload)
        if _interrupts.waits:
            raise KeyboardInterrupt
        exec(code, names)
    except BaseException as error:
        return error
    finally:
        _interrupts.has_program = False
    return None


def _report(error):
    board_link.send(b"e")
    unread = board_link.stdin.end_run()
    if _interrupts.waits and isinstance(error, SystemExit):
        # It came a moment too late; else a main.py that exits could go on for ever.
        error = KeyboardInterrupt()
    is_exit = isinstance(error, SystemExit)
    traceback = b"" if error is None or is_exit else board_traceback.format_error(error).encode()
    flag = b"x" if is_exit else b"-"
    board_link.send(b"f", flag + len(traceback).to_bytes(4, "big") + traceback + unread)


def main():
    signal.signal(signal.SIGINT, _interrupts.take)
    settings = board_link.start(_interrupts.forget)
    modules = board_modules.Modules(settings)
    names = modules.add_main()
    names["__builtins__"] = board_import.board_builtins(modules)
    sys.displayhook = board_console.display
    board_link.send(b"r", modules.banner.encode())
    while True:
        kind, payload = board_link.next_command()
        board_link.send(b"s")
        error = _run(kind, payload, names)
        _report(error)
        del error


main()
