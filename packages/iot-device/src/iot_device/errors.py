"""What can go wrong, as types with facts.

The tree (a test compares it with the classes)::

    IotError
    ├── InvalidTargetError (ValueError)
    ├── InvalidSourceError (ValueError)
    ├── ConfigurationError (ValueError)
    ├── TransportError
    │   ├── ConnectError
    │   │   ├── PortNotFoundError
    │   │   ├── PortBusyError
    │   │   ├── PortPermissionError
    │   │   ├── AmbiguousTargetError
    │   │   └── AuthenticationError
    │   └── ConnectionLostError
    ├── ProtocolError
    │   ├── LocalProtocolError
    │   └── RemoteProtocolError
    ├── BoardTimeoutError (TimeoutError)
    ├── BoardOSError (OSError)
    ├── HostFileError
    ├── ExecutionError
    │   ├── ExecutionInterrupted
    │   └── UnknownEndError
    ├── ResultError (ValueError)
    ├── UnsupportedError
    ├── UnsafeError
    └── VerificationError

Code decides by type and attribute; messages are for people and may change.
Each class has two fixed words for scripts: ``name``, which the command line prints
as ``iot: error[name]:``, and ``exit_code``:

====  ==========================================================================
code  meaning
====  ==========================================================================
0     good
1     the board's program raised (or ``rdiff`` found a difference)
2     usage
3     no such board, ambiguous, busy, no permission, wrong password
4     link lost, or no answer in time
5     protocol out of step
6     verification failed
7     the board's file system: not found, full, read-only; or it lacks the feature
8     partly done, with the list
9     refused for safety, nothing done
130   interrupted
====  ==========================================================================
"""

from __future__ import annotations

import errno as errno_module
import os
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_device.results import ExecutionResult

__all__ = [
    "AmbiguousTargetError",
    "AuthenticationError",
    "BoardOSError",
    "BoardTimeoutError",
    "ConfigurationError",
    "ConnectError",
    "ConnectionLostError",
    "ExecutionError",
    "ExecutionInterrupted",
    "HostFileError",
    "InvalidSourceError",
    "InvalidTargetError",
    "IotError",
    "LocalProtocolError",
    "PortBusyError",
    "PortNotFoundError",
    "PortPermissionError",
    "ProtocolError",
    "RemoteProtocolError",
    "ResultError",
    "TransportError",
    "UnknownEndError",
    "UnsafeError",
    "UnsupportedError",
    "VerificationError",
]


class IotError(Exception):
    """Base of all errors of this library.

    Args:
        message: One sentence for people: what failed and why.
        hint: What the person can do next, or ``None``.
    """

    name: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 4

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        """Tell ``pickle`` and ``copy`` how to make it again: by its facts, not by its words."""
        return _made_again, (type(self), self.args), vars(self)


def _made_again(kind: type[IotError], words: tuple[object, ...]) -> IotError:
    error = kind.__new__(kind, *words)
    error.args = words
    return error


class InvalidTargetError(IotError, ValueError):
    """The words that name a board make no sense; ``.target`` holds them."""

    name = "invalid-target"
    exit_code = 2

    def __init__(self, message: str, *, target: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.target = target


class InvalidSourceError(IotError, ValueError):
    """A program cannot be sent as it is; nothing was sent.

    Args:
        message: What is wrong.
        line: Line of the program, from 1.
        column: Column in that line, from 1.
        hint: What the person can do next.
    """

    name = "invalid-source"
    exit_code = 2

    def __init__(self, message: str, *, line: int, column: int, hint: str | None = None) -> None:
        super().__init__(f"{message} (line {line}, column {column})", hint=hint)
        self.line = line
        self.column = column


class ConfigurationError(IotError, ValueError):
    """A file of the user says what makes no sense, or does not say what is needed.

    Args:
        message: What is wrong, and what was expected.
        file: The file, or the folder of files.
        line: The line, from 1; ``None`` if it is about the whole.
        hint: What the person can do next.
    """

    name = "configuration"
    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        file: str | os.PathLike[str],
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        place = os.fspath(file) if line is None else f"{os.fspath(file)}:{line}"
        super().__init__(f"{message} ({place})", hint=hint)
        self.file: str = os.fspath(file)
        self.line = line


class TransportError(IotError):
    """The byte pipe to the board; ``.port`` is the port or URL as the user would write it."""

    name = "transport"
    exit_code = 4

    def __init__(self, message: str, *, port: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.port = port


class ConnectError(TransportError):
    """No pipe could be opened."""

    name = "connect"
    exit_code = 3


class PortNotFoundError(ConnectError):
    """There is no such port or board; ``.available`` lists those that there are."""

    name = "not-found"

    def __init__(
        self, message: str, *, port: str, available: Sequence[str] = (), hint: str | None = None
    ) -> None:
        super().__init__(message, port=port, hint=hint)
        self.available: tuple[str, ...] = tuple(available)


class PortBusyError(ConnectError):
    """Another program holds the port, or the board by another port.

    Args:
        message: What is held, by whom, and since when.
        port: The port or URL as the user would write it.
        holder: What the program calls itself, if known.
        pid: Its process, if known.
        since: When it took the port, in seconds of ``time.time()``; known of our own tools.
        hint: What the person can do next.
    """

    name = "busy"

    def __init__(
        self,
        message: str,
        *,
        port: str,
        holder: str | None = None,
        pid: int | None = None,
        since: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, port=port, hint=hint)
        self.holder = holder
        self.pid = pid
        self.since = since


class PortPermissionError(ConnectError):
    """The user may not open the port; ``.group`` is the group that may, if there is one."""

    name = "permission"

    def __init__(
        self, message: str, *, port: str, group: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, port=port, hint=hint)
        self.group = group


class AmbiguousTargetError(ConnectError):
    """More than one board fits; ``.candidates`` lists them."""

    name = "ambiguous"

    def __init__(
        self, message: str, *, port: str, candidates: Sequence[str], hint: str | None = None
    ) -> None:
        super().__init__(message, port=port, hint=hint)
        self.candidates: tuple[str, ...] = tuple(candidates)


class AuthenticationError(ConnectError):
    """The board refused the password. The password is in no attribute and no message."""

    name = "password"


class ConnectionLostError(TransportError):
    """The pipe ended: unplugged, reset, socket closed, process gone."""

    name = "connection-lost"


class ProtocolError(IotError):
    """Common base of the two protocol errors; never raised itself."""

    name = "protocol"
    exit_code = 5


class LocalProtocolError(ProtocolError):
    """Our own caller asked for something that this state does not allow; ``.state`` names it."""

    name = "local-protocol"

    def __init__(self, message: str, *, state: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.state = state


class RemoteProtocolError(ProtocolError):
    """The board sent what the protocol does not allow.

    Args:
        message: What was expected.
        state: The state of the machine.
        received: The bytes that do not fit (the last 200 of them).
        hint: What the person can do next.
    """

    name = "out-of-step"

    def __init__(
        self, message: str, *, state: str, received: bytes = b"", hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.state = state
        self.received: bytes = received[-200:]


class BoardTimeoutError(IotError, TimeoutError):
    """The board gave no answer in time.

    Args:
        message: What did not come.
        waiting_for: What we were waiting for, in words.
        received: The last bytes that did come (200 at most).
        hint: What the person can do next.
    """

    name = "timeout"

    def __init__(
        self, message: str, *, waiting_for: str, received: bytes = b"", hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.waiting_for = waiting_for
        self.received: bytes = received[-200:]


class ExecutionError(IotError):
    """The program on the board raised; the facts are in ``.result``.

    Args:
        result: What the run left: output, traceback, exception name and message, frames.
        hint: What the person can do next.
    """

    name = "execution"
    exit_code = 1

    def __init__(self, result: ExecutionResult, *, hint: str | None = None) -> None:
        super().__init__(result.summary, hint=hint)
        self.result = result


class ExecutionInterrupted(ExecutionError):  # noqa: N818  (stopped on request: no error of ours)
    """``KeyboardInterrupt`` ended the program on the board."""

    name = "interrupted"
    exit_code = 130


class UnknownEndError(ExecutionError):
    """The program ended without the proof that it came to its end: a reset, or forged markers."""

    name = "unknown-end"
    exit_code = 5


class BoardOSError(IotError, OSError):
    """The board's file system refused.

    Making one gives the subclass of ``OSError`` that fits, so that
    ``except FileNotFoundError`` works too; ``.errno`` and ``.filename`` are set.

    Args:
        errno: Number of the error, as in the host's ``errno`` module.
        filename: The path on the board.
        message: The reason in words; the host's words for ``errno`` if left out.
        hint: What the person can do next.
    """

    name = "board-files"
    exit_code = 7

    def __new__(cls, errno: int, *_: object, **__: object) -> Self:
        """Choose the subclass for ``errno``."""
        base = _OS_ERRORS.get(errno)
        kind = base if base is not None and issubclass(base, cls) else cls
        return super().__new__(kind)

    def __init__(
        self, errno: int, filename: str, message: str | None = None, *, hint: str | None = None
    ) -> None:
        reason = message or os.strerror(errno)
        super().__init__(f"{filename}: {reason}", hint=hint)
        self.errno: int | None = errno
        self.strerror: str | None = reason
        self.filename = filename

    def __reduce__(self) -> tuple[object, ...]:
        # What OSError knows is no attribute of the object.
        return BoardOSError, (self.errno, self.filename, self.strerror), vars(self)


class _BoardFileNotFoundError(BoardOSError, FileNotFoundError):
    name = "file-not-found"


class _BoardFileExistsError(BoardOSError, FileExistsError):
    name = "file-exists"


class _BoardIsADirectoryError(BoardOSError, IsADirectoryError):
    name = "is-a-directory"


class _BoardNotADirectoryError(BoardOSError, NotADirectoryError):
    name = "not-a-directory"


class _BoardPermissionError(BoardOSError, PermissionError):
    name = "board-permission"


_OS_ERRORS: dict[int, type[BoardOSError]] = {
    errno_module.ENOENT: _BoardFileNotFoundError,
    errno_module.EEXIST: _BoardFileExistsError,
    errno_module.EISDIR: _BoardIsADirectoryError,
    errno_module.ENOTDIR: _BoardNotADirectoryError,
    errno_module.EACCES: _BoardPermissionError,
    errno_module.EPERM: _BoardPermissionError,
}


class HostFileError(IotError):
    """A file of this computer cannot be read or written; ``.path`` is its path."""

    name = "host-files"
    exit_code = 2

    def __init__(self, message: str, *, path: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class ResultError(IotError, ValueError):
    """The value of an expression cannot be read; ``.text`` is the beginning of what came."""

    name = "result"
    exit_code = 1

    def __init__(self, message: str, *, text: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.text: str = text[:200]


class UnsupportedError(IotError):
    """This board or firmware lacks ``.feature``."""

    name = "unsupported"
    exit_code = 7

    def __init__(self, message: str, *, feature: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.feature = feature


class UnsafeError(IotError):
    """Refused for safety; nothing was done."""

    name = "refused"
    exit_code = 9


class VerificationError(IotError):
    """What stands on the board is not what was sent.

    Args:
        message: What differs, and in what state the data is.
        path: The path on the board.
        expected: Digest or size that it should have.
        actual: Digest or size that it has.
        hint: What the person can do next.
    """

    name = "verification"
    exit_code = 6

    def __init__(
        self, message: str, *, path: str, expected: str, actual: str, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.expected = expected
        self.actual = actual
