"""From an error to words on standard error and the number that ``iot`` ends with.

The last line begins with ``iot: error[name]:``, where the name is fixed for each kind of error;
the line before it is the hint, if there is one.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import click

from iot_cli import exit_codes
from iot_cli.output import ReaderGoneError, note
from iot_cli.signals import TerminatedError, TimeIsUpError
from iot_cli.text import printable
from iot_device import HostFileError, IotError

if TYPE_CHECKING:
    from iot_cli.context import Options

__all__ = ["PartlyDoneError", "as_iot_error", "note_details", "report"]


class PartlyDoneError(IotError):
    """Some of several things were done, others not; the list was written before."""

    name = "partly-done"
    exit_code = exit_codes.PARTLY_DONE


class _TimeoutError(IotError):
    name = "timeout"
    exit_code = exit_codes.TIMEOUT


class _InterruptedError(IotError):
    name = "interrupted"
    exit_code = exit_codes.INTERRUPTED


class _UsageError(IotError):
    name = "usage"
    exit_code = exit_codes.USAGE


class _DefectError(IotError):
    name = "defect"
    exit_code = exit_codes.DEFECT


def report(error: BaseException, options: Options) -> int:
    """Write what went wrong; return the exit code.

    Args:
        error: What ended the command.
        options: The global options.
    """
    if isinstance(error, ReaderGoneError):
        return exit_codes.BROKEN_PIPE
    note_details(error, options)
    shown = as_iot_error(error)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        note(error.ctx.get_usage())
        note(f"Try '{error.ctx.command_path} --help' for help.")
    if shown.hint:
        note(f"iot: hint: {printable(shown.hint)}")
    note(f"iot: error[{shown.name}]: {printable(shown.message)}")
    return shown.exit_code


def note_details(error: BaseException, options: Options) -> None:
    """Write what somebody needs who looks for the cause: of all errors with ``--debug``.

    Args:
        error: What ended the command.
        options: The global options.
    """
    if options.debug or isinstance(as_iot_error(error), _DefectError):
        note("".join(traceback.format_exception(error)).rstrip())
    if options.debug and (received := getattr(error, "received", b"")):
        note(f"iot: last bytes received: {received!r}")


def as_iot_error(error: BaseException) -> IotError:
    """Return the error as one that has a name, an exit code, a message and perhaps a hint."""
    match error:
        case IotError():
            return error
        case click.ClickException():
            return _UsageError(" ".join(error.format_message().split()), hint=_usage_hint(error))
        case OSError():
            path = str(error.filename or "")
            message = f"{path or 'this computer'}: {error.strerror or error}"
            return HostFileError(message, path=path)
        case TimeIsUpError():
            return _TimeoutError(f"the time is over: waiting for {error.waiting_for}")
        case KeyboardInterrupt() | click.Abort() | TerminatedError():
            return _InterruptedError(f"stopped by {_what_stopped(error)}")
        case _:
            pass
    return _DefectError(
        f"{type(error).__name__}: {error}",
        hint="this is a defect of iot: please report it, with all that stands above",
    )


def _what_stopped(error: BaseException) -> str:
    if isinstance(error, TerminatedError):
        return "SIGTERM"
    # click makes one error of Ctrl-C and of Ctrl-D at a question.
    return "the end of the input" if isinstance(error.__context__, EOFError) else "Ctrl-C"


def _usage_hint(error: click.ClickException) -> str | None:
    """Explain the one thing about options that people get wrong."""
    if not isinstance(error, click.NoSuchOption) or error.ctx is None:
        return None
    root = error.ctx.find_root()
    if error.ctx is root or all(
        error.option_name not in option.opts for option in root.command.params
    ):
        return None
    return f"it stands before the command: iot {error.option_name} ... {error.ctx.info_name} ..."
