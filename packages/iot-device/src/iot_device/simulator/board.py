"""A simulated board: the thread that drives it, and the client's wire."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from iot_device.errors import ConnectError, PortBusyError
from iot_device.simulator.folder_lock import FolderLock
from iot_device.simulator.mainboard import Mainboard
from iot_device.simulator.vm import VmImage, VmSettings
from iot_device.simulator.wire import Wire

if TYPE_CHECKING:
    from pathlib import Path

    from iot_device.simulator.messages import VmMessage
    from iot_device.simulator.options import SimulatorOptions
    from iot_device.simulator.vm import VirtualMachine

__all__ = ["SimulatedBoard"]

_MAX_MESSAGES = 8  # of the virtual machine, of 64 KB at most; then it waits
_START_TIMEOUT = 30.0  # seconds; it takes a twentieth of one


class SimulatedBoard:
    """A board without hardware. Its state lasts from ``power_on`` to ``power_off``.

    Args:
        options: What it is made of.
    """

    def __init__(self, options: SimulatorOptions) -> None:
        self._options = options
        self._lock = FolderLock(options.flash, options.url)
        self._changed = threading.Condition()
        self._messages: deque[VmMessage] = deque()
        self._wire: Wire | None = None
        self._mainboard: Mainboard | None = None
        self._thread: threading.Thread | None = None
        self._is_on = False
        self._wants_reset = False

    # For users; any thread.

    def power_on(self) -> None:
        """Start it: ``boot.py``, ``main.py``, then the friendly REPL. Return when it boots.

        Raises:
            PortBusyError: Another board uses the flash folder.
            ConnectError: The virtual machine does not start.
        """
        mainboard = Mainboard(self._make_settings(), self._deliver, self._forget_messages)
        self._lock.acquire()
        self._mainboard = mainboard
        self._is_on = True
        self._thread = threading.Thread(
            target=self._loop, args=(mainboard,), daemon=True, name="simulated-board"
        )
        self._thread.start()
        with self._changed:
            self._changed.wait_for(
                lambda: mainboard.has_started or mainboard.failure is not None, _START_TIMEOUT
            )
        if not mainboard.has_started:
            self.power_off()
            raise self._no_start(mainboard.failure or "it gives no sign of life")

    def wait_for_boot(self, timeout: float) -> None:
        """Wait until ``main.py`` has ended, ``timeout`` seconds at most: it may run for ever."""
        mainboard = self._mainboard
        with self._changed:
            self._changed.wait_for(lambda: mainboard is None or mainboard.has_booted, timeout)

    def power_off(self) -> None:
        """End it at once, like a power cut; a second call does nothing."""
        with self._changed:
            self._is_on = False
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._lock.release()

    def hard_reset(self) -> None:
        """Press the reset button; it also ends deep sleep and the bootloader."""
        with self._changed:
            self._wants_reset = True
            self._changed.notify_all()

    def attach(self) -> Wire:
        """Connect a client; what the board says while there is none is lost, as on a UART.

        Raises:
            PortBusyError: There is a client already.
        """
        with self._changed:
            if self._wire is not None:
                raise PortBusyError(
                    "the simulated board has a client already", port=self._options.url
                )
            self._wire = Wire(self._changed, self._options.url)
            return self._wire

    def detach(self, wire: Wire) -> None:
        """Disconnect a client; the board goes on."""
        with self._changed:
            wire.end()
            if self._wire is wire:
                self._wire = None
            self._changed.notify_all()

    def _make_settings(self) -> VmSettings:
        options = self._options
        return VmSettings(
            flash=self._make_flash(),
            micropython=options.find_micropython(),
            heap=options.heap,
            uid=options.board_uid,
            image=self._make_image(),
        )

    def _make_flash(self) -> Path:
        """Make the folder in which the virtual machine starts; return its path."""
        options = self._options
        folder = options.flash if options.image is None else options.flash.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConnectError(
                f"the flash folder {folder} cannot be made: {error.strerror}", port=options.url
            ) from error
        return folder.resolve()

    def _make_image(self) -> VmImage | None:
        options = self._options
        if options.image is None or options.image_path is None:
            return None
        options.image.make(options.image_path)
        return VmImage(
            name=options.image_path.name,
            kind=options.image.kind,
            block_size=options.image.block_size,
            power_cut=options.power_cut,
        )

    def _no_start(self, reason: str) -> ConnectError:
        return ConnectError(
            f"the virtual machine of the simulated board does not start: {reason}",
            port=self._options.url,
            hint="is it MicroPython 1.25 or newer, and the heap large enough?",
        )

    # The board's thread.

    def _loop(self, mainboard: Mainboard) -> None:
        try:
            mainboard.reset()
            while self._wait_for_work(mainboard):
                self._work(mainboard)
        finally:
            mainboard.stop()
            with self._changed:
                self._is_on = False
                if self._wire is not None:
                    self._wire.end()

    def _wait_for_work(self, mainboard: Mainboard) -> bool:
        with self._changed:
            # Its last step may have been its start.
            self._changed.notify_all()
            while self._is_on and not self._has_work(mainboard):
                until = mainboard.wakes_at
                self._changed.wait(None if until is None else max(0, until - time.monotonic()))
            return self._is_on

    def _has_work(self, mainboard: Mainboard) -> bool:
        return (
            self._is_reset_due(mainboard)
            or self._takes_input(mainboard) is not None
            or self._takes_message()
        )

    def _is_reset_due(self, mainboard: Mainboard) -> bool:
        until = mainboard.wakes_at
        return self._wants_reset or (until is not None and time.monotonic() >= until)

    def _takes_input(self, mainboard: Mainboard) -> Wire | None:
        wire = self._wire
        if wire is None or not wire.waiting or not mainboard.can_receive(wire.waiting):
            return None
        return wire

    def _takes_message(self) -> bool:
        return bool(self._messages) and (self._wire is None or self._wire.has_room)

    def _work(self, mainboard: Mainboard) -> None:
        with self._changed:
            resets = self._is_reset_due(mainboard)
            self._wants_reset = False
            wire = self._takes_input(mainboard)
            data = wire.take() if wire is not None and not resets else b""
            message = self._messages.popleft() if self._takes_message() else None
            self._changed.notify_all()
        if resets:
            mainboard.reset()
            return
        if message is not None:
            mainboard.handle_message(message)
        if data:
            mainboard.receive_data(data)
        self._send(mainboard.data_to_send())

    def _send(self, data: bytes) -> None:
        with self._changed:
            if self._wire is not None and data:
                self._wire.send(data)

    # The virtual machine's messages.

    def _deliver(self, vm: VirtualMachine, message: VmMessage) -> None:
        """Take a message, in the thread that reads from the virtual machine; it waits here."""
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._messages) < _MAX_MESSAGES or not self._is_current(vm)
            )
            if self._is_current(vm):
                self._messages.append(message)
                self._changed.notify_all()

    def _is_current(self, vm: VirtualMachine) -> bool:
        return self._mainboard is not None and self._mainboard.vm is vm

    def _forget_messages(self) -> None:
        with self._changed:
            self._messages.clear()
            self._changed.notify_all()
