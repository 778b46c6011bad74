"""Asking the boards on many ports who they are, all at once and under one deadline."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from iot_device.connecting import transport_of
from iot_device.device import Device
from iot_device.errors import BoardTimeoutError, IotError
from iot_device.registry import Registry
from iot_device.session.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from iot_device.board_info import BoardInfo
    from iot_device.discovery import BoardCandidate
    from iot_device.transports import Transport

__all__ = ["ProbeResult", "probe_boards"]

TIMEOUT: Final = 10.0  # seconds
GRACE: Final = 1.5  # seconds for the others when it is enough; who answers at all needs less
MOST_AT_ONCE: Final = 64  # threads


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a board answered.

    Attributes:
        candidate: The port that was opened.
        info: What the board is; ``None`` if it did not tell.
        error: Why not; ``None`` if it told.
        stopped_program: Whether a program ran on the board and was stopped.
        restarted_program: Whether it was started again.
    """

    candidate: BoardCandidate
    info: BoardInfo | None = None
    error: IotError | None = None
    stopped_program: bool = False
    restarted_program: bool = False


def probe_boards(
    candidates: Iterable[BoardCandidate],
    *,
    timeout: float = TIMEOUT,
    resume: bool = False,
    is_enough: Callable[[ProbeResult], bool] | None = None,
) -> list[ProbeResult]:
    """Open the ports and ask each board who it is; that stops the program that runs there.

    What they answer is remembered in the registry.

    Ports of devices that our table does not know are not opened: a modem or a printer must not
    get our Ctrl-C. Nor are those that carry data of programs only.

    Args:
        candidates: What is attached.
        timeout: Seconds for all boards together.
        resume: Start a program that was stopped again, by a soft reset.
        is_enough: Called with each result as it comes; returns whether the others matter no more.
            They get a moment all the same: who is about to answer shall not be left in the midst.

    Returns:
        A result for each port that was opened, in the order of the candidates.
    """
    boards = [candidate for candidate in candidates if candidate.known and candidate.has_repl]
    if not boards:
        return []
    limit = _Limit(timeout)
    ask = partial(_probe, limit=limit, resume=resume)
    with ThreadPoolExecutor(min(len(boards), MOST_AT_ONCE), "iot-probe") as pool:
        try:
            asked = [pool.submit(ask, board) for board in boards]
            for answer in as_completed(asked):
                if is_enough is not None and is_enough(answer.result()):
                    limit.end_within(GRACE)
            return [answer.result() for answer in asked]
        finally:
            limit.is_given_up = True  # after Ctrl-C the threads end soon


class _Limit:
    """When to give up: at the deadline, or when nobody waits for the answers any more."""

    def __init__(self, timeout: float) -> None:
        self.deadline = Deadline(timeout)
        self.is_given_up = False
        self._wakes: list[Callable[[], None]] = []

    def wakes(self, wake: Callable[[], None]) -> None:
        """Take what makes a pipe look at the limit again."""
        self._wakes.append(wake)

    def end_within(self, seconds: float) -> None:
        """Give up earlier, also where somebody waits already."""
        self.deadline = self.deadline.within(seconds)
        for wake in list(self._wakes):
            wake()

    @property
    def is_reached(self) -> bool:
        return self.is_given_up or self.deadline.expired


def _probe(candidate: BoardCandidate, limit: _Limit, *, resume: bool) -> ProbeResult:
    device = Device(_BoundedTransport(transport_of(candidate.url, wait=0.0), limit))
    info: BoardInfo | None = None
    error: IotError | None = None
    restarted = False
    try:
        device.open()
        info = device.info
        if resume and device.stopped_program:
            device.soft_reset(run_main=True)
            restarted = True
    except IotError as caught:
        error = caught
    finally:
        device.close()
    if info is not None and info.uid is not None:
        Registry().saw(info.uid, candidate.url, candidate)
    return ProbeResult(candidate, info, error, device.stopped_program, restarted)


class _BoundedTransport:
    """A transport that can be used up to a limit.

    Args:
        transport: The pipe to the board.
        limit: Afterwards reading and writing raise ``BoardTimeoutError``.
    """

    def __init__(self, transport: Transport, limit: _Limit) -> None:
        self._transport = transport
        self._limit = limit
        limit.wakes(transport.wake)
        self.open = transport.open
        self.wake = transport.wake
        self.close = transport.close

    @property
    def url(self) -> str:
        return self._transport.url

    def read(self, timeout: float | None) -> bytes:
        self._check()
        return self._transport.read(self._limit.deadline.within(timeout).remaining)

    def write(self, data: bytes, timeout: float | None) -> int:
        self._check()
        return self._transport.write(data, self._limit.deadline.within(timeout).remaining)

    def _check(self) -> None:
        if self._limit.is_reached:
            raise BoardTimeoutError(
                f"no answer in time from {self.url}",
                waiting_for="what the board is",
                hint="it may not run MicroPython; 'iot monitor' shows what it sends",
            )
