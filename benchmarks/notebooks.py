"""Measure cells beside the library, and the kernel's start beside that of the plain one.

``python benchmarks/notebooks.py --micropython PATH``; the kernels are those of this environment.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_client.manager import KernelManager

from iot_device import open_device

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyter_client.blocking.client import BlockingKernelClient

TIMEOUT = 60.0  # seconds


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--micropython", required=True, help="MicroPython 1.25 or newer (unix)")
    parser.add_argument("--repeats", type=int, default=50)
    options = parser.parse_args()
    os.environ["IOT_MICROPYTHON"] = options.micropython
    with tempfile.TemporaryDirectory() as folder:
        _use_own_kernelspec(Path(folder))
        for row, seconds in _rows(Path(folder), options.repeats):
            print(f"| {row} | {1000 * seconds:.1f} ms |")
    return 0


def _use_own_kernelspec(folder: Path) -> None:
    command = [sys.executable, "-m", "iot_kernel", "install", "--prefix", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    os.environ["JUPYTER_PATH"] = str(folder / "share" / "jupyter")
    os.environ["IPYTHONDIR"] = str(folder / "ipython")


def _rows(folder: Path, repeats: int) -> list[tuple[str, float]]:
    with open_device(f"sim://{folder}/one?vm=micropython") as device:
        device.execute("pass", want_value=True)
        library = _median(lambda: device.execute("pass", want_value=True), repeats)
    os.environ["IOT_DEVICE"] = f"sim://{folder}/two?vm=micropython"
    manager, client = _start("iot_kernel")
    _run(client, "pass")
    cell = _median(lambda: _run(client, "pass"), repeats)
    _end(manager, client)
    starts = {name: statistics.median(_start_time(name) for _ in range(5)) for name in _KERNELS}
    return [
        ("the library's `execute`", library),
        ("a cell on the board", cell),
        *((f"start of {name} to its first reply", starts[name]) for name in _KERNELS),
    ]


_KERNELS = ("python3", "iot_kernel")


def _median(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _start(name: str) -> tuple[KernelManager, BlockingKernelClient]:
    manager = KernelManager(kernel_name=name)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=TIMEOUT)
    return manager, client


def _end(manager: KernelManager, client: BlockingKernelClient) -> None:
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def _start_time(name: str) -> float:
    started = time.perf_counter()
    running = _start(name)
    seconds = time.perf_counter() - started
    _end(*running)
    return seconds


def _run(client: BlockingKernelClient, code: str) -> None:
    client.execute_interactive(code, timeout=TIMEOUT, output_hook=lambda _: None)


if __name__ == "__main__":
    sys.exit(main())
