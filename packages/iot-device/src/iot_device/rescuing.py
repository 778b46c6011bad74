"""Getting at a board whose program cannot be stopped: in the moment after its start.

Rescue begins first; then the board is plugged in or reset. From the first moment that its port is
there it gets Ctrl-C, each half a second: more often is dangerous while some boards boot (see
``session.link.INTERRUPT_INTERVAL``). One of them ends ``boot.py``, or ``main.py`` before that
catches KeyboardInterrupt or switches Ctrl-C off, and the Ctrl-A behind it gets the REPL.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar

from iot_device.connecting import transport_of
from iot_device.device import Device
from iot_device.errors import (
    AmbiguousTargetError,
    AuthenticationError,
    BoardTimeoutError,
    ConnectError,
    ConnectionLostError,
    ExecutionError,
    IotError,
    PortBusyError,
    ProtocolError,
    UnsupportedError,
)
from iot_device.session.deadline import Deadline
from iot_device.targets import resolve_target
from iot_device.transports.url import parse_url, transport_for

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RescueState", "rescue"]

T = TypeVar("T")
RescueState: TypeAlias = Literal["no port", "no prompt"]

TIMEOUT: Final = 60.0  # seconds
INTERVAL: Final = 0.1  # seconds between two looks for the port
RESET_PULSE: Final = 0.1  # seconds; ESP chips need microseconds, their capacitors milliseconds

# Waiting changes nothing about these.
_FINAL = (PortBusyError, AmbiguousTargetError, AuthenticationError)
# While a board boots its port comes and goes, may not be ours yet, and sends anything.
_PASSING = (ConnectError, ConnectionLostError, ProtocolError, BoardTimeoutError, ExecutionError)

_ADVICE = (
    "reset it some more times while rescue runs; if that never helps, its program switches Ctrl-C "
    "off too early: then only flashing helps, with the file system erased"
)


def rescue(
    target: str | None = None,
    *,
    reset: bool = False,
    timeout: float = TIMEOUT,
    on_state: Callable[[RescueState], object] | None = None,
) -> Device:
    """Wait for a board and stop its program as soon as it starts.

    Args:
        target: As for ``open_device``; the port need not be there yet.
        reset: First reset the board by DTR and RTS, as they are wired on most ESP boards.
        timeout: Seconds until it must be at its prompt.
        on_state: Told what is missing, each time that it changes: the port, or the prompt.

    Returns:
        The device, open, with its board at the prompt. Close it.

    Raises:
        BoardTimeoutError: It could not be stopped in time.
        UnsupportedError: It is to be reset, and has no DTR and RTS.
        IotError: The port did not come, or cannot be opened.
    """
    attempt = _Attempt(target, Deadline(timeout), on_state or _ignore)
    if reset:
        attempt.until_done(lambda: pulse_reset(resolve_target(target)))
    return attempt.until_done(attempt.stop_program)


def pulse_reset(target: str) -> None:
    """Reset a board by RTS while DTR is down, then let both go.

    Raises:
        UnsupportedError: The target has no such lines.
        ConnectError: It cannot be opened.
    """
    url = parse_url(target)
    if url.scheme not in ("serial", "rfc2217"):
        raise UnsupportedError(
            f"{url} has no DTR and RTS",
            feature="DTR and RTS",
            hint="leave out --reset, and reset the board by its button or plug it in again",
        )
    transport = transport_for(replace(url, options={**url.options, "dtr": False, "rts": True}))
    transport.open()
    try:
        threading.Event().wait(RESET_PULSE)
    finally:
        transport.close()


class _Attempt:
    """Tries until something is done or the time is over.

    Args:
        target: The board.
        deadline: When to give up.
        on_state: Told what is missing.
    """

    def __init__(
        self,
        target: str | None,
        deadline: Deadline,
        on_state: Callable[[RescueState], object],
    ) -> None:
        self._target = target
        self._deadline = deadline
        self._on_state = on_state
        self._state: RescueState | None = None

    def until_done(self, work: Callable[[], T]) -> T:
        """Return what ``work`` does; try again while that may help."""
        pause = threading.Event()
        while True:
            try:
                return work()
            except _FINAL:
                raise
            except _PASSING as error:
                if self._deadline.expired:
                    raise self._failed(error) from error
                if isinstance(error, ConnectError):
                    self._tell("no port")
            pause.wait(self._deadline.within(INTERVAL).remaining)

    def stop_program(self) -> Device:
        """Open the board and get its prompt."""
        device = Device(transport_of(resolve_target(self._target), wait=0.0))
        try:
            device.open()
            self._tell("no prompt")
            device.execute("", timeout=self._deadline.remaining)
        except BaseException:
            device.close()
            raise
        return device

    def _tell(self, state: RescueState) -> None:
        if state != self._state:
            self._state = state
            self._on_state(state)

    def _failed(self, error: IotError) -> IotError:
        if not isinstance(error, BoardTimeoutError):
            return error
        return BoardTimeoutError(
            f"the board could not be stopped: {error.message}",
            waiting_for=error.waiting_for,
            received=error.received,
            hint=_ADVICE,
        )


def _ignore(_state: RescueState) -> None:
    pass
