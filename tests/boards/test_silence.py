"""Boards that fall silent in the midst of a stream: by a reset, busy, or deaf."""

from __future__ import annotations

import hashlib
import random
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from boards.marks import on_micropython, on_simulators
from iot_device.device import Device
from iot_device.errors import BoardTimeoutError, UnknownEndError
from iot_device.filesystem.link_memory import LinkMemory
from iot_device.simulator import SimulatorTransport
from iot_device.simulator.options import parse_simulator_url
from iot_device.testing import Fault, FaultyTransport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boards.boards import StartedBoard

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

NOISE = random.Random(3).randbytes(60_000)
SOON = 20.0  # seconds; a reset is noticed in 8, and without looking for it after 30
SILENT = "while True: pass\n"
# The board may have come further than its answers.
STATE = re.compile(
    r"began anew; (?P<missing>there is no )?/(?P<number>\d+)"
    r"(?(missing)($|; the new one, if whole, is /)| is the old file or the new one, whole$)"
)

# The flash once more, at ``/slow``, where each write takes its time.
SLOW_FLASH = """\
import os, time
class Slow:
    def __init__(self, file): self.file = file
    def __enter__(self): return self
    def __exit__(self, *_): self.file.close()
    def __getattr__(self, name): return getattr(self.file, name)
    def write(self, data):
        time.sleep({seconds})
        return self.file.write(data)
class Flash:
    def mount(self, *_): pass
    def chdir(self, path): pass
    def stat(self, path): return os.stat(path)
    def statvfs(self, path): return os.statvfs('/')
    def remove(self, path): os.remove(path)
    def rename(self, old, new): os.rename(old, new)
    def open(self, path, mode): return (Slow if 'w' in mode else lambda f: f)(open(path, mode))
os.mount(Flash(), '/slow')
"""
DEAF = """\
import time
class Deaf:
    asked = 0
    def readinto(self, view):
        Deaf.asked += 1
        while True: time.sleep(0.01)
class Input: buffer = Deaf()
class Module: stdin = Input()
real = __import__('sys')
for name in dir(real):
    if name != 'stdin' and name[:2] != '__': setattr(Module, name, getattr(real, name))
__import__('sys').modules['sys'] = Module
"""


class Link(FaultyTransport):
    """A link to a simulated board, under a name that tells whether it waits for the board."""

    def __init__(self, url: str, scheme: str = "sim") -> None:
        simulator = SimulatorTransport.from_url(url)
        super().__init__(simulator, [], reset=lambda: _reset(simulator))
        self._scheme = scheme
        self.uid = url.rpartition("=")[2]

    @property
    def url(self) -> str:
        return f"{self._scheme}://board"


def _reset(simulator: SimulatorTransport) -> None:
    assert simulator._board is not None
    simulator._board.hard_reset()


@pytest.fixture
def url(board: StartedBoard, tmp_path: Path) -> str:
    """The URL of a board of the same kind, whose flash is ``tmp_path``."""
    url = str(board.target())
    uid = hashlib.sha256(str(tmp_path).encode()).hexdigest()[:16]
    return f"{url.replace(str(parse_simulator_url(url).flash), str(tmp_path))}&uid={uid}"


@contextmanager
def opened(link: Link) -> Iterator[Device]:
    with Device(link, uids=frozenset({link.uid})) as device:
        device.open()
        device.files.write("/warm", b"")
        yield device


@on_simulators
@pytest.mark.parametrize("main", ["", SILENT], ids=["prompt", "silent"])
@pytest.mark.parametrize("scheme", ["sim", "ws"])
def test_a_reset_in_an_upload_is_noticed_soon_and_keeps_the_old_file(
    url: str, tmp_path: Path, main: str, scheme: str
) -> None:
    (tmp_path / "f").write_bytes(b"old")
    (tmp_path / "main.py").write_text(main)
    link = Link(url, scheme)
    with opened(link) as device:
        link.plan(Fault("reset", "to_board", 30_000))
        begun = time.monotonic()
        with pytest.raises(UnknownEndError, match="began anew; /f on the board is unchanged"):
            device.files.write("/f", NOISE)
        assert time.monotonic() - begun < SOON
        assert (tmp_path / "f").read_bytes() == b"old"
        device.files.write("/f", NOISE)
    assert (tmp_path / "f").read_bytes() == NOISE
    assert not (tmp_path / "f.~iot").exists()


@on_simulators
@pytest.mark.parametrize("main", ["", SILENT], ids=["prompt", "silent"])
def test_a_reset_among_many_files_is_noticed_soon_and_leaves_whole_ones(
    url: str, tmp_path: Path, main: str
) -> None:
    (tmp_path / "main.py").write_text(main)
    files = [(f"/{n}", NOISE[n * 3000 : n * 3000 + 3000]) for n in range(20)]
    link = Link(url)
    with opened(link) as device:
        link.plan(Fault("reset", "to_board", 45_000))
        begun = time.monotonic()
        with pytest.raises(UnknownEndError) as caught:
            device.files.write_many(files)
        assert time.monotonic() - begun < SOON
        told = STATE.search(str(caught.value))
        assert told is not None, str(caught.value)
        assert (tmp_path / told["number"]).exists() is not bool(told["missing"])
        for path, data in files:
            there = tmp_path / path[1:]
            assert not there.exists() or there.read_bytes() == data
        device.files.write_many(files)
    assert all((tmp_path / path[1:]).read_bytes() == data for path, data in files)


@on_simulators
def test_a_download_goes_on_after_a_reset_of_which_nothing_is_seen(
    url: str, tmp_path: Path
) -> None:
    (tmp_path / "f").write_bytes(NOISE)
    (tmp_path / "main.py").write_text(SILENT)
    link = Link(url)
    with opened(link) as device:
        link.plan(Fault("reset", "to_host", 30_000))
        begun = time.monotonic()
        assert device.files.read("/f") == NOISE
        assert time.monotonic() - begun < SOON
    assert link.happened


@on_micropython
def test_a_flash_that_takes_seconds_for_a_frame_is_waited_for(url: str, tmp_path: Path) -> None:
    with opened(Link(url)) as device:
        device.execute(SLOW_FLASH.format(seconds=1.1))
        result = device.files.write("/slow/f", NOISE[:16_000])
        assert (result.proof, result.atomic) == ("sha256", True)
    assert (tmp_path / "f").read_bytes() == NOISE[:16_000]


@on_micropython
def test_a_flash_that_does_not_come_back_is_told_from_a_reset(url: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"old")
    with opened(Link(url)) as device:
        device.execute(SLOW_FLASH.format(seconds=600))
        begun = time.monotonic()
        with pytest.raises(
            BoardTimeoutError, match=r"still runs.*; /slow/f on the board is unchanged"
        ):
            device.files.write("/slow/f", NOISE)
        assert time.monotonic() - begun < SOON
        assert device.execute("print('alive')").output.strip() == b"alive"
    assert (tmp_path / "f").read_bytes() == b"old"


@on_simulators
def test_a_board_that_reads_no_input_is_found_once_and_remembered(url: str, tmp_path: Path) -> None:
    with opened(Link(url)) as device:
        device.execute(DEAF)
        begun = time.monotonic()
        device.files.write("/f", NOISE)
        assert time.monotonic() - begun < SOON
        assert device.evaluate("Deaf.asked") > 0
    assert (tmp_path / "f").read_bytes() == NOISE
    with opened(Link(url)) as device:
        device.execute(DEAF)
        device.files.forget()
        device.files.write("/g", NOISE)
        assert device.evaluate("Deaf.asked") == 0
    assert (tmp_path / "g").read_bytes() == NOISE


@on_simulators
def test_a_board_is_given_another_chance_with_other_firmware(url: str) -> None:
    link = Link(url)
    with opened(link) as device:
        memory = LinkMemory(link.uid, "sim", "another firmware")
        memory.remember_reads_nothing()
        assert memory.reads_nothing()
        device.files.forget()
        device.execute(DEAF)
        device.files.write("/f", NOISE)
        assert device.evaluate("Deaf.asked") > 0
