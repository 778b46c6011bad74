"""From the board's errors to ``OSError`` of the host."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from iot_device.errors import BoardOSError, IotError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["board_error", "board_errors", "named_error", "numbering"]

# MicroPython numbers errors as Linux does, on every host and chip (py/mperrno.h).
_LINUX: Final[Mapping[int, str]] = {
    1: "EPERM",
    2: "ENOENT",
    5: "EIO",
    9: "EBADF",
    11: "EAGAIN",
    12: "ENOMEM",
    13: "EACCES",
    16: "EBUSY",
    17: "EEXIST",
    18: "EXDEV",
    19: "ENODEV",
    20: "ENOTDIR",
    21: "EISDIR",
    22: "EINVAL",
    24: "EMFILE",
    27: "EFBIG",
    28: "ENOSPC",
    30: "EROFS",
    36: "ENAMETOOLONG",
    39: "ENOTEMPTY",
    40: "ELOOP",
    95: "EOPNOTSUPP",
    110: "ETIMEDOUT",
}

# WebAssembly builds pass on the numbers of WASI (wasi_snapshot_preview1, errno).
_WASI: Final[Mapping[int, str]] = {
    2: "EACCES",
    6: "EAGAIN",
    8: "EBADF",
    10: "EBUSY",
    20: "EEXIST",
    22: "EFBIG",
    28: "EINVAL",
    29: "EIO",
    31: "EISDIR",
    32: "ELOOP",
    33: "EMFILE",
    37: "ENAMETOOLONG",
    43: "ENODEV",
    44: "ENOENT",
    48: "ENOMEM",
    51: "ENOSPC",
    54: "ENOTDIR",
    55: "ENOTEMPTY",
    58: "EOPNOTSUPP",
    63: "EPERM",
    69: "EROFS",
    73: "ETIMEDOUT",
    75: "EXDEV",
}

# What firmware of 2017 says in place of a number (the micro:bit's filesystem.c).
_TEXTS: Final[Mapping[str, str]] = {
    "file not found": "ENOENT",
    "no more storage space": "ENOSPC",
    "no such file or directory": "ENOENT",
    "file exists": "EEXIST",
    "is a directory": "EISDIR",
    "read-only filesystem": "EROFS",
}

_HINTS: Final[Mapping[str, str]] = {
    "ENOSPC": "remove files that are no longer needed",
    "EROFS": "a drive CIRCUITPY that the host has mounted is read-only for the board: "
    "call storage.remount('/', readonly=False) in its boot.py, or copy to the drive",
}


def numbering(enoent: int | None) -> Mapping[int, str]:
    """Return how the board numbers errors.

    Args:
        enoent: The board's number for a file that does not exist; ``None`` if it does not say.
    """
    return _WASI if enoent is not None and _WASI.get(enoent) == "ENOENT" else _LINUX


def named_error(name: str, path: str, message: str | None = None) -> BoardOSError:
    """Make the error with this name (``ENOENT``); its number is the host's."""
    number = getattr(errno, name, errno.EIO)
    return BoardOSError(number, path, message, hint=_HINTS.get(name))


def board_error(
    arguments: tuple[object, ...], path: str, numbers: Mapping[int, str]
) -> BoardOSError:
    """Make the error for the arguments of the ``OSError`` that the board raised."""
    reason = arguments[0] if arguments else ""
    if isinstance(reason, int):
        if reason in numbers:
            return named_error(numbers[reason], path)
        return BoardOSError(errno.EIO, path, f"the board's error {reason}")
    text = str(reason)
    known = _TEXTS.get(text.lower())
    return named_error(known, path) if known else named_error("EIO", path, text or None)


@contextmanager
def board_errors(path: str, numbers: Mapping[int, str]) -> Iterator[None]:
    """Translate the board's ``OSError``, once, for a call that is about ``path``."""
    try:
        yield
    except IotError:  # a TimeoutError is an OSError too, but not the board's
        raise
    except OSError as error:
        raise board_error(error.args, path, numbers) from None
