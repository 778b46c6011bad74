"""What importing the transports costs, and that it works where POSIX modules are missing."""

from __future__ import annotations

import subprocess
import sys

WITHOUT_POSIX = """
import sys
for name in ("fcntl", "termios", "pty", "tty", "grp", "pwd"):
    sys.modules[name] = None
import iot_device.transports, iot_device.discovery, iot_device.testing
from iot_device.testing import check_transport, MemoryTransport
from iot_device.transports import parse_url, transport_for
transport_for("serial://COM3"), transport_for("socket://h:1"), transport_for("rfc2217://h:1")
transport = MemoryTransport()
transport.open()
transport.peer.write(b"x")
assert transport.read(1) == b"x"
assert not [name for name in sys.modules if name == "serial" or name.startswith("serial.")]
"""


def test_importing_needs_neither_posix_nor_pyserial() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT_POSIX], check=True)
