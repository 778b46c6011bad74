"""A flash image holds MicroPython's own file system, outlives the board, survives power cuts."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from install_boards import micropython
from iot_device.errors import ConnectError, InvalidTargetError
from iot_device.simulator import (
    FlashImage,
    PowerCut,
    SimulatorOptions,
    SimulatorTransport,
    parse_simulator_url,
)
from simulator.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

# Mounts an image, without anything of ours, and shows the files of its root.
LOOK = """
import os, sys, vfs
class Image:
    def __init__(self, name, size):
        self.file, self.size = open(name, "rb"), size
    def readblocks(self, block, buffer, offset=0):
        self.file.seek(block * self.size + offset)
        self.file.readinto(buffer)
    def writeblocks(self, block, buffer, offset=0):
        raise OSError(30)
    def ioctl(self, request, argument):
        return {4: self.file.seek(0, 2) // self.size, 5: self.size}.get(request, 0)
name = sys.argv[1]
kind, size = (vfs.VfsLfs2, 4096) if name.endswith("lfs2") else (vfs.VfsFat, 512)
vfs.mount(kind(Image(name, size)), "/image")
found = {}
for name in os.listdir("/image"):
    with open("/image/" + name, "rb") as file:
        found[name] = file.read()
print(found)
"""
KINDS = ["lfs2", "fat"]


def files_in(image: Path) -> dict[str, bytes]:
    """Return the files of an image, as another MicroPython reads them."""
    program = image.with_name("look.py")
    program.write_text(LOOK)
    command = [str(micropython()), str(program), str(image)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    namespace: dict[str, dict[str, bytes]] = {}
    exec(f"found = {shown.stdout}", namespace)  # noqa: S102  (of our own program)
    return namespace["found"]


@pytest.fixture
def vm() -> str:
    """No other virtual machine has file systems of its own."""
    return "micropython"


@pytest.fixture(params=KINDS)
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where the image of the board will be."""
    return tmp_path / f"flash.{request.param}"


@pytest.fixture
def board(image: Path, switch_on: Callable[..., Client]) -> Client:
    client = switch_on(image=f"{image.suffix[1:]}:128")
    client.enter_raw()
    return client


def test_files_are_in_the_image_and_outlive_the_board(
    board: Client, image: Path, flash: Path
) -> None:
    board.output("with open('/a', 'wb') as file: n = file.write(b'\\x00\\xff' * 3000)")
    board.close()
    assert image.stat().st_size == 128 * 1024
    assert files_in(image) == {"a": b"\x00\xff" * 3000}
    assert list(flash.iterdir()) == []


def test_the_next_board_finds_the_files_and_boots_from_them(
    board: Client, image: Path, switch_on: Callable[..., Client]
) -> None:
    board.output("with open('/boot.py', 'w') as file: n = file.write('print(\"boot\")')")
    board.close()
    # Another size in the URL changes nothing: the image has its own.
    client = switch_on(image=image.suffix[1:])
    assert client.until(b">>> ").startswith(b"boot\n")
    client.write(b"\x01")
    client.until(b"raw REPL; CTRL-B to exit\r\n>")
    assert client.output("import os\nprint(os.statvfs('/')[2] * os.statvfs('/')[1] <= 131072)") == (
        "True\n"
    )


def test_files_are_used_in_all_their_ways(board: Client) -> None:
    program = """
import os
with open('/t', 'w') as file:
    print('one', file=file)
    n = file.write('two\\nthree')
    file.flush()
with open('/t') as file:
    lines = [file.readline()] + list(file)
    file.seek(4)
    print(lines, file.tell(), file.read(3), file.readlines())
with open('/t', 'rb') as file:
    buffer = bytearray(3)
    print(file.readinto(buffer), buffer)
os.mkdir('/d')
os.rename('/t', '/d/m.py')
os.chdir('/d')
print(os.getcwd(), os.listdir(), os.stat('m.py')[6], [e[0] for e in os.ilistdir('/')])
os.remove('m.py')
os.chdir('/')
os.rmdir('/d')
print(os.listdir())
"""
    assert board.output(program) == (
        "['one\\n', 'two\\n', 'three'] 4 two ['\\n', 'three']\n"
        "3 bytearray(b'one')\n"
        "/d ['m.py'] 13 ['d']\n"
        "[]\n"
    )


def test_modules_are_imported_from_the_image(board: Client) -> None:
    board.output("with open('/m.py', 'w') as file: n = file.write('value = 6')")
    assert board.output("import m\nprint(m.value)") == "6\n"


def test_a_full_image_is_an_error_with_its_number(board: Client) -> None:
    program = (
        "try:\n"
        "    with open('/a', 'wb') as file: file.write(bytes(200_000))\n"
        "except OSError as error: print(error.errno)\n"
    )
    assert board.output(program) == "28\n"


def test_an_interrupt_does_not_strike_within_the_file_system(board: Client) -> None:
    board.output(
        "data = bytes(5000)\n"
        "def work():\n"
        "    while True:\n"
        "        with open('/a', 'wb') as file: n = file.write(data)\n"
        "        print('written')\n"
    )
    for _ in range(20):
        board.begin("work()")
        board.until(b"written")
        board.write(b"\x03")
        assert "KeyboardInterrupt" in board.end()[1]
    assert board.output("import os\nos.remove('/a')\nprint(os.listdir())") == "[]\n"


def test_a_file_that_was_left_open_is_written_when_its_memory_is_collected(board: Client) -> None:
    program = """
import gc, os
def leave_open():
    file = open('/a', 'wb')
    n = file.write(b'x' * 700)
leave_open()
data = bytes(1000)
gc.collect()
print(os.stat('/a')[6])
"""
    assert board.output(program) == "700\n"


def test_an_image_that_cannot_be_mounted_is_kept_and_named(image: Path, flash: Path) -> None:
    image.write_bytes(b"no file system" * 10_000)
    transport = SimulatorTransport.from_url(f"sim://{flash}?image={image.suffix[1:]}")
    with pytest.raises(ConnectError, match="does not start"):
        transport.open()
    assert image.read_bytes() == b"no file system" * 10_000


def test_an_image_needs_micropython(flash: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidTargetError, match="CPython"):
        parse_simulator_url(f"sim://{flash}?image=lfs2&vm=cpython")
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.delenv("IOT_MICROPYTHON", raising=False)
    with pytest.raises(ConnectError, match="no MicroPython"):
        SimulatorTransport.from_url(f"sim://{flash}?image=lfs2").open()


@pytest.mark.parametrize("text", ["", "ext4", "lfs2:", "fat:1", "fat:99999999", "lfs2:512KB"])
def test_an_image_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidTargetError):
        FlashImage.parse(text)


WRITE = "import os\nwith open('/a', 'wb') as file: n = file.write(b'new' * 1000)\nprint('done')"


@pytest.fixture
def cut_at(image: Path, flash: Path) -> Iterator[Callable[..., Client]]:
    """Switch a board on whose power fails at a write."""
    clients = []

    def start(write: int, *, half: bool = False) -> Client:
        kind = FlashImage.parse(f"{image.suffix[1:]}:128")
        cut = PowerCut(write, half=half) if write else None
        options = SimulatorOptions(flash=flash, vm="micropython", image=kind, power_cut=cut)
        clients.append(Client(SimulatorTransport(options)))
        clients[-1].enter_raw()
        return clients[-1]

    yield start
    for client in clients:
        client.close()


def test_a_power_cut_loses_what_was_not_written_and_the_board_boots_again(
    cut_at: Callable[..., Client], image: Path
) -> None:
    board = cut_at(0)
    board.output("with open('/a', 'wb') as file: n = file.write(b'old')")
    board.close()
    before = image.read_bytes()
    board = cut_at(1)
    board.begin(WRITE)
    assert b"done" not in board.until(b">>> ")
    assert image.read_bytes() == before
    board.write(b"\x01")
    board.until(b"raw REPL; CTRL-B to exit\r\n>")
    assert board.output(WRITE) == "done\n"
    board.close()
    assert files_in(image) == {"a": b"new" * 1000}


@pytest.mark.parametrize("half", [False, True])
def test_a_power_cut_in_a_later_write_happens_where_it_was_ordered(
    cut_at: Callable[..., Client],
    image: Path,
    half: bool,  # noqa: FBT001  (pytest gives it)
) -> None:
    board = cut_at(0)
    board.output("with open('/b', 'wb') as file: n = file.write(b'other')")
    board.close()
    fresh = image.read_bytes()
    seen = []
    for write in range(1, 4):
        image.write_bytes(fresh)
        board = cut_at(write, half=half)
        board.begin(WRITE)
        board.until(b">>> ")
        board.close()
        seen.append(image.read_bytes())
        assert files_in(image)["b"] == b"other"
    assert (fresh in seen) is not half
    # To erase what is erased already changes nothing.
    assert len(set(seen)) >= 2
