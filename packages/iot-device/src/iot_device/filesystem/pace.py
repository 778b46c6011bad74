"""How fast bytes may be sent to a board: what is known of the link, and what is measured.

A board's input ring loses what does not fit, where nothing makes the host wait: behind a UART, and
in WebREPL. USB, ptys and sockets wait. Names do not tell the two apart (a ``ttyACM`` can be a UART
bridge, a pty can lead to anything). So the first frames go as if bytes could be lost, and a link
that carried them faster than a UART could is none. What came out is the first guess of the next
session; it is measured again where that costs nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from iot_device.protocol.transfer import Pace

if TYPE_CHECKING:
    from iot_device.filesystem.link_memory import LinkMemory

__all__ = ["MEASURED", "LinkPace"]

RING: Final = 248  # bytes; MicroPython's rings hold 255 or more, where bytes can be lost
MEASURED: Final = 2048  # bytes of the first stream on a link of which nothing is known
_LARGEST_BLOCK: Final = 16384  # bytes
SMALLEST_BLOCK: Final = 256  # bytes; below that a board has no memory for streams
_SHARE: Final = 10  # of free memory: frame, its copies without escapes, deflate's window
_SMALL_PIECE: Final = 16  # bytes; with 8 ms each way at 115200 baud more would leave the line idle
_LARGE_PIECE: Final = 256  # bytes
_FASTEST_UART: Final = 300_000  # bytes a second: 3 Mbaud, where no baud rate is known
_MARGIN: Final = 1.3  # the ring takes its first bytes at once, so a rate looks a little higher

_WAITS: Final = ("sim", "process")  # schemes of boards that run in a process: a pipe waits
_LOSES: Final = ("ws", "wss")  # modos.c: what does not fit into the ring is lost


class LinkPace:
    """What is known of the link to one board.

    Args:
        url: The URL of the transport.

    Attributes:
        works: Whether streams get through at all, as far as was tried.
        waits: Whether the link waits when the board does not read; ``None``: not known yet.
    """

    def __init__(self, url: str) -> None:
        scheme = url.partition(":")[0]
        self.works: bool = True
        self.waits: bool | None = True if scheme in _WAITS else False if scheme in _LOSES else None
        self._is_sure = self.waits is not None
        self._memory: LinkMemory | None = None
        self._fastest_uart = _uart_rate(url, scheme)
        self._largest_block = _LARGEST_BLOCK

    def recall(self, memory: LinkMemory) -> None:
        """Begin with what an earlier session found, if nothing else is known."""
        self._memory = memory
        self.works = not memory.reads_nothing()
        if not self._is_sure:
            self.waits = memory.recall()

    def pace(self, free: int) -> Pace:
        """Return how to send now.

        Args:
            free: Bytes of memory that are free on the board; 0 if unknown.
        """
        block = self._largest_block
        while block > SMALLEST_BLOCK and free and block * _SHARE > free:
            block //= 2
        if self.waits:
            return Pace(block, _LARGE_PIECE, None)
        return Pace(block, _SMALL_PIECE, RING)

    def shrink(self, block: int) -> bool:
        """Use smaller blocks than this one; return whether there are any."""
        self._largest_block = block // 2
        return self._largest_block >= SMALLEST_BLOCK

    def measured(self, size: int, seconds: float) -> None:
        """Learn from a stream that went as if bytes could be lost.

        Other work on this computer can only make a link look slower than it is.

        Args:
            size: Bytes that went over the link.
            seconds: What that took.
        """
        if not self._is_sure and not self.waits and size >= MEASURED // 2:
            self._decide(waits=size > seconds * self._fastest_uart * _MARGIN)
            if self._memory is not None:
                self._memory.remember(waits=self.waits)

    def lost_bytes(self) -> None:
        """Bytes were lost, more than once: the link does not wait."""
        self._decide(waits=False)
        if self._memory is not None:
            self._memory.remember(waits=None)

    def reads_nothing(self) -> None:
        """A program on the board reads nothing of its input: there are no streams."""
        self.works = False
        if self._memory is not None:
            self._memory.remember_reads_nothing()

    def _decide(self, *, waits: bool) -> None:
        self.waits, self._is_sure = waits, True


def _uart_rate(url: str, scheme: str) -> float:
    """Return the bytes per second that a UART at this URL could carry."""
    if scheme not in ("serial", "rfc2217"):
        return _FASTEST_UART
    baudrate = re.search(r"[?&]baudrate=(\d+)", url)
    return int(baudrate[1]) / 10 if baudrate else 11520
