"""What goes wrong with files: full, read-only, changed; on real FAT and littlefs in RAM."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from boards.marks import on_microbit, on_micropython, on_simulators
from iot_device.errors import (
    BoardOSError,
    UnsupportedError,
    VerificationError,
)
from iot_device.opening import open_device
from iot_device.simulator.options import parse_simulator_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boards.boards import StartedBoard
    from iot_device.device import Device
    from iot_device.filesystem import FileSystem

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


RAM_DISK = """
import os, vfs
class RamDisk:
    def __init__(self, blocks):
        self.data = bytearray(blocks * 512)
    def readblocks(self, block, buffer, offset=0):
        start = block * 512 + offset
        buffer[:] = self.data[start : start + len(buffer)]
    def writeblocks(self, block, buffer, offset=0):
        start = block * 512 + offset
        self.data[start : start + len(buffer)] = buffer
    def ioctl(self, request, argument):
        return {4: len(self.data) // 512, 5: 512}.get(request, 0)
def make(kind):
    disk = RamDisk(100)
    kind.mkfs(disk)
    return kind(disk)
class Wrapped:
    def __init__(self, fs):
        self.fs = fs
    def __getattr__(self, name):
        return getattr(self.fs, name)
"""
OLD = b"the old file " * 20
NEW = b"the new file, longer " * 30


@pytest.fixture(scope="module")
def shared(board: StartedBoard) -> Iterator[Device]:
    with open_device(board.target()) as device:
        yield device


@pytest.fixture
def device(board: StartedBoard, shared: Device) -> Iterator[Device]:
    """The board; on MicroPython with RAM_DISK, and what a test mounts at /ram goes with it."""
    if board.id != "simulator-micropython":
        yield shared
        return
    shared.execute(RAM_DISK)
    yield shared
    shared.execute("try:\n vfs.umount('/ram')\nexcept OSError: pass")


@pytest.fixture
def files(device: Device) -> FileSystem:
    return device.files


@pytest.fixture
def flash(board: StartedBoard) -> Iterator[Path]:
    """The folder on the host that is the board's flash; empty again after the test."""
    folder = parse_simulator_url(str(board.target())).flash
    yield folder
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def names(files: FileSystem, path: str) -> list[str]:
    return [entry.name for entry in files.listdir(path)]


@pytest.fixture(params=["VfsFat", "VfsLfs2"])
def mounted(device: Device, request: pytest.FixtureRequest) -> str:
    """The name of the file system at /ram, which holds the old file."""
    device.execute(f"vfs.mount(make(vfs.{request.param}), '/ram')")
    device.files.write("/ram/f", OLD)
    return str(request.param)


@on_micropython
@pytest.mark.usefixtures("mounted")
class TestOnFlashFileSystems:
    def test_a_file_is_replaced(self, files: FileSystem) -> None:
        result = files.write("/ram/f", NEW)
        assert files.read("/ram/f") == NEW
        assert result.atomic
        assert [(e.name, e.size) for e in files.listdir("/ram")] == [("f", len(NEW))]

    def test_trees_are_made_and_removed(self, files: FileSystem) -> None:
        files.mkdir("/ram/a/b", parents=True)
        files.write("/ram/a/b/f", b"x")
        assert [e.path for e in files.list_tree("/ram/a")] == ["/ram/a/b", "/ram/a/b/f"]
        for path, kind in (("/ram/a/b", IsADirectoryError), ("/ram/f", NotADirectoryError)):
            with pytest.raises(kind):
                (files.remove if kind is IsADirectoryError else files.rmdir)(path)
        with pytest.raises(NotADirectoryError):
            files.listdir("/ram/f")
        files.rmtree("/ram/a")
        assert names(files, "/ram") == ["f"]

    def test_an_empty_folder_in_the_way_of_a_file_stays(self, files: FileSystem) -> None:
        files.mkdir("/ram/d")
        for write in (files.write, lambda path, data: files.write_many([(path, data)])):
            with pytest.raises(IsADirectoryError, match="in the way; nothing was done"):
                write("/ram/d", NEW)
        assert [(entry.name, entry.type) for entry in files.listdir("/ram")] == [
            ("d", "dir"),
            ("f", "file"),
        ]

    def test_appending_and_touching_work(self, files: FileSystem) -> None:
        files.append("/ram/f", b"more")
        files.touch("/ram/g")
        assert files.read("/ram/f") == OLD + b"more"
        assert files.read("/ram/g") == b""

    def test_a_write_without_room_does_nothing_and_gives_figures(self, files: FileSystem) -> None:
        free = files.statvfs("/ram").free
        with pytest.raises(BoardOSError, match=f"{free + 1} bytes .* {free} are free") as caught:
            files.write("/ram/f", bytes(free + 1))
        assert caught.value.errno == errno.ENOSPC
        assert caught.value.hint
        assert files.read("/ram/f") == OLD
        assert names(files, "/ram") == ["f"]

    def test_a_disk_that_fills_in_the_middle_keeps_the_old_file(
        self, device: Device, files: FileSystem
    ) -> None:
        # The free room is a lie: the driver has no more of it.
        device.execute(
            "class Full(Wrapped):\n"
            "    def statvfs(self, path):\n"
            "        return (512, 512, 100000, 100000, 100000, 0, 0, 0, 0, 255)\n"
            "old = [m[0] for m in vfs.mount() if m[1] == '/ram'][0]\n"
            "vfs.umount('/ram')\n"
            "vfs.mount(Full(old), '/ram')\n"
        )
        with pytest.raises(BoardOSError, match="f on the board is unchanged") as caught:
            files.write("/ram/f", bytes(60_000))
        assert caught.value.errno == errno.ENOSPC
        assert files.read("/ram/f") == OLD
        assert names(files, "/ram") == ["f"]
        with pytest.raises(BoardOSError, match="after its first 260"):
            files.append("/ram/f", bytes(60_000))
        assert "_iot_file" not in device.evaluate("dir()")

    def test_a_read_only_file_system_is_named_with_a_remedy(
        self, device: Device, files: FileSystem
    ) -> None:
        device.execute(
            "old = [m[0] for m in vfs.mount() if m[1] == '/ram'][0]\n"
            "vfs.umount('/ram')\n"
            "vfs.mount(old, '/ram', readonly=True)\n"
        )
        if device.evaluate("type(old).__name__") == "VfsLfs2":
            return  # littlefs does not heed readonly
        for action in (files.write, files.append):
            with pytest.raises(BoardOSError) as caught:
                action("/ram/f", NEW)
            assert caught.value.errno == errno.EROFS
            assert "CIRCUITPY" in str(caught.value.hint)
        assert files.read("/ram/f") == OLD

    def test_removing_everything_spares_mount_points(self, files: FileSystem, flash: Path) -> None:
        files.mkdir("/d/e", parents=True)
        files.write("/d/e/f", b"x")
        files.rmtree("/")
        assert os.listdir(flash) == []  # noqa: PTH208  (the names, nothing else)
        assert names(files, "/") == ["ram"]
        assert files.read("/ram/f") == OLD
        files.rmtree("/ram")
        assert names(files, "/ram") == []
        files.write("/ram/f", OLD)

    def test_mount_points_are_spared_beside_a_name_that_is_no_utf_8(
        self, files: FileSystem
    ) -> None:
        files.mkdir("/d\udcff")
        files.write("/d\udcff/f", b"x")
        files.rmtree("/")
        assert names(files, "/") == ["ram"]
        assert files.read("/ram/f") == OLD


def mount_wrapped(device: Device, methods: str) -> None:
    """Mount a FAT whose methods are replaced; the old file is in it."""
    indented = "".join(f"    {line}\n" for line in methods.splitlines())
    device.execute(f"class Special(Wrapped):\n{indented}fat = Special(make(vfs.VfsFat))\n")
    device.execute("vfs.mount(fat.fs, '/ram')")
    device.files.write("/ram/f", OLD)
    device.execute("vfs.umount('/ram')\nvfs.mount(fat, '/ram')")


@on_micropython
def test_what_cannot_be_removed_is_named_and_ends_the_removal(
    device: Device, files: FileSystem
) -> None:
    mount_wrapped(
        device,
        "def remove(self, path):\n"
        "    if path.endswith('held'):\n"
        "        raise OSError(16)\n"
        "    self.fs.remove(path)\n",
    )
    files.mkdir("/ram/d")
    files.touch("/ram/d/held")
    with pytest.raises(BoardOSError) as caught:
        files.rmtree("/ram")
    assert (caught.value.errno, caught.value.filename) == (errno.EBUSY, "/ram/d/held")
    assert names(files, "/ram") == ["d"]


@on_micropython
def test_a_rename_that_does_not_replace_is_helped(device: Device, files: FileSystem) -> None:
    mount_wrapped(
        device,
        "def rename(self, old, new):\n"
        "    try:\n"
        "        self.fs.stat(new)\n"
        "    except OSError:\n"
        "        return self.fs.rename(old, new)\n"
        "    raise OSError(17)\n",
    )
    files.write("/ram/f", NEW)
    assert files.read("/ram/f") == NEW
    files.write("/ram/g", OLD)
    files.rename("/ram/g", "/ram/f")
    assert files.read("/ram/f") == OLD
    assert names(files, "/ram") == ["f"]


@on_micropython
def test_a_rename_that_loses_the_old_file_leaves_the_new_one_and_says_where(
    device: Device, files: FileSystem
) -> None:
    mount_wrapped(
        device, "def rename(self, old, new):\n    self.fs.remove(new)\n    raise OSError(5)\n"
    )
    with pytest.raises(BoardOSError, match=r"the new one, whole, is /ram/f\.~iot"):
        files.write("/ram/f", NEW)
    assert files.read("/ram/f.~iot") == NEW


@on_micropython
def test_a_rename_that_fails_leaves_the_old_file_alone(device: Device, files: FileSystem) -> None:
    mount_wrapped(device, "def rename(self, old, new):\n    raise OSError(5)\n")
    with pytest.raises(BoardOSError, match="/ram/f is the old file"):
        files.write("/ram/f", NEW)
    with pytest.raises(BoardOSError, match="there is no /ram/g"):
        files.write("/ram/g", NEW)
    assert files.read("/ram/f") == OLD
    assert names(files, "/ram") == ["f"]


_FLIPPING = """\
def open(self, path, mode):
    file = self.fs.open(path, mode)
    if 'b' in mode and ('w' in mode or 'a' in mode):
        class Flipping(Wrapped):
            def write(self, data):
                return self.fs.write(bytes([data[0] ^ 1]) + data[1:])
        return Flipping(file)
    return file
"""


@on_micropython
def test_bytes_that_are_stored_wrongly_are_found(device: Device, files: FileSystem) -> None:
    mount_wrapped(device, _FLIPPING)
    with pytest.raises(VerificationError, match="f on the board is unchanged") as caught:
        files.write("/ram/f", NEW)
    assert caught.value.expected != caught.value.actual
    assert files.read("/ram/f") == OLD
    assert names(files, "/ram") == ["f"]
    with pytest.raises(VerificationError):
        files.append("/ram/f", NEW)


_FULL_AT_CLOSE = """\
def open(self, path, mode):
    file = self.fs.open(path, mode)
    if 'w' in mode:
        class Full(Wrapped):
            def close(self):
                self.fs.close()
                raise OSError(28)
        return Full(file)
    return file
"""


@on_micropython
def test_a_disk_that_is_full_when_the_file_is_closed_keeps_the_old_file(
    device: Device, files: FileSystem
) -> None:
    mount_wrapped(device, _FULL_AT_CLOSE)
    with pytest.raises(BoardOSError, match="f on the board is unchanged") as caught:
        files.write("/ram/f", NEW)
    assert caught.value.errno == errno.ENOSPC
    assert files.read("/ram/f") == OLD
    assert names(files, "/ram") == ["f"]


_CHANGING = """\
left = {times}
def open(self, path, mode):
    if mode == 'rb' and self.left:
        self.left -= 1
        with self.fs.open(path, 'wb') as file:
            file.write(bytes([self.left]) * 260)
    return self.fs.open(path, mode)
"""


@on_micropython
def test_a_file_that_changes_once_is_read_again(device: Device, files: FileSystem) -> None:
    mount_wrapped(device, _CHANGING.format(times=2))
    assert files.read("/ram/f") == bytes(260)


@on_micropython
def test_a_file_that_keeps_changing_is_not_believed(device: Device, files: FileSystem) -> None:
    mount_wrapped(device, _CHANGING.format(times=200))
    with pytest.raises(VerificationError, match="what was read is not what is on the board"):
        files.read("/ram/f")


@on_micropython
def test_memory_in_small_pieces_is_enough(device: Device, files: FileSystem, flash: Path) -> None:
    # Much memory is free, but no piece of it holds a large part of the file.
    device.execute(
        "import gc\n"
        "junk = []\n"
        "try:\n"
        "    while True: junk.append(bytearray(2000))\n"
        "except MemoryError: pass\n"
        "for i in range(0, len(junk), 2): junk[i] = None\n"
        "gc.collect()\n"
    )
    data = bytes(range(256)) * 40
    try:
        files.write("/f", data)
        assert files.read("/f") == data
    finally:
        device.execute("junk = None")
    assert (flash / "f").read_bytes() == data


@contextmanager
def without(device: Device, *functions: str) -> Iterator[None]:
    """Take functions of ``os`` away, as on firmware that lacks them."""
    device.execute("import os\nkept = {}")
    for name in functions:
        device.execute(f"kept['{name}'] = os.{name}\ndel os.{name}")
    device.files.forget()
    yield
    device.execute("for name in kept: setattr(os, name, kept[name])\ndel kept")
    device.files.forget()


@on_micropython
def test_firmware_without_ilistdir_lists_by_stat(device: Device, files: FileSystem) -> None:
    files.mkdir("/l/d", parents=True)
    files.write("/l/d/f", b"123")
    with without(device, "ilistdir"):
        tree = [(entry.path, entry.type, entry.size) for entry in files.list_tree("/l")]
    assert tree == [("/l/d", "dir", 0), ("/l/d/f", "file", 3)]


@on_micropython
@pytest.mark.usefixtures("mounted")
def test_firmware_without_statvfs_finds_out_by_writing(device: Device, files: FileSystem) -> None:
    with without(device, "statvfs", "sync"):
        files.write("/ram/g", NEW)
        with pytest.raises(BoardOSError, match="f on the board is unchanged") as caught:
            files.write("/ram/f", bytes(60_000))
    assert caught.value.errno == errno.ENOSPC
    assert files.read("/ram/f") == OLD
    assert files.read("/ram/g") == NEW


@on_micropython
@pytest.mark.usefixtures("mounted")
def test_firmware_without_rename_writes_in_place_and_says_so(
    device: Device, files: FileSystem
) -> None:
    with without(device, "rename"):
        assert not files.write("/ram/f", NEW).atomic
        assert files.read("/ram/f") == NEW
        with pytest.raises(BoardOSError, match="/ram/f was removed") as caught:
            files.write("/ram/f", bytes(60_000))
        with pytest.raises(UnsupportedError):
            files.rename("/ram/f", "/ram/g")
    assert caught.value.errno == errno.ENOSPC
    assert names(files, "/ram") == []


@on_micropython
def test_what_is_written_is_synchronised(device: Device, files: FileSystem) -> None:
    device.execute("synchronised = []\nkept = os.sync\nos.sync = lambda: synchronised.append(1)")
    files.write("/f", NEW)
    device.execute("os.sync = kept")
    assert device.evaluate("synchronised") == [1]


@on_micropython
def test_a_file_left_open_by_a_killed_run_is_closed(device: Device, files: FileSystem) -> None:
    device.execute("left = open('/left', 'wb')\n_iot_file = [left, 0]")
    files.write("/f", NEW)
    assert device.execute("left.write(b'x')", check=False).exception in ("OSError", "ValueError")
    assert "_iot_file" not in device.evaluate("dir()")


@on_microbit
def test_a_full_microbit_keeps_no_half_of_a_file(device: Device, files: FileSystem) -> None:
    # All but the last blocks of its flash.
    device.execute(
        "import os\n"
        "def fill(size):\n"
        "    with open('fill', 'wb') as file:\n"
        "        for i in range(size): file.write(b'x' * 128)\n"
        "for size in range(250, 0, -10):\n"
        "    try: fill(size)\n"
        "    except OSError: continue\n"
        "    break\n"
    )
    with pytest.raises(BoardOSError, match="f was removed") as caught:
        files.write("f", bytes(2000))
    assert caught.value.errno == errno.ENOSPC
    assert names(files, "/") == ["fill"]


@on_simulators
def test_thousands_of_files_are_listed(files: FileSystem, flash: Path) -> None:
    (flash / "many").mkdir()
    for number in range(3000):
        (flash / "many" / f"{number:04}").touch()
    assert names(files, "/many") == [f"{number:04}" for number in range(3000)]
    files.rename("/many", "/moved")
    assert len(files.list_tree("/moved")) == 3000


@on_simulators
def test_a_tree_without_end_has_an_end_in_listings(files: FileSystem, flash: Path) -> None:
    (flash / "/".join("d" * 40)).mkdir(parents=True)
    assert len(files.list_tree("/d")) == 33
    assert len(list(files.walk("/d"))) == 33


@on_simulators
def test_a_name_of_full_length_can_be_written(files: FileSystem, flash: Path) -> None:
    name = "n" * 255
    files.write(f"/{name}", b"x")
    assert (flash / name).read_bytes() == b"x"
    with pytest.raises(BoardOSError) as caught:
        files.write(f"/{name}n", b"x")
    assert caught.value.errno == errno.ENAMETOOLONG
