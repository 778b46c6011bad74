"""``cp`` where something is in the way: one line says why and in what state the data is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.folders import files_in, make

if TYPE_CHECKING:
    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # each test starts real processes

posix = pytest.mark.skipif(sys.platform == "win32", reason="links of POSIX")

# A FAT at /ro, with a file, that refuses all writes.
READ_ONLY = """\
import vfs
class RamDisk:
    def __init__(self): self.data = bytearray(100 * 512)
    def readblocks(self, block, buffer, offset=0):
        start = block * 512 + offset
        buffer[:] = self.data[start : start + len(buffer)]
    def writeblocks(self, block, buffer, offset=0):
        start = block * 512 + offset
        self.data[start : start + len(buffer)] = buffer
    def ioctl(self, request, argument): return {4: 100, 5: 512}.get(request, 0)
disk = RamDisk()
vfs.VfsFat.mkfs(disk)
vfs.mount(vfs.VfsFat(disk), '/ro')
with open('/ro/a.py', 'w') as file: file.write('old')
vfs.umount('/ro')
vfs.mount(vfs.VfsFat(disk), '/ro', readonly=True)
"""


def test_a_folder_of_the_board_in_the_way_of_a_file_stays(iot: Iot) -> None:
    make(iot.cwd, "a.py")
    make(iot.flash, "a.py/inside")
    ended = iot("cp", "a.py", ":")
    assert ended.code == 7
    assert ended.err == (
        "iot: error[is-a-directory]: a.py: a folder is in the way; nothing was done\n"
    )
    assert files_in(iot.flash) == {"a.py/inside": b"a.py/inside"}


def test_a_file_of_the_board_in_the_way_of_a_folder_stays(iot: Iot) -> None:
    make(iot.cwd, "p/a.py")
    make(iot.flash, "p")
    ended = iot("cp", "-r", "p/a.py", ":/p/a.py")
    assert ended.code == 7
    assert ended.last_line.endswith(": /p: it is a file, not a folder; nothing was done")
    ended = iot("cp", "-r", "p", ":")
    assert ended.err == "iot: error[file-exists]: p: File exists; nothing was done\n"
    assert files_in(iot.flash) == {"p": b"p"}


def test_a_folder_of_this_computer_in_the_way_of_a_file_stays(iot: Iot) -> None:
    make(iot.flash, "a.py")
    make(iot.cwd, "a.py/inside")
    ended = iot("cp", ":a.py", ".")
    assert ended.code == 2
    assert ended.err == "iot: error[host-files]: a.py: a folder is in the way, and stays\n"
    assert files_in(iot.cwd) == {"a.py/inside": b"a.py/inside"}


def test_a_read_only_file_system_of_the_board_is_named_with_a_remedy(iot: Iot) -> None:
    make(iot.flash, "x")
    (iot.flash / "boot.py").write_text(READ_ONLY)
    make(iot.cwd, "a.py", "b.py")
    url = f"sim://{iot.flash}?vm=micropython"
    for name, state in (
        ("a.py", "a.py on the board is unchanged"),
        ("b.py", "there is no /ro/b.py"),
    ):
        ended = iot("-d", url, "cp", name, ":/ro/")
        assert ended.code == 7
        assert "iot: hint: a drive CIRCUITPY" in ended.err
        assert "Read-only file system" in ended.last_line
        assert state in ended.last_line
    assert iot("-d", url, "cat", ":/ro/a.py").out == b"old"


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="a folder that nobody can write to")
def test_a_folder_of_this_computer_that_cannot_be_written_to_is_told(iot: Iot) -> None:
    make(iot.flash, "a.py", "p/b.py")
    ended = iot("cp", ":a.py", "/sys/kernel/")
    assert ended.code == 2
    assert ended.err.startswith("iot: error[host-files]: /sys/kernel/a.py: ")
    assert ended.err.endswith("; there is no /sys/kernel/a.py\n")
    ended = iot("cp", "-r", ":p", "/sys/kernel/")
    assert ended.code == 2
    assert ended.last_line.startswith("iot: error[host-files]: /sys/kernel/p: ")


@posix
def test_links_that_lead_in_a_circle_or_nowhere_fill_no_board(iot: Iot) -> None:
    make(iot.cwd, "p/a.py")
    (iot.cwd / "p" / "circle").symlink_to("../p")
    (iot.cwd / "p" / "self").symlink_to("self")
    (iot.cwd / "p" / "nowhere").symlink_to("nothing")
    ended = iot("cp", "-r", "p", ":")
    assert ended.code == 8
    assert ended.err.splitlines() == [
        "iot: 1 file, 6 bytes sent, verified by sha256",
        "iot: p/circle: p/circle is a link to a folder, which is not followed",
        "iot: p/nowhere: p/nowhere: No such file or directory",
        "iot: p/self: p/self: Too many levels of symbolic links",
        "iot: error[partly-done]: 3 failed, 2 done",
    ]
    assert files_in(iot.flash) == {"p/a.py": b"p/a.py"}


@posix
@pytest.mark.parametrize("vm", ["cpython", "micropython"])
def test_what_has_no_end_is_left_out_and_named(iot: Iot, vm: str) -> None:
    make(iot.flash, "main.py", "lib/a.py", "lib/__init__.py")
    (iot.flash / "lib" / "__init__.py").write_bytes(b"")
    os.mkfifo(iot.flash / "lib" / "pipe")
    here = {"main.py": b"main.py", "lib/a.py": b"lib/a.py", "lib/__init__.py": b""}
    why = "/lib/pipe: a device, a pipe or the like: it may have no end"
    board = iot.board(f"sim://{iot.flash}?vm={vm}")
    copied = board("cp", "-r", ":/", "copied")
    assert (copied.code, f"iot: :/lib/pipe: {why}" in copied.err) == (8, True)
    saved = board("backup", "saved")
    assert (saved.code, f"iot: :/lib/pipe: {why}" in saved.err) == (8, True)
    alone = board("cp", ":/lib/pipe", "pipe")
    assert (alone.code, alone.last_line) == (7, f"iot: error[board-files]: {why}")
    pulled = board("rsync", "--pull", "--show-skipped", "pulled")
    assert (pulled.code, "no file that can be read: :/lib/pipe" in pulled.err) == (0, True)
    assert files_in(iot.cwd / "pulled") == files_in(iot.cwd / "copied") == here
    (iot.cwd / "saved" / ".iot-backup.json").unlink()
    assert files_in(iot.cwd / "saved") == here
