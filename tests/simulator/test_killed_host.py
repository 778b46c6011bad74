"""What is left of a simulated board whose host is killed: nothing."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]

PROGRAM = """
import signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
from iot_device import open_device
device = open_device(sys.argv[1])
device.execute("print('busy')\\nwhile True: pass", on_output=lambda _: print("busy", flush=True))
"""


def test_a_busy_virtual_machine_ends_with_its_host(vm: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, f"sim://{tmp_path / 'flash'}?vm={vm}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == b"busy\n"
        [machine] = map(os.pidfd_open, children_of(host.pid))
        host.send_signal(signal.SIGKILL)
    ended, _, _ = select.select([machine], [], [], 20)
    os.close(machine)
    assert ended


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(word) for task in tasks for word in (task / "children").read_text().split()]
