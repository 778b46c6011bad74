# ruff: noqa: ARG002  (the methods of a MicroPython stream)
"""File systems that no Ctrl-C strikes in the middle of.

MicroPython's unix port leaves C code at once when SIGINT comes, and littlefs and FAT with it, in
whatever state they are; on a board an interrupt waits until they are done. Where the system's C
library can be called (Linux), SIGINT waits, too.
"""

import io
import sys

_BLOCK = 0  # SIG_BLOCK and SIG_UNBLOCK of Linux
_UNBLOCK = 1
_SIGINT_ONLY = b"\x02" + b"\0" * 127


def without_interrupts(files):
    """Return a file system that works undisturbed, if that is possible here."""
    try:
        import ffi  # noqa: PLC0415  (not in every MicroPython)
    except ImportError:
        return files
    if sys.platform != "linux":
        return files
    set_mask = ffi.open(None).func("i", "pthread_sigmask", "ipp")

    def undisturbed(function, *arguments):
        set_mask(_BLOCK, _SIGINT_ONLY, None)
        try:
            return function(*arguments)
        finally:
            set_mask(_UNBLOCK, _SIGINT_ONLY, None)

    return _Files(files, undisturbed)


class _Files:
    """Passes everything on to a file system."""

    def __init__(self, files, undisturbed):
        self._files = files
        self._do = undisturbed

    def mount(self, readonly, mkfs):
        self._do(self._files.mount, readonly, mkfs)

    def umount(self):
        self._do(self._files.umount)

    def open(self, path, mode):
        return _File(self._do(self._files.open, path, mode), self._do)

    def chdir(self, path):
        self._do(self._files.chdir, path)

    def getcwd(self):
        return self._do(self._files.getcwd)

    def ilistdir(self, path):
        entries = self._do(self._files.ilistdir, path)
        while True:
            try:
                entry = self._do(next, entries)
            except StopIteration:
                return
            yield entry

    def mkdir(self, path):
        self._do(self._files.mkdir, path)

    def remove(self, path):
        self._do(self._files.remove, path)

    def rename(self, old, new):
        self._do(self._files.rename, old, new)

    def rmdir(self, path):
        self._do(self._files.rmdir, path)

    def stat(self, path):
        return self._do(self._files.stat, path)

    def statvfs(self, path):
        return self._do(self._files.statvfs, path)


class _File(io.IOBase):
    """Passes everything on to a file."""

    def __init__(self, file, undisturbed):
        self._file = file
        self._do = undisturbed

    def read(self, *size):
        return self._do(self._file.read, *size)

    def readinto(self, *arguments):
        return self._do(self._file.readinto, *arguments)

    def readline(self, *size):
        return self._do(self._file.readline, *size)

    def readlines(self):
        return list(self)

    def write(self, *arguments):
        return self._do(self._file.write, *arguments)

    def seek(self, *arguments):
        return self._do(self._file.seek, *arguments)

    def tell(self):
        return self._do(self._file.tell)

    def flush(self):
        self._do(self._file.flush)

    def close(self):
        self._do(self._file.close)

    def ioctl(self, request, argument):
        if request == 4:  # MP_STREAM_CLOSE
            self.close()
        return 0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line
