"""Serial ports of another machine: ``rfc2217://HOST:PORT``, by pyserial's client.

pyserial's client blocks in ``write`` without limit ("write timeout is currently not
supported", rfc2217.py), so reads and writes run in threads of their own and the caller's
timeouts hold for the queues between. The server's answers to settings have 3 s.
"""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING

from iot_device.transports.base import MAX_READ
from iot_device.transports.pipe_transport import PipeTransport
from iot_device.transports.serial import LineLevel, lower_lines, open_with_lines
from iot_device.transports.socket import connect_error
from iot_device.transports.threaded_pipe import ThreadedPipe
from iot_device.transports.url import TransportUrl

if TYPE_CHECKING:
    import queue

    import serial

    from iot_device.transports.select_pipe import Pipe

__all__ = ["Rfc2217Transport"]


class Rfc2217Transport(PipeTransport):
    """A serial port behind an RFC 2217 server.

    Args:
        host: Name or address.
        port: TCP port.
        baudrate: Bits per second of the port there.
        dtr: Level of DTR from opening on; ``None`` for up, and down again on closing;
            ``"keep"``: see ``transports.serial``.
        rts: Level of RTS from opening on; ``None`` for up, and down again on closing;
            ``"keep"``: see ``transports.serial``.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        baudrate: int = 115200,
        dtr: LineLevel = None,
        rts: LineLevel = None,
    ) -> None:
        address = TransportUrl("rfc2217", host=host, port=port)
        options = {"baudrate": baudrate, "dtr": dtr, "rts": rts}
        given = {name: value for name, value in options.items() if value not in (None, 115200)}
        super().__init__(str(TransportUrl("rfc2217", host=host, port=port, options=given)))
        self._address = str(address)
        self._baudrate = baudrate
        self._dtr = dtr
        self._rts = rts

    def _connect(self) -> Pipe:
        import serial  # noqa: PLC0415  (loaded only when a port is opened)

        port = serial.serial_for_url(self._address, do_not_open=True, baudrate=self._baudrate)
        try:
            with warnings.catch_warnings():  # pyserial 3.5 calls Thread.setDaemon
                warnings.simplefilter("ignore", DeprecationWarning)
                open_with_lines(port, self._dtr, self._rts)
        except (OSError, ValueError) as error:
            cause = error.__context__  # pyserial keeps the error of the socket there
            raise connect_error(self.url, cause if isinstance(cause, OSError) else error) from error
        received = _received(port)
        return ThreadedPipe(
            receive=lambda: _receive(received),
            send=port.write,
            interrupt=lambda: received.put(b""),
            release=lambda: self._release(port),
        )

    def _release(self, port: serial.Serial) -> None:
        if self._end is None and self._dtr is None and self._rts is None:
            lower_lines(port)
        with contextlib.suppress(OSError):
            port.close()


def _received(port: serial.Serial) -> queue.SimpleQueue[bytes | None]:
    """Give the queue between pyserial's thread and us: single bytes, ``None`` at the end.

    The client's own ``read`` loses what came before the end, since it refuses to work once its
    thread has ended; and it can miss the end itself by a hair and wait for ever.
    """
    received: queue.SimpleQueue[bytes | None] = port._read_buffer  # type: ignore[attr-defined]  # noqa: SLF001
    return received


def _receive(received: queue.SimpleQueue[bytes | None]) -> bytes:
    data = [received.get()]
    while data[-1] is not None and len(data) < MAX_READ and not received.empty():
        data.append(received.get())
    if data == [None]:
        raise EOFError("the server closed it")
    if data[-1] is None:
        received.put(None)
    return b"".join(filter(None, data))
