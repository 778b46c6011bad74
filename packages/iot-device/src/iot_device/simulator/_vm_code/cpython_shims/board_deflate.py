# ruff: noqa: ARG002  (the methods of a MicroPython stream)
"""``deflate`` of a board, by ``zlib``."""

import zlib

AUTO = 0
RAW = 1
ZLIB = 2
GZIP = 3
_READ_BITS = {AUTO: 47, RAW: -15, ZLIB: 15, GZIP: 31}
_WRITE_BITS = {AUTO: -15, RAW: -15, ZLIB: 15, GZIP: 31}


class DeflateIO:
    """Reads or writes a compressed stream; never reads beyond its end.

    Args:
        stream: Where the compressed bytes are.
        format: Kind of stream; ``AUTO`` is for reading only.
        wbits: Size of the window; without effect, the host has memory for the largest.
        close: Whether ``close`` closes ``stream`` too.
    """

    def __init__(self, stream, format=AUTO, wbits=0, close=False):  # noqa: A002, FBT002
        self._stream = stream
        self._closes = close
        self._reader = zlib.decompressobj(_READ_BITS[format])
        self._unread = b""
        self._writer = zlib.compressobj(wbits=_WRITE_BITS[format])
        self._has_written = False

    def read(self, size=-1):
        while (size < 0 or len(self._unread) < size) and not self._reader.eof:
            data = self._stream.read(1)
            if not data:
                break
            try:
                self._unread += self._reader.decompress(data)
            except zlib.error:
                raise OSError(22, "EINVAL") from None
        end = len(self._unread) if size < 0 else size
        data, self._unread = self._unread[:end], self._unread[end:]
        return data

    def readinto(self, buffer, size=-1):
        view = memoryview(buffer).cast("B")
        data = self.read(len(view) if size < 0 else size)
        view[: len(data)] = data
        return len(data)

    def readline(self):
        line = b""
        while not line.endswith(b"\n") and (byte := self.read(1)):
            line += byte
        return line

    def write(self, data):
        self._has_written = True
        self._stream.write(self._writer.compress(data))
        return len(data)

    def close(self):
        if self._has_written:
            self._stream.write(self._writer.flush())
            self._has_written = False
        if self._closes:
            self._stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()
