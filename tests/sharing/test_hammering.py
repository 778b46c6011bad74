"""Two processes work with one board as fast as they can: each gets what is its own, whole.

For some seconds here; ``nox -s hammer`` does it for a minute.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from sharing.holding import other_process
from sharing.served import served_board

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = float(os.environ.get("IOT_HAMMER_SECONDS", "4"))

BY_LIBRARY = """
import secrets, sys, time
from iot_device import open_device
target, seconds = sys.argv[1], float(sys.argv[2])
end, rounds = time.monotonic() + seconds, 0
while time.monotonic() < end:
    word, data = secrets.token_hex(40), secrets.token_bytes(3000)
    with open_device(target, wait=30.0) as device:
        result = device.execute(f"for _ in range(20): print({word!r})")
        assert result.output == (word + "\\r\\n").encode() * 20, result.output
        device.files.write("by-library", data)
        assert device.files.read("by-library") == data
    rounds += 1
print(rounds)
"""

BY_COMMAND = """
import secrets, subprocess, sys, time
from pathlib import Path
target, seconds, folder = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])
there, back = folder / "there", folder / "back"
def iot(*words):
    command = [sys.executable, "-m", "iot_cli", "-d", target, "--wait", "30", *words]
    return subprocess.run(command, check=True, capture_output=True).stdout
end, rounds = time.monotonic() + seconds, 0
while time.monotonic() < end:
    word, data = secrets.token_hex(40), secrets.token_bytes(3000)
    printed = iot("exec", f"for _ in range(20): print({word!r})")
    assert printed == (word + "\\n").encode() * 20, printed
    there.write_bytes(data)
    iot("cp", str(there), ":by-command")
    iot("cp", ":by-command", str(back))
    assert back.read_bytes() == data
    rounds += 1
print(rounds)
"""


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize(
    "place",
    [
        pytest.param(
            "pty",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ptys"),
        ),
        "tcp",
    ],
)
def test_two_processes_at_one_board_mix_up_no_byte(tmp_path: Path, place: str) -> None:
    link, tcp = (tmp_path / "board", None) if place == "pty" else (None, 0)
    with (
        served_board(tmp_path / "flash", link=link, tcp=tcp) as (url, _),
        other_process(BY_LIBRARY, url, str(SECONDS)) as first,
        other_process(BY_COMMAND, url, str(SECONDS), str(tmp_path)) as second,
    ):
        rounds = [int(other.line() or 0) for other in (first, second)]
    assert min(rounds) >= 1, rounds
