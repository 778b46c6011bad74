"""Tracebacks in the form of MicroPython: frames without source lines, errors by its names."""

import errno

import board_import

_NAMES = {"ModuleNotFoundError": "ImportError", "RecursionError": "RuntimeError"}


def format_error(error):
    lines = [*_frames(error), f"{_name(error)}: {_message(error)}"]
    return "".join(line + "\n" for line in lines)


def _frames(error):
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        # What belongs to the simulator, and to the host's library, is built in on a board.
        if frame.f_builtins is board_import.BUILTINS:
            code = frame.f_code
            where = f'  File "{code.co_filename}", line {traceback.tb_lineno}'
            frames.append(f"{where}, in {code.co_name}")
        traceback = traceback.tb_next
    if isinstance(error, SyntaxError):
        frames.append(f'  File "{error.filename}", line {error.lineno}')
    return ["Traceback (most recent call last):", *frames] if frames else []


def _name(error):
    if isinstance(error, OSError) and type(error).__module__ == "builtins":
        return "OSError"
    return _NAMES.get(type(error).__name__, type(error).__name__)


def _message(error):
    if isinstance(error, OSError) and error.args and isinstance(error.args[0], int):
        name = errno.errorcode.get(error.args[0])
        return f"[Errno {error.args[0]}] {name}" if name else str(error.args[0])
    if isinstance(error, SyntaxError):
        return "invalid syntax"
    if isinstance(error, KeyError):
        return error.args[0] if error.args else ""
    if len(error.args) > 1:
        return repr(error.args)
    return str(error)
