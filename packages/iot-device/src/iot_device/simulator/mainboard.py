"""What a simulated board does: REPL server and virtual machine joined, boot and resets.

One thread drives it; it waits for nothing.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from iot_device.errors import ConnectError
from iot_device.protocol.events import InterruptProgram, ProgramInput, RunSource, SoftReset
from iot_device.protocol.repl_profile import CURRENT
from iot_device.protocol.repl_server import ReplServer
from iot_device.simulator.messages import VmDied, VmFinished, VmOutput, VmReady, VmRequest
from iot_device.simulator.source_check import source_is_broken
from iot_device.simulator.vm import VirtualMachine

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.protocol.events import ServerEvent
    from iot_device.simulator.messages import VmMessage
    from iot_device.simulator.vm import VmSettings

__all__ = ["Mainboard"]

_DIED = b"\r\nThe virtual machine ended (exit status %d): hard reset\r\n"
_HEAP_LOST = b"\r\nThe interrupt struck the garbage collector, the heap is lost: hard reset\r\n"
_MAX_LAST_WORDS = 2000  # bytes


class Mainboard:
    """A board that was given power, without the wire.

    Args:
        settings: How its virtual machines are started.
        deliver: Takes a virtual machine and its message, in that one's thread.
        stopped: Told when a virtual machine is to end, before that is waited for.
    """

    def __init__(
        self,
        settings: VmSettings,
        deliver: Callable[[VirtualMachine, VmMessage], None],
        stopped: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._deliver = deliver
        self._stopped = stopped
        self._server: ReplServer | None = None
        self._clock_offset = 0
        self._is_booting = False
        self._is_after_power_on = False
        self._runs_main = True
        self._boot_files: list[str] = []
        self._boot_input = b""  # what came while no program ran that could take it
        self._boot_is_interrupted = False
        self._last_words = b""
        self.vm: VirtualMachine | None = None
        self.wakes_at: float | None = None
        """When deep sleep ends, by the monotonic clock."""
        self.failure: str | None = None
        """Why there is no virtual machine that could be started."""

    @property
    def has_started(self) -> bool:
        """Whether a virtual machine answered since the last hard reset."""
        return self._server is not None

    @property
    def has_booted(self) -> bool:
        """Whether ``boot.py`` and ``main.py`` have ended."""
        return self.has_started and not self._is_booting

    # Power, and resets.

    def reset(self) -> None:
        """Do a hard reset: RAM and the state of the REPL are lost."""
        self._server = None
        self.wakes_at = None
        self._boot(run_main=True)

    def stop(self) -> None:
        """End the virtual machine; the board is silent until the next reset."""
        vm, self.vm = self.vm, None
        self._stopped()
        if vm is not None:
            vm.close()

    def _boot(self, *, run_main: bool) -> None:
        self.stop()
        self._is_booting = True
        self._runs_main = run_main
        self._boot_files = ["boot.py", "main.py"] if run_main else ["boot.py"]
        self._last_words = b""

        def deliver(message: VmMessage) -> None:
            self._deliver(vm, message)

        vm = VirtualMachine(self._settings, self._clock_offset, deliver)
        self.vm = vm
        try:
            vm.start()
        except ConnectError as error:
            self.vm = None
            self.failure = error.message
            self._output(b"\r\n" + error.message.encode(errors="replace") + b"\r\n")

    def _ready(self, banner: str) -> None:
        if self._server is None:
            self._server = ReplServer(banner=banner, source_is_broken=source_is_broken)
            self._is_after_power_on = True
            self._boot_input = b""
            self._boot_is_interrupted = False
        self._next_boot_file()

    def _next_boot_file(self) -> None:
        while self._boot_files:
            name = self._boot_files.pop(0)
            # What is in an image, only the virtual machine knows: there a missing file is empty.
            if self._settings.image is not None or (self._settings.flash / name).is_file():
                self._run_boot_file(name)
                return
        self._end_boot()

    def _run_boot_file(self, name: str) -> None:
        if self.vm is None:
            return
        self.vm.run(b"b", name.encode())
        if self._boot_is_interrupted:
            self.vm.interrupt()
        self._boot_is_interrupted = False
        self.vm.send_input(self._boot_input)
        self._boot_input = b""

    def _boot_file_finished(self, message: VmFinished) -> None:
        """Go on with the boot.

        ``main.py`` does not run after a ``boot.py`` that raised; ``SystemExit`` is a soft reset
        (``ports/rp2/main.c``).
        """
        self._boot_input = message.unread_input + self._boot_input
        self._output(message.traceback)
        if message.system_exit:
            self._output(CURRENT.soft_reboot)
            self._boot(run_main=self._runs_main)
            return
        if message.traceback:
            self._boot_files.clear()
        self._next_boot_file()

    def _end_boot(self) -> None:
        self._is_booting = False
        self._boot_is_interrupted = False
        unread, self._boot_input = self._boot_input, b""
        if self._server is None:
            return
        if self._is_after_power_on:
            self._is_after_power_on = False
            self._server.start(unread_input=unread)
        else:
            self._server.program_finished(unread_input=unread)

    # The client's bytes.

    def can_receive(self, data: bytes | bytearray) -> bool:
        """Tell whether the client's bytes can be taken.

        While the program reads nothing and has enough to read, they wait; a Ctrl-C among them
        does not.
        """
        if self._server is None or self.vm is None:
            return False
        return self.vm.has_room or b"\x03" in data

    def receive_data(self, data: bytes) -> None:
        """Take bytes of the client."""
        if self._server is not None:
            self._server.receive_data(data)
            self._handle_events()

    def data_to_send(self) -> bytes:
        """Return what goes to the client since the last call."""
        return b"" if self._server is None else self._server.data_to_send()

    def _handle_events(self) -> None:
        while self._server is not None and (event := self._server.next_event()) is not None:
            self._handle_event(event)

    def _handle_event(self, event: ServerEvent) -> None:
        if self.vm is None:
            return
        match event:
            case RunSource(source, kind):
                self.vm.run(b"x" if kind == "exec" else b"s", source)
            case InterruptProgram():
                # Between two files of the boot it hits the next.
                was_taken = self.vm.interrupt()
                self._boot_is_interrupted = self._is_booting and not was_taken
            case ProgramInput(data) if self.vm.is_busy:
                self.vm.send_input(data)
            case ProgramInput(data):
                self._boot_input += data
            case SoftReset(run_main):
                self._boot_input = b""
                self._boot_is_interrupted = False
                self._boot(run_main=run_main)

    # What the virtual machine tells.

    def handle_message(self, message: VmMessage) -> None:
        """Take a message of the virtual machine."""
        match message:
            case VmOutput(data):
                self._output(data)
            case VmReady(banner):
                self._ready(banner)
            case VmFinished():
                self._finished(message)
            case VmRequest(kind, value):
                self._request(kind, value)
            case VmDied(status):
                self._died(status)
        self._handle_events()

    def _output(self, data: bytes) -> None:
        self._last_words = (self._last_words + data)[-_MAX_LAST_WORDS:]
        if self._server is not None:
            self._server.program_output(data)

    def _finished(self, message: VmFinished) -> None:
        if self._is_booting:
            self._boot_file_finished(message)
        elif self._server is not None:
            self._server.program_finished(
                message.traceback,
                system_exit=message.system_exit,
                unread_input=message.unread_input,
            )

    def _request(self, kind: bytes, value: int) -> None:
        if kind == b"k" and self._server is not None:
            self._server.set_interrupt_character(value)
        elif kind == b"t":
            self._clock_offset = value
        elif kind == b"l":
            self._output(_HEAP_LOST)
            self._restart()
        elif kind == b"h":
            self._restart()
        elif kind == b"p":
            self._lose_power()
        elif kind in (b"b", b"d"):
            self.stop()
            if kind == b"d" and value >= 0:
                self.wakes_at = time.monotonic() + value / 1000

    def _died(self, status: int) -> None:
        if self._server is None:
            self.vm = None
            self.failure = self._last_words.decode(errors="replace").strip() or f"status {status}"
        else:
            self._output(_DIED % status)
            self._restart()

    def _lose_power(self) -> None:
        """End the virtual machine in the middle of its write; boot again, now undisturbed."""
        self.stop()
        image = self._settings.image
        if image is not None:
            self._settings = replace(self._settings, image=replace(image, power_cut=None))
        self._restart()

    def _restart(self) -> None:
        """Ask for a hard reset, once what was written is sent."""
        self.wakes_at = time.monotonic()
