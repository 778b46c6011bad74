"""A flash image: MicroPython's own littlefs or FAT on a file of the host."""

import sim_board
import sim_masked
import vfs

_COUNT = 4  # requests of ioctl, see the block devices in MicroPython's documentation
_SIZE = 5
_ERASE = 6
_ERASED = b"\xff" * 256


class _Flash:
    """A block device; each write goes to the file at once, so that it survives this process."""

    def __init__(self, name, block_size):
        self._file = vfs.VfsPosix().open(name, "r+b")
        self._size = block_size
        self._count = self._file.seek(0, 2) // block_size
        self._writes_left = -1
        self._half = False

    def arm(self, writes, half):
        """Let the power fail in a later write."""
        self._writes_left = writes
        self._half = half

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(block * self._size + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        data = memoryview(buffer)
        for start in range(0, len(data), self._size):
            self._write(block * self._size + offset + start, data[start : start + self._size])

    def ioctl(self, request, argument):
        if request == _COUNT:
            return self._count
        if request == _SIZE:
            return self._size
        if request == _ERASE:
            self._write(argument * self._size, None)
        return 0

    def is_erased(self):
        """Tell whether the first block was never written."""
        self._file.seek(0)
        return self._file.read(len(_ERASED)) == _ERASED

    def _write(self, place, data):
        """Write bytes, or erase a block."""
        size = self._size if data is None else len(data)
        if self._writes_left > 0:
            self._writes_left -= 1
            if not self._writes_left:
                self._fail(place, data, size // 2)
        self._store(place, data, size)

    def _store(self, place, data, size):
        self._file.seek(place)
        if data is not None:
            self._file.write(data[:size])
            return
        for _ in range(size // len(_ERASED)):
            self._file.write(_ERASED)

    def _fail(self, place, data, size):
        if self._half:
            self._store(place, data, size)
        sim_board.ask_and_wait(b"p")


def mount(image):
    """Mount the image as the root; format it if it is new.

    One that cannot be mounted is an error: who formats it loses what is in it.
    """
    flash = _Flash(image["name"], image["block_size"])
    kind = vfs.VfsLfs2 if image["kind"] == "lfs2" else vfs.VfsFat
    if flash.is_erased():
        kind.mkfs(flash)
    files = kind(flash)
    vfs.umount("/")
    vfs.mount(sim_masked.without_interrupts(files), "/")
    if image["power_cut"]:
        flash.arm(image["power_cut"]["write"], image["power_cut"]["half"])
