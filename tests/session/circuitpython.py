"""A scripted CircuitPython board, from documented behaviour; nobody ran it on a real one yet.

What differs from MicroPython: code.py runs after each reset, also after one from the raw REPL;
then a key is awaited before the REPL begins; the REPL has a new virtual machine each time; there
is no ``kbd_intr``. Sources: Adafruit's "Welcome to CircuitPython" (the REPL, safe mode) and
Thonny's ``cirpy_backend.py``, which drives such boards.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import threading
import traceback
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

from iot_device.protocol.events import InterruptProgram, RunSource, SoftReset
from iot_device.protocol.repl_profile import CURRENT
from iot_device.protocol.repl_server import ReplServer
from iot_device.testing import MemoryTransport

if TYPE_CHECKING:
    from iot_device.testing import MemoryPeer

BANNER = "Adafruit CircuitPython 9.2.1 on 2024-11-20; Raspberry Pi Pico with rp2040"
PRESS_ANY_KEY = b"\r\nPress any key to enter the REPL. Use CTRL-D to reload.\r\n"
PROFILE = replace(CURRENT, name="circuitpython", soft_reboot=b"soft reboot\r\n")


class CircuitPython:
    """Plays the board at the other end of ``transport`` until that is closed.

    Args:
        safe_mode: Why the board is in safe mode; empty if it is not. Then code.py does not run.
    """

    def __init__(self, safe_mode: str = "") -> None:
        self.transport = MemoryTransport()
        self.runs_of_code_py = 0
        self._safe_mode = safe_mode
        self._peer: MemoryPeer = self.transport.peer
        self._server: ReplServer | None = None
        self._code_runs = False
        self._thread = threading.Thread(target=self._play, daemon=True)

    def __enter__(self) -> Self:
        self._start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._peer.close()
        self._thread.join()

    def _start(self) -> None:
        self._server = None
        if self._safe_mode:
            self._peer.write(f"\r\nYou are in safe mode because:\r\n{self._safe_mode}\r\n".encode())
            self._peer.write(PRESS_ANY_KEY)
            return
        self.runs_of_code_py += 1
        self._code_runs = True
        self._peer.write(b"\r\ncode.py output:\r\nhello from code.py\r\n")

    def _play(self) -> None:
        with contextlib.suppress(TimeoutError, EOFError):
            while True:
                self._take(self._peer.read_exactly(1, timeout=60))

    def _take(self, key: bytes) -> None:
        if self._code_runs:
            if key == b"\x03":
                self._code_runs = False
                self._peer.write(b"Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n")
                self._peer.write(b"\r\nCode done running.\r\n" + PRESS_ANY_KEY)
        elif self._server is None:
            self._server = ReplServer(banner=BANNER, profile=PROFILE)
            self._server.start()
            self._names: dict[str, Any] = {"__builtins__": board_builtins()}
            self._peer.write(self._server.data_to_send())
        else:
            self._serve(self._server, key)

    def _serve(self, server: ReplServer, key: bytes) -> None:
        server.receive_data(key)
        while (event := server.next_event()) is not None:
            if isinstance(event, RunSource):
                output, error = self._run(event.source)
                server.program_output(output)
                server.program_finished(error)
            elif isinstance(event, SoftReset):
                self._peer.write(server.data_to_send())
                self._start()
                return
            assert not isinstance(event, InterruptProgram)
        self._peer.write(server.data_to_send())

    def _run(self, source: bytes) -> tuple[bytes, bytes]:
        output, error = io.StringIO(), ""
        with contextlib.redirect_stdout(output):
            try:
                exec(compile(source, "<stdin>", "exec"), self._names)  # noqa: S102  (our own test)
            except Exception:  # noqa: BLE001  (whatever the program raises)
                error = traceback.format_exc()
        return _wire(output.getvalue()), _wire(error)


def board_builtins() -> dict[str, Any]:
    """Return builtins with a ``sys`` that is CircuitPython's."""
    facts = SimpleNamespace(
        platform="RP2040", implementation=("circuitpython", (9, 2, 1), "Raspberry Pi Pico", 518)
    )
    modules = {"sys": facts, "builtins": builtins}

    def find(name: str, *_: object) -> object:
        if name in modules:
            return modules[name]
        raise ImportError(f"no module named '{name}'")

    return {**vars(builtins), "__import__": find}


def _wire(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()
