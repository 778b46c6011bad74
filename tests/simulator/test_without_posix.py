"""The simulator needs nothing that Windows lacks."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_PROGRAM = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "termios", "pty", "tty", "grp", "pwd", "resource"):
            raise ImportError(name + " is hidden")

for name in ("fcntl", "termios", "pty", "tty", "grp", "pwd"):
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Hidden())
import threading
from pathlib import Path
from iot_device.errors import UnsupportedError
from iot_device.simulator import ServerOptions, SimulatorOptions, SimulatorTransport, serve

transport = SimulatorTransport.from_url(sys.argv[1])
transport.open()
data = b""
transport.write(b"print(6 * 7)\\r", 5)
while b"42" not in data:
    data += transport.read(5)
transport.close()
try:
    serve(ServerOptions(SimulatorOptions(flash=Path(sys.argv[2]))), print, threading.Event())
except UnsupportedError as error:
    print("worked;", error.feature)
"""


@pytest.mark.slow
def test_a_board_runs_with_the_posix_modules_hidden(flash: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", _PROGRAM, f"sim://{flash}?vm=cpython", str(flash)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (result.stdout, result.stderr) == ("worked; pty\n", "")
