"""Serial ports: USB boards and UART adapters.

DTR and RTS. USB-CDC boards send nothing unless DTR is set; on ESP boards with the usual two
transistors, and in their native USB, DTR without RTS asks for the bootloader and RTS without
DTR is a reset (MicroPython pull request #18001). So both lines are up while a port is open,
RTS never stays up alone, and on closing RTS goes down before DTR, as mpremote does since 1.27.
An operating system raises both at the moment of opening, before any program has a say.
Where the user gave a level, both are left as they are on closing.

A line that shall be kept is not touched here at all. What Linux does then: it raises both when a
port is opened, and lowers both in one step at the last close, unless ``stty -hupcl`` says
otherwise (``tty_port_raise_dtr_rts`` and ``tty_port_shutdown`` in drivers/tty/tty_port.c). Windows
knows no such thing: there ``"keep"`` means up.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Literal, TypeAlias

from iot_device.transports.base import MAX_READ
from iot_device.transports.pipe_transport import PipeTransport
from iot_device.transports.port_errors import busy_error, find_holder, open_error
from iot_device.transports.select_pipe import Pipe, SelectPipe
from iot_device.transports.threaded_pipe import ThreadedPipe
from iot_device.transports.url import TransportUrl

if TYPE_CHECKING:
    import serial

__all__ = ["LineLevel", "SerialTransport", "lower_lines", "open_with_lines"]

LineLevel: TypeAlias = bool | Literal["keep"] | None


class SerialTransport(PipeTransport):
    """A serial port.

    Args:
        port: Name of the port: ``/dev/ttyACM0``, ``COM3``.
        baudrate: Bits per second; boards on USB ignore it.
        dtr: Level of DTR from opening on; ``None`` for up, and down again on closing;
            ``"keep"``: see the module.
        rts: Level of RTS from opening on; ``None`` for up, and down again on closing;
            ``"keep"``: see the module.
        exclusive: Whether to refuse a port that another program holds, and to keep others out
            (by flock and TIOCEXCL on POSIX; Windows always does).
    """

    def __init__(
        self,
        port: str,
        *,
        baudrate: int = 115200,
        dtr: LineLevel = None,
        rts: LineLevel = None,
        exclusive: bool = True,
    ) -> None:
        options = {"baudrate": baudrate, "dtr": dtr, "rts": rts}
        given = {name: value for name, value in options.items() if value not in (None, 115200)}
        super().__init__(str(TransportUrl("serial", path=port, options=given)))
        self._port = port
        self._baudrate = baudrate
        self._dtr = dtr
        self._rts = rts
        self._exclusive = exclusive

    def _connect(self) -> Pipe:
        import serial  # noqa: PLC0415  (loaded only when a port is opened)

        port = serial.Serial(baudrate=self._baudrate, exclusive=self._exclusive or None)
        port.port = self._port
        return self._connect_windows(port) if os.name == "nt" else self._connect_posix(port)

    def _connect_posix(self, port: serial.Serial) -> Pipe:
        from iot_device.transports import posix_tty  # noqa: PLC0415  (POSIX only)

        try:
            open_with_lines(port, self._dtr, self._rts)
            descriptor = port.fileno()
            taken = self._exclusive and posix_tty.take_exclusive(descriptor)
            posix_tty.prepare_port(descriptor, keep_lines=self._levels_are_given())
        except (OSError, ValueError, posix_tty.SETTINGS_ERROR) as error:
            port.close()
            raise open_error(self._port, error) from error
        if taken and self._is_held_elsewhere():
            port.close()
            raise busy_error(self._port)

        def release() -> None:
            if self._exclusive:
                posix_tty.leave_exclusive(descriptor)
            self._release(port)

        return SelectPipe.over_descriptors(descriptor, descriptor, release=release)

    def _connect_windows(self, port: serial.Serial) -> Pipe:
        # Windows sets both lines in the one call that configures the port.
        port.dtr = self._dtr is not False
        port.rts = self._rts is not False
        try:
            port.open()
        except (OSError, ValueError) as error:
            raise open_error(self._port, error) from error
        return ThreadedPipe(
            receive=lambda: _receive(port),
            send=port.write,
            interrupt=lambda: _cancel(port),
            release=lambda: self._release(port),
        )

    def _release(self, port: serial.Serial) -> None:
        self._lower(port)
        port.close()

    def _lower(self, port: serial.Serial) -> None:
        if self._dtr is None and self._rts is None:
            lower_lines(port)

    def _levels_are_given(self) -> bool:
        return isinstance(self._dtr, bool) or isinstance(self._rts, bool)

    def _is_held_elsewhere(self) -> bool:
        holder = find_holder(self._port)
        return holder is not None and holder[0] != os.getpid()


def open_with_lines(port: serial.Serial, dtr: LineLevel, rts: LineLevel) -> None:
    """Open a port of pyserial with the lines as wanted from the first moment.

    pyserial sets DTR, then RTS. That is the right order for raising; for lowering RTS has to
    be first, or an ESP board is reset. pyserial leaves DTR to us if it believes that the
    hardware drives it (``dsrdtr``, which has no other effect on POSIX and over RFC 2217).
    """
    _keep_lines(port, dtr=dtr == "keep", rts=rts == "keep")
    port.dtr = dtr is not False
    port.rts = rts is not False
    port.dsrdtr = rts is False
    port.open()
    if port.dsrdtr:
        with contextlib.suppress(OSError):  # a pseudo-terminal has no lines
            port.dtr = port.dtr


def _keep_lines(port: serial.Serial, **kept: bool) -> None:
    """Take from pyserial the one method with which it sets a line, also while it opens."""
    for name in (name for name, is_kept in kept.items() if is_kept):
        setattr(port, f"_update_{name}_state", lambda: None)


def lower_lines(port: serial.Serial) -> None:
    """Let RTS go down, then DTR; a vanished port and a pseudo-terminal have no lines."""
    with contextlib.suppress(OSError):
        port.rts = False
        port.dtr = False


def _cancel(port: serial.Serial) -> None:
    with contextlib.suppress(OSError):
        port.cancel_read()
        port.cancel_write()


def _receive(port: serial.Serial) -> bytes:
    """Wait for a byte of a port of pyserial, and return it with all that are there."""
    first = port.read(1)
    return first + port.read(min(port.in_waiting, MAX_READ - 1)) if first else b""
