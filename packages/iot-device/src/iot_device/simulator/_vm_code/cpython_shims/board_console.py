# ruff: noqa: A001, ARG001, N801  (names of Python and MicroPython)
"""The board's terminal: ``sys.stdin``, ``sys.stdout``, ``print``, ``input``, ``select``."""

import time

import board_link

POLLIN = 1
POLLOUT = 4
POLLERR = 8
POLLHUP = 16


def _encode(text):
    return text.encode("utf-8", "surrogateescape")


class _BinaryOutput:
    def write(self, data):
        board_link.write(data)
        return memoryview(data).nbytes

    def flush(self):
        pass


class TextOutput:
    r"""Text to the wire: ``\n`` becomes ``\r\n`` as on boards."""

    def __init__(self):
        self.buffer = _BinaryOutput()

    def write(self, text):
        data = _encode(text) if isinstance(text, str) else bytes(text)
        board_link.write(data.replace(b"\n", b"\r\n"))
        return len(text)

    def flush(self):
        pass


class _BinaryInput:
    def read(self, size=-1):
        if size >= 0:
            return board_link.stdin.read(size)
        while True:  # a board's input has no end
            board_link.stdin.wait()

    def readinto(self, buffer, size=None):
        view = memoryview(buffer).cast("B")
        size = len(view) if size is None else size
        view[:size] = board_link.stdin.read(size)
        return size

    def readline(self):
        line = b""
        while not line.endswith(b"\n"):
            line += board_link.stdin.read(1)
        return line


class TextInput:
    def __init__(self):
        self.buffer = _BinaryInput()

    def read(self, size=-1):
        return self._decode(self.buffer.read(size))

    def readline(self):
        line = ""
        while not line.endswith("\n"):
            line += self.read(1)
        return line

    @staticmethod
    def _decode(data):
        # The last character may need more bytes.
        while True:
            try:
                return data.decode().replace("\r", "\n")
            except UnicodeDecodeError as error:
                if error.reason != "unexpected end of data":
                    raise
                data += board_link.stdin.read(1)


stdin = TextInput()
stdout = TextOutput()


def print(*values, sep=" ", end="\n", file=None):
    (file or stdout).write(sep.join(map(str, values)) + end)


def display(value):
    """Show the value of an expression at the friendly prompt."""
    if value is not None:
        print(repr(value))


def input(prompt=""):
    """Read a line as a board does: echo, backspace, an end by either kind of line end."""
    stdout.write(str(prompt))
    line = bytearray()
    while True:
        byte = board_link.stdin.read(1)
        if byte in (b"\r", b"\n"):
            board_link.write(b"\r\n")
            return line.decode()
        if byte == b"\x03":
            raise KeyboardInterrupt
        if byte == b"\x04" and not line:
            raise EOFError
        _edit(line, byte)


def _edit(line, byte):
    if byte in (b"\x08", b"\x7f"):
        if line:
            line[:] = line.decode(errors="ignore")[:-1].encode()
            board_link.write(b"\x08 \x08")
    elif byte >= b" ":
        line.extend(byte)
        board_link.write(byte)


def sleep(seconds):
    """Wait, until a Ctrl-C at the most."""
    board_link.interrupted.clear()
    board_link.interrupted.wait(max(0, seconds))


class poll:
    """``select.poll`` for the terminal, the only stream that a simulated board can wait for."""

    def __init__(self):
        self._registered = {}

    def register(self, stream, flags=POLLIN | POLLOUT):
        self._registered[id(stream)] = stream, flags

    modify = register

    def unregister(self, stream):
        self._registered.pop(id(stream), None)

    def poll(self, timeout=-1):
        deadline = None if timeout is None or timeout < 0 else time.monotonic() + timeout / 1000
        while not (ready := self._ready()):
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                break
            board_link.stdin.wait(left)
        return ready

    ipoll = poll

    def _ready(self):
        has_input = board_link.stdin.wait(0)
        found = []
        for stream, flags in self._registered.values():
            is_input = isinstance(stream, (TextInput, _BinaryInput))
            possible = (POLLIN if has_input else 0) if is_input else POLLOUT
            if possible & flags:
                found.append((stream, possible & flags))
        return found


def select(readers, writers, errors, timeout=None):
    """``select.select`` for the terminal."""
    poller = poll()
    for stream in readers:
        poller.register(stream, POLLIN)
    for stream in writers:
        poller.register(stream, POLLOUT)
    ready = [stream for stream, _ in poller.poll(-1 if timeout is None else timeout * 1000)]
    return [s for s in readers if s in ready], [s for s in writers if s in ready], []
