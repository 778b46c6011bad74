"""A simulated board that is reset by opening its port, behind an RFC 2217 server.

As on boards whose DTR reaches the reset pin through a capacitor: when the line goes up, the board
is reset. The lines keep their levels from client to client, as those of a port do.
"""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from serial.rfc2217 import PortManager

from iot_device.errors import ConnectionLostError
from iot_device.simulator.board import SimulatedBoard
from iot_device.simulator.options import SimulatorOptions
from transports.peers import RecordedPort

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iot_device.simulator.wire import Wire

BOOT_TIME = 20.0  # seconds; it takes a twentieth of one


class _Port(RecordedPort):
    """The port of the server: its lines reach the board.

    Attributes:
        dtr_is_up: The level of the line.
    """

    def __init__(self, on_rise: threading.Event) -> None:
        self.dtr_is_up = False
        self._on_rise = on_rise
        super().__init__()
        self.dtr_is_up = False
        on_rise.clear()

    def _update_dtr_state(self) -> None:
        super()._update_dtr_state()
        if self.dtr and not self.dtr_is_up:
            self._on_rise.set()
        self.dtr_is_up = self.dtr


class ResettingBoard:
    """Serves the board.

    Args:
        flash: The folder that is the board's flash.
        always: Whether each new client resets it, whatever the lines are.

    Attributes:
        resets: How often opening reset it.
    """

    def __init__(self, flash: Path, *, always: bool, uid: str) -> None:
        options = SimulatorOptions(flash=flash, vm="cpython", uid=bytes.fromhex(uid))
        self.resets = 0
        self._always = always
        self._board = SimulatedBoard(options)
        self._rose = threading.Event()
        self._port = _Port(self._rose)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._client, self._far = socket.socketpair()  # until there is one
        self._thread = threading.Thread(target=self._serve)

    def start(self) -> None:
        """Switch it on and serve."""
        self._board.power_on()
        self._board.wait_for_boot(BOOT_TIME)
        self._thread.start()

    def stop(self) -> None:
        """End the service and the board."""
        for end in (self._listener, self._client, self._far):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._thread.join()
        self._board.power_off()
        self._port.close()

    def write(self, data: bytes) -> None:
        """PortManager asks for this method to send its answers."""
        with self._lock:
            self._client.sendall(data)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._client.close()
                self._client = client
                self._rose.clear()
                if self._always:
                    self._rose.set()
                self._serve_client(PortManager(self._port, self))  # type: ignore[arg-type]  # typeshed is too narrow

    def _serve_client(self, manager: PortManager) -> None:
        wire = self._board.attach()
        sender = threading.Thread(target=self._send, args=(wire, manager))
        sender.start()
        with suppress(OSError, ConnectionLostError):
            while data := self._client.recv(4096):
                typed = b"".join(manager.filter(data))
                self._reset_if_due()
                while typed:
                    typed = typed[wire.write(typed, None) :]
        self._board.detach(wire)
        sender.join()
        self._client.close()

    def _reset_if_due(self) -> None:
        if self._rose.is_set():
            self._rose.clear()
            self.resets += 1
            self._board.hard_reset()

    def _send(self, wire: Wire, manager: PortManager) -> None:
        with suppress(OSError, ConnectionLostError):
            while True:
                self.write(b"".join(manager.escape(wire.read(None))))


@contextmanager
def resetting_board(
    flash: Path, *, always: bool = False, uid: str = "00c0ffee"
) -> Iterator[ResettingBoard]:
    """Serve a board that opening resets; by a rise of DTR, or ``always``."""
    board = ResettingBoard(flash, always=always, uid=uid)
    board.start()
    try:
        yield board
    finally:
        board.stop()
