"""From the end of a run, as the protocol saw it, to what the caller gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from iot_device.errors import ExecutionError, ExecutionInterrupted, UnknownEndError
from iot_device.results import ExecutionResult
from iot_device.source import parse_trailer

if TYPE_CHECKING:
    from iot_device.protocol.events import Finished
    from iot_device.session.output import Collector
    from iot_device.source import RewrittenSource

__all__ = ["arrived_damaged", "raise_for", "result_of"]

# Exceptions are known by the names that boards write, which tell nothing of their bases.
_NEVER_COMPILED: Final = ("SyntaxError", "IndentationError")


def result_of(
    collector: Collector, finished: Finished, program: RewrittenSource | None
) -> ExecutionResult:
    """Return what a run left.

    Args:
        collector: Its output.
        finished: How the protocol saw it end.
        program: The rewritten program of a user, which tells more in its trailer; ``None`` for
            programs of our own.
    """
    traceback = finished.traceback.decode(errors="backslashreplace").replace("\r\n", "\n")
    trailer = parse_trailer(finished.trailer if program is not None else b"")
    return ExecutionResult(
        output=collector.output,
        traceback=program.map_traceback(traceback) if program is not None else traceback,
        status=_status(finished, exited=trailer.exited),
        exit_code=trailer.exit_code,
        value=trailer.value,
        truncated=collector.truncated,
        restarted=finished.restarted,
    )


def _status(finished: Finished, *, exited: bool) -> Literal["ok", "error", "exit", "unknown"]:
    if finished.traceback:
        return "error"
    if not finished.proved:
        return "unknown"
    return "exit" if exited else "ok"


def arrived_damaged(result: ExecutionResult) -> bool:
    """Tell whether a program of our own was another one when it arrived, and did not run."""
    return result.exception in _NEVER_COMPILED


def raise_for(result: ExecutionResult, *, hint: str | None = None) -> None:
    """Raise if the program raised, or if it is not known how it ended.

    Args:
        result: What the run left.
        hint: What the person can do next if it raised.

    Raises:
        ExecutionError: It raised.
        ExecutionInterrupted: It was interrupted.
        UnknownEndError: Nobody knows.
    """
    if result.status == "error":
        interrupted = result.exception == "KeyboardInterrupt"
        raise (ExecutionInterrupted if interrupted else ExecutionError)(result, hint=hint)
    if result.status == "unknown":
        raise UnknownEndError(result)
