"""Talks raw bytes to a simulated board."""

from __future__ import annotations

import time

from iot_device.simulator import SimulatorTransport

__all__ = ["RAW_READY", "Client"]

RAW_READY = b"raw REPL; CTRL-B to exit\r\n>"
_LONG = 20.0  # seconds; a correct board never needs them


class Client:
    """The host's end, in bytes."""

    def __init__(self, board: str | SimulatorTransport) -> None:
        """Open the board that a URL names, or a transport."""
        if isinstance(board, str):
            board = SimulatorTransport.from_url(board)
        self.transport = board
        self.transport.open()
        self._received = b""

    def close(self) -> None:
        self.transport.close()

    def write(self, data: bytes) -> None:
        while data:
            data = data[self.transport.write(data, _LONG) :]

    def until(self, end: bytes) -> bytes:
        """Return what comes, up to and with ``end``."""
        deadline = time.monotonic() + _LONG
        while end not in self._received:
            left = deadline - time.monotonic()
            assert left > 0, f"{end!r} does not come, but {self._received[-500:]!r}"
            self._received += self.transport.read(left)
        found, _, self._received = self._received.partition(end)
        return found + end

    def count(self, size: int) -> None:
        """Take ``size`` bytes, whatever they are."""
        size -= len(self._received)
        self._received = b""
        while size > 0:
            data = self.transport.read(_LONG)
            assert data, f"{size} bytes do not come"
            size -= len(data)

    def is_silent(self, seconds: float) -> bool:
        """Tell whether nothing but the end of a line comes in this time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._received += self.transport.read(left)
        return not self._received.strip()

    def enter_raw(self) -> None:
        self.until(b">>> ")
        self.write(b"\x01")
        self.until(RAW_READY)

    def begin(self, source: str) -> None:
        """Start a program; it begins with a line that says so."""
        self.write(b"print('begun')\n" + source.encode() + b"\x04")
        self.until(b"begun")
        self.until(b"\n")

    def end(self) -> tuple[str, str]:
        """Return output and traceback of the program that ends, with plain line ends."""
        output = self.until(b"\x04")[:-1]
        traceback = self.until(b"\x04")[:-1]
        self.until(b">")
        return _text(output), _text(traceback)

    def run(self, source: str) -> tuple[str, str]:
        self.begin(source)
        return self.end()

    def output(self, source: str) -> str:
        """Run a program that must not raise."""
        output, traceback = self.run(source)
        assert traceback == ""
        return output


def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape").replace("\r\n", "\n")
