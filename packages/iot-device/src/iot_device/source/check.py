"""What may be sent to a raw REPL as a program, and in which form."""

from __future__ import annotations

import re

from iot_device.errors import InvalidSourceError

__all__ = ["check_source"]

# pyexec.c, pyexec_raw_repl and do_reader_stdin: Ctrl-A begins again, Ctrl-B leaves, Ctrl-C forgets
# or interrupts, Ctrl-D ends, Ctrl-E at the beginning asks for raw paste. All other bytes pass. NUL
# is no Python, and ends the program early in some readers.
_REFUSED = re.compile(rb"[\x00-\x05]")
_LINE_END = re.compile(rb"\r\n?")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def check_source(source: bytes | str) -> bytes:
    r"""Return a program as the bytes that are sent to the board.

    Text becomes UTF-8; a byte order mark goes; ``\r\n`` and ``\r`` become ``\n``, inside of strings
    too, which is how both MicroPython (``next_char`` in ``lexer.c``) and CPython read them. Bytes
    that are not UTF-8 stay as they are: MicroPython takes them in comments and in strings.

    Args:
        source: The program.

    Raises:
        InvalidSourceError: It holds a control byte that the raw REPL would obey (0x01 to 0x05), a
            zero byte, or text that has no UTF-8 form.
    """
    encoded = _encode(source) if isinstance(source, str) else source
    program = _LINE_END.sub(b"\n", encoded.removeprefix(_BYTE_ORDER_MARK))
    refused = _REFUSED.search(program)
    if refused is not None:
        byte = program[refused.start()]
        raise _invalid(
            f"the program contains the control byte 0x{byte:02x}",
            before=program[: refused.start()].decode(errors="replace"),
            hint=f'write it as an escape in a string: "\\x{byte:02x}"',
        )
    return program


def _encode(source: str) -> bytes:
    try:
        return source.encode()
    except UnicodeEncodeError as error:
        raise _invalid(
            f"the program contains {source[error.start]!a}, which is half of a character",
            before=source[: error.start].replace("\r\n", "\n").replace("\r", "\n"),
            hint=f"write it as an escape in a string: {source[error.start]!a}",
        ) from error


def _invalid(message: str, *, before: str, hint: str) -> InvalidSourceError:
    return InvalidSourceError(
        message,
        line=before.count("\n") + 1,
        column=len(before) - (before.rfind("\n") + 1) + 1,
        hint=hint,
    )
