"""A simulated board on a desk: it keeps its power while links come and go, on a clock that hurries.

Most time of a fault is waiting for a board that will never answer. Where the board is certainly
idle, ``HurriedClock`` goes on by what is left of the wait, so that 30 seconds cost 10 milliseconds;
as long as the board does anything, seconds are seconds.
"""

from __future__ import annotations

import fcntl
import struct
import sys
import termios
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from iot_device.errors import ConnectionLostError
from iot_device.filesystem import FileSystem
from iot_device.session import Session
from iot_device.simulator import FlashImage, PowerCut, SimulatedBoard, SimulatorOptions

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from iot_device.filesystem import Leftover
    from iot_device.simulator.vm import VirtualMachine
    from iot_device.simulator.wire import Wire
    from iot_device.transports.base import Transport

__all__ = ["DeskBoard", "DeskTransport", "HurriedClock", "connected"]

_SLICE: Final = 0.001  # seconds of a wait, between two looks at what the board does
_HOPS: Final = 5  # more than what virtual machine and reader exchange at the end of a run
_IMAGE: Final = 128  # KB
_BOOT: Final = 20.0  # seconds; a board that boots needs a tenth of one


class HurriedClock:
    """Gives the time in seconds, like ``time.monotonic``, and more than that has passed."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return time.monotonic() + self._skipped

    def skip(self, seconds: float) -> None:
        """Let time pass at once."""
        self._skipped += seconds


class DeskBoard:
    """A board with a flash image, from ``power_on`` to ``power_off``.

    Args:
        folder: Where the image is.
        kind: ``lfs2`` or ``fat``.
        heap: KB that programs have; ``None``: plenty.

    Attributes:
        leftovers: What connections found that interrupted writes left.
    """

    def __init__(self, folder: Path, kind: str, heap: int | None = None) -> None:
        self._options = SimulatorOptions(
            flash=folder / "flash",
            vm="micropython",
            heap=heap,
            image=FlashImage.parse(f"{kind}:{_IMAGE}"),
        )
        self.image: Path = self._options.image_path or folder
        self.clock: HurriedClock = HurriedClock()
        self.board: SimulatedBoard = SimulatedBoard(self._options)
        self.leftovers: list[Leftover] = []

    def power_on(self, power_cut: PowerCut | None = None) -> None:
        """Start it; it has booted then."""
        self.board = SimulatedBoard(replace(self._options, power_cut=power_cut))
        self.board.power_on()
        self.board.wait_for_boot(_BOOT)

    @property
    def lost_power(self) -> bool:
        """Whether the power cut has happened that was ordered."""
        mainboard = self.board._mainboard
        image = None if mainboard is None else mainboard._settings.image
        return image is None or image.power_cut is None

    def power_off(self) -> None:
        """End it at once."""
        self.board.power_off()

    def transport(self) -> DeskTransport:
        """Return a new link to it."""
        return DeskTransport(self)

    def is_idle(self) -> bool:
        """Tell whether nothing will happen until somebody writes to the board."""
        board = self.board
        # With the lock in our hands, nothing passes the board's thread.
        with board._changed:
            mainboard, thread = board._mainboard, board._thread
            if mainboard is None or thread is None or board._has_work(mainboard):
                return False
            vm, wire = mainboard.vm, board._wire
            return (
                vm is not None
                and mainboard.wakes_at is None
                and mainboard.has_booted
                and _function_of(thread) == "wait"
                and all(_waits_for_input(vm) for _ in range(_HOPS))
                and (wire is None or wire._to_client.empty())
            )


def _waits_for_input(vm: VirtualMachine) -> bool:
    """Tell whether the virtual machine waits for input, and the reader of its output for that."""
    process = vm._process
    with vm._changed:
        if vm._outgoing:
            return False
    return (
        not _bytes_in(process.stdin)
        and _waits_for_pipe(Path(f"/proc/{process.pid}"))
        and not _bytes_in(process.stdout)
        and all(_waits_for_pipe(_task(thread)) for thread in vm._threads if "read" in thread.name)
    )


def _function_of(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    return "" if frame is None else frame.f_code.co_name


def _bytes_in(pipe: IO[bytes] | None) -> int:
    try:
        answer = fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))  # type: ignore[arg-type]  # a pipe
    except (OSError, ValueError):
        return 1  # it is being closed
    return int(struct.unpack("i", answer)[0])


def _task(thread: threading.Thread) -> Path:
    return Path(f"/proc/self/task/{thread.native_id}")


def _waits_for_pipe(task: Path) -> bool:
    try:
        return "pipe_read" in (task / "wchan").read_text()
    except OSError:
        return False


class DeskTransport:
    """A link to a board on a desk; closing it leaves the board its power.

    Args:
        desk: The board.

    Attributes:
        record: What went over it: ``>`` to the board, ``<`` to the host.
    """

    def __init__(self, desk: DeskBoard) -> None:
        self._desk = desk
        self._wire: Wire | None = None
        self.url: str = "sim://"
        self.record: list[tuple[str, bytes]] = []

    def open(self) -> None:
        """Connect."""
        if self._wire is None:
            self._wire = self._desk.board.attach()

    def read(self, timeout: float | None) -> bytes:
        """Return what the board sent; see ``Transport.read``."""
        end = None if timeout is None else self._desk.clock() + timeout
        while True:
            left = _SLICE if end is None else end - self._desk.clock()
            data = self._open_wire().read(max(0.0, min(left, _SLICE)))
            if data or left <= 0:
                if data:
                    self.record.append(("<", data))
                return data
            if end is not None and self._desk.is_idle():
                self._desk.clock.skip(max(0.0, end - self._desk.clock()))

    def write(self, data: bytes, timeout: float | None) -> int:
        """Send bytes to the board; see ``Transport.write``."""
        size = self._open_wire().write(data, timeout)
        self.record.append((">", data[:size]))
        return size

    def wake(self) -> None:
        """Make a ``read`` that waits return soon."""
        if self._wire is not None:
            self._wire.wake()

    def close(self) -> None:
        """Disconnect."""
        wire, self._wire = self._wire, None
        if wire is not None:
            self._desk.board.detach(wire)

    def _open_wire(self) -> Wire:
        if self._wire is None:
            raise ConnectionLostError("the link is closed", port=self.url)
        return self._wire


@contextmanager
def connected(desk: DeskBoard, transport: Transport) -> Iterator[tuple[Session, FileSystem]]:
    """Open a session, as a command does, on the board's clock; see to what others left."""
    session = Session(transport, clock=desk.clock)
    files = FileSystem(session)
    files.on_leftover = desk.leftovers.append
    session.meeting.on_met = files.settle_leftovers
    session.open()
    try:
        yield session, files
    finally:
        session.close()
