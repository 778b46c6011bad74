"""``sim://``: a simulated board in this process, started by ``open`` and ended by ``close``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iot_device.errors import ConnectionLostError
from iot_device.simulator.board import SimulatedBoard
from iot_device.simulator.options import SimulatorOptions, parse_simulator_url

if TYPE_CHECKING:
    from iot_device.simulator.wire import Wire

__all__ = ["SimulatorTransport"]

# A board on a desk has booted long before somebody opens its port. Without this pause a short
# main.py would be stopped by whoever opens this one.
BOOT_PATIENCE: Final = 1.0  # seconds


class SimulatorTransport:
    """The wire to a simulated board of its own. RAM is lost at the end, the flash folder stays.

    Args:
        options: What the board is made of; the default board if left out.
        url: As the user wrote it, for messages.
    """

    def __init__(self, options: SimulatorOptions | None = None, *, url: str | None = None) -> None:
        self._options = options or SimulatorOptions()
        self._url = url or self._options.url
        self._board: SimulatedBoard | None = None
        self._wire: Wire | None = None

    @classmethod
    def from_url(cls, url: str) -> SimulatorTransport:
        """Make one from ``sim://`` or ``sim:///FOLDER?vm=...&heap=KB&uid=HEX``.

        Raises:
            InvalidTargetError: The URL makes no sense.
        """
        return cls(parse_simulator_url(url), url=url)

    @property
    def url(self) -> str:
        """The URL as the user would write it."""
        return self._url

    def open(self) -> None:
        """Start the board and connect to it; if that was done, do nothing.

        Raises:
            PortBusyError: Another simulated board uses the flash folder.
            ConnectError: The board cannot be started.
        """
        if self._board is not None:
            return
        board = SimulatedBoard(self._options)
        wire = board.attach()
        board.power_on()
        board.wait_for_boot(BOOT_PATIENCE)
        self._board, self._wire = board, wire

    def read(self, timeout: float | None) -> bytes:
        """Return what the board sent; see ``Transport.read``."""
        return self._open_wire().read(timeout)

    def write(self, data: bytes, timeout: float | None) -> int:
        """Send bytes to the board; see ``Transport.write``."""
        return self._open_wire().write(data, timeout)

    def wake(self) -> None:
        """Make a ``read`` that waits return soon."""
        wire = self._wire
        if wire is not None:
            wire.wake()

    def close(self) -> None:
        """Switch the board off; a second call does nothing."""
        board, self._board, self._wire = self._board, None, None
        if board is not None:
            board.power_off()

    def __repr__(self) -> str:
        state = "closed" if self._board is None else "open"
        return f"<{type(self).__name__} {self._url} {state}>"

    def _open_wire(self) -> Wire:
        if self._wire is None:
            raise ConnectionLostError("the simulated board is off", port=self._url)
        return self._wire
