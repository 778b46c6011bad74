"""A flash image: MicroPython's own littlefs or FAT on a file of the host."""

import sys

import sim_board
import sim_interrupt
import vfs

try:
    import ffi
    import uctypes
except ImportError:  # not in every MicroPython
    ffi = None

_COUNT = 4  # requests of ioctl, see the block devices in MicroPython's documentation
_SIZE = 5
_ERASE = 6
_ERASED = b"\xff" * 256


class _Store:
    """Bytes of the host's file at any place."""

    def __init__(self, file):
        self._file = file

    def read(self, place, buffer):
        self._file.seek(place)
        self._file.readinto(buffer)

    def write(self, place, data, start, size):
        self._file.seek(place)
        self._file.write(data, start, size)


class _StoreWithoutMemory:
    """The same without any allocation, by the system's C library.

    The collector closes files that a program has left open, and their last bytes are written while
    the heap is locked.
    """

    def __init__(self, file):
        self._file = file
        self._descriptor = file.fileno()
        library = ffi.open(None)
        self._pread = library.func("l", "pread", "iPLL")
        self._pwrite = library.func("l", "pwrite", "iPLL")

    def read(self, place, buffer):
        self._pread(self._descriptor, uctypes.addressof(buffer), len(buffer), place)

    def write(self, place, data, start, size):
        self._pwrite(self._descriptor, uctypes.addressof(data) + start, size, place)


class _Flash:
    """A block device; each write goes to the file at once, so that it survives this process.

    On a board it would be C, which no interrupt strikes.
    """

    def __init__(self, name, block_size):
        file = vfs.VfsPosix().open(name, "r+b")
        self._size = block_size
        self._count = file.seek(0, 2) // block_size
        self._store = _Store(file) if ffi is None else _StoreWithoutMemory(file)
        self._writes_left = -1
        self._half = False
        self._power_fails = sim_board.token + b"p\0\0\0\0"
        self._stdout = sys.stdout.buffer

    def arm(self, writes, half):
        """Let the power fail in a later write."""
        self._writes_left = writes
        self._half = half

    def readblocks(self, block, buffer, offset=0):
        held = sim_interrupt.hold()
        try:
            self._store.read(block * self._size + offset, buffer)
        finally:
            sim_interrupt.release(held)

    def writeblocks(self, block, buffer, offset=0):
        held = sim_interrupt.hold()
        try:
            start = 0
            while start < len(buffer):
                size = min(self._size, len(buffer) - start)
                self._write(block * self._size + offset + start, buffer, start, size)
                start += size
        finally:
            sim_interrupt.release(held)

    def ioctl(self, request, argument):
        held = sim_interrupt.hold()
        try:
            return self._answer(request, argument)
        finally:
            sim_interrupt.release(held)

    def is_erased(self):
        """Tell whether the first block was never written."""
        first = bytearray(len(_ERASED))
        self._store.read(0, first)
        return first == _ERASED

    def _answer(self, request, argument):
        if request == _COUNT:
            return self._count
        if request == _SIZE:
            return self._size
        if request == _ERASE:
            self._write(argument * self._size, None, 0, self._size)
        return 0

    def _write(self, place, data, start, size):
        """Write bytes, or erase a block."""
        if self._writes_left > 0:
            self._writes_left -= 1
            if not self._writes_left:
                self._fail(place, data, start, size // 2)
        self._change(place, data, start, size)

    def _change(self, place, data, start, size):
        if data is not None:
            self._store.write(place, data, start, size)
            return
        while start < size:
            self._store.write(place + start, _ERASED, 0, min(len(_ERASED), size - start))
            start += len(_ERASED)

    def _fail(self, place, data, start, size):
        if self._half:
            self._change(place, data, start, size)
        self._stdout.write(self._power_fails)
        while True:  # the host ends this process
            pass


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
    vfs.mount(files, "/")
    if image["power_cut"]:
        flash.arm(image["power_cut"]["write"], image["power_cut"]["half"])
