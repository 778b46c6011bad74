"""``iot discover``, with the ports that a file tells instead of the operating system."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cli.iot_process import end_of, interrupt, read_until
from cli.test_sim import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.iot_process import Ended, Iot

pytestmark = pytest.mark.slow  # starts real processes

# The one place where the operating system is asked; all of iot is as it is.
PROGRAM = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
from serial.tools import list_ports
file = Path(sys.argv.pop(1))
list_ports.comports = lambda: [SimpleNamespace(**port) for port in json.loads(file.read_text())]
from iot_cli.__main__ import main
main()
"""


def port(device: str, vid: int | None = 0x2E8A, **facts: Any) -> dict[str, Any]:
    """Return a port, as pyserial tells of it; a Pico if nothing else is said."""
    nothing = dict.fromkeys(
        ("serial_number", "location", "manufacturer", "product", "interface"), None
    )
    return {"device": device, "vid": vid, "pid": None if vid is None else 5} | nothing | facts


PICO = port("/dev/ttyACM0", serial_number="e66", location="1-1.2", manufacturer="MicroPython")
MODEM = port("/dev/ttyACM1", 0x1E0E, product="LTE\x1b[31m modem")
BUILT_IN = port("/dev/ttyS0", None)


@dataclass(frozen=True)
class Computer:
    """A computer with serial ports."""

    iot: Iot
    file: Path

    def plug(self, *ports: dict[str, Any]) -> None:
        """From now on it has these."""
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(ports))
        new.replace(self.file)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(self.file), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.iot.cwd,
            env=os.environ | {"COLUMNS": "80"},
        )

    def run(self, *arguments: str) -> Ended:
        return end_of(self.start(*arguments))


@pytest.fixture
def computer(iot: Iot, tmp_path: Path) -> Computer:
    computer = Computer(iot, tmp_path / "ports.json")
    computer.plug(PICO, MODEM, BUILT_IN)
    return computer


@contextmanager
def board(computer: Computer, tmp_path: Path) -> Iterator[str]:
    """Plug in a simulated board; give its port."""
    place = tmp_path / "port"
    with serving(computer.iot, "--pty", str(place), "--uid", "e661"):
        computer.plug(MODEM, port(str(place)))
        yield str(place)


def test_boards_that_the_table_knows_are_listed_and_others_counted(computer: Computer) -> None:
    ended = computer.run("discover")
    assert ended.code == 0
    heading, line = ended.out.decode().splitlines()
    assert heading.split() == ["URL", "DESCRIPTION", "SERIAL", "NUMBER", "LOCATION"]
    assert line.startswith("serial:///dev/ttyACM0  MicroPython on Raspberry Pi Pico")
    assert ended.err == (
        "iot: 1 more port leads to a device that our table does not know; "
        "'iot discover -a' shows it\n"
    )


def test_all_lists_what_is_unknown_and_what_is_not_on_usb(computer: Computer) -> None:
    ended = computer.run("discover", "--all")
    assert (ended.code, ended.err) == (0, "")
    assert [re.split("  +", line)[:2] for line in ended.out.decode().splitlines()[2:]] == [
        ["serial:///dev/ttyACM1", "LTE\\x1b[31m modem"],
        ["serial:///dev/ttyS0", "serial port, not on USB"],
    ]
    assert [item["known"] for item in computer.run("--json", "discover", "-a").json] == [
        True,
        False,
        False,
    ]


def test_verbose_shows_what_usb_tells(computer: Computer) -> None:
    heading, line = computer.run("discover", "-v").out.decode().splitlines()
    assert re.split("  +", heading)[-4:] == ["USB ID", "MANUFACTURER", "PRODUCT", "INTERFACE"]
    assert line.split()[-4:] == ["2e8a:0005", "MicroPython", "-", "-"]


def test_probe_asks_the_board_and_says_what_it_stopped(computer: Computer, tmp_path: Path) -> None:
    (computer.iot.flash / "main.py").write_text("while True: pass\n")
    with board(computer, tmp_path) as place:
        ended = computer.run("discover", "--probe", "-a")
        rows = [line.split() for line in ended.out.decode().splitlines()[1:]]
        assert ("e661" in rows[1], rows[0][-3:]) == (True, ["not", "asked", "-"])
        assert ended.err == (
            f"iot: serial://{place}: main.py was stopped; "
            f"iot -d serial://{place} softreset --main starts it\n"
        )
        [known] = computer.run("--json", "discover", "-f").json
        assert (known["uid"], known["implementation"]) == ("e661", "micropython")
        assert (known["stopped_program"], known["error"]) == (False, None)


def test_probe_starts_the_program_again_with_resume(computer: Computer, tmp_path: Path) -> None:
    (computer.iot.flash / "main.py").write_text(
        "import time\nwhile True:\n    print('running')\n    time.sleep(0.05)\n"
    )
    with board(computer, tmp_path) as place:
        ended = computer.run("--resume", "discover", "--probe")
        told = f"iot: serial://{place}: main.py was stopped and is started again"
        assert ended.err.splitlines()[0] == told
        monitor = computer.iot("-d", place, "monitor", "--until", "running", "--timeout", "20")
        assert monitor.code == 0


def test_a_board_that_cannot_be_asked_is_shown_with_its_error(computer: Computer) -> None:
    computer.plug(port("/dev/absent"))
    ended = computer.run("discover", "--probe")
    assert ended.code == 0
    assert "error[not-found]" in ended.out.decode()
    assert ended.err == "iot: serial:///dev/absent: there is no port /dev/absent\n"
    [absent] = computer.run("--json", "-q", "discover", "--probe").json
    assert (absent["error"], absent["uid"]) == ("not-found", None)


def test_watch_shows_boards_as_they_come_and_go_until_ctrl_c(computer: Computer) -> None:
    process = computer.start("discover", "--watch")
    assert read_until(process, b"\n").startswith(b"+ serial:///dev/ttyACM0  MicroPython on ")
    computer.plug(MODEM)
    assert read_until(process, b"\n").startswith(b"- serial:///dev/ttyACM0  MicroPython on ")
    interrupt(process)
    ended = end_of(process)
    assert (ended.code, ended.last_line) == (130, "iot: error[interrupted]: stopped by Ctrl-C")


def test_watch_as_json_is_one_document_for_each_line(computer: Computer) -> None:
    process = computer.start("--json", "discover", "--watch", "--all")
    lines = [json.loads(read_until(process, b"\n")) for _ in range(3)]
    assert [(line["event"], line["port"]) for line in lines] == [
        ("added", "/dev/ttyACM0"),
        ("added", "/dev/ttyACM1"),
        ("added", "/dev/ttyS0"),
    ]
    process.terminate()
    assert end_of(process).code == 130


def test_watch_asks_no_board(computer: Computer) -> None:
    ended = computer.run("discover", "--watch", "--probe")
    assert (ended.code, ended.last_line) == (2, "iot: error[usage]: --watch goes with --all only.")
