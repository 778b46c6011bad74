# ruff: noqa: PLW0603  (small functions)
"""The pipes to the host: commands and the program's input come, messages and output go."""

import _thread
import json
import os
import queue
import signal
import threading

_READ_SIZE = 65536
_TOKEN_SIZE = 16

_write_lock = threading.RLock()
_commands = queue.SimpleQueue()
_token = b""
interrupted = threading.Event()  # ends a sleep


def write(data):
    """Write bytes of a program to the wire, as they are."""
    view = memoryview(data)
    with _write_lock:
        while view:
            view = view[os.write(1, view[:_READ_SIZE]) :]


def send(kind, payload=b""):
    """Send a message; a short one, as programs cause them, in one write that nothing cuts."""
    header = _token + kind + len(payload).to_bytes(4, "big")
    with _write_lock:
        if len(payload) < 256:
            os.write(1, header + payload)
        else:
            os.write(1, header)
            write(payload)


class Stdin:
    """What the host sent to the running program and the program did not read yet.

    There is no limit: what Ctrl-C needs to pass must not be held up.
    """

    def __init__(self):
        self._changed = threading.Condition()
        self._data = bytearray()
        self._has_ended = False

    def feed(self, data):
        with self._changed:
            self._data += data
            self._changed.notify_all()

    def feed_end(self):
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    def wait(self, timeout=None):
        """Tell whether there is a byte, after at most ``timeout`` seconds."""
        interrupted.clear()
        with self._changed:
            self._changed.wait_for(lambda: self._data or interrupted.is_set(), timeout)
            return bool(self._data)

    def wake(self):
        with self._changed:
            self._changed.notify_all()

    def read(self, size):
        """Return ``size`` bytes; wait until they are there."""
        data = bytearray()
        while len(data) < size:
            if self.wait():
                with self._changed:
                    part = self._data[: size - len(data)]
                    del self._data[: len(part)]
                data += part
        return bytes(data)

    def end_run(self):
        """Wait for the end of this run's input, return what is unread, and be empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_ended)
            unread = bytes(self._data)
            self._data.clear()
            self._has_ended = False
        return unread


stdin = Stdin()


class _Incoming:
    """Takes apart what comes: a command, its input until the marker, a command, ..."""

    def __init__(self, on_command):
        self._on_command = on_command
        self._waiting = b""
        self._in_run = False

    def feed(self, data):
        self._waiting += data
        more_waits = len(data) == _READ_SIZE
        while self._waiting and (self._input(more_waits) if self._in_run else self._command()):
            pass

    def _command(self):
        end = 5 + int.from_bytes(self._waiting[1:5], "big")
        if len(self._waiting) < max(5, end):
            return False
        command = self._waiting[:1], self._waiting[5:end]
        self._waiting = self._waiting[end:]
        self._in_run = command[0] != b"c"
        self._on_command()
        _commands.put(command)
        return True

    def _input(self, more_waits):
        start = self._waiting.find(_token)
        if start < 0:
            # Only a full read can have cut a token in two: it is written at once.
            kept = _TOKEN_SIZE if more_waits else 0
            end = max(0, len(self._waiting) - kept)
            stdin.feed(self._waiting[:end])
            self._waiting = self._waiting[end:]
            return False
        end = start + _TOKEN_SIZE + 1
        if len(self._waiting) < end:
            return False
        stdin.feed(self._waiting[:start])
        kind = self._waiting[end - 1 : end]
        self._waiting = self._waiting[end:]
        if kind == b"m":
            self._in_run = False
            stdin.feed_end()
        else:
            _interrupt()
        return True


def _interrupt():
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        _thread.interrupt_main()
    # Only then, for Windows: a wait that begins in between has seen the signal.
    interrupted.set()
    stdin.wake()


def _read_loop(on_command):
    incoming = _Incoming(on_command)
    while data := os.read(0, _READ_SIZE):
        incoming.feed(data)
    os._exit(0)  # the host is gone


def start(on_command):
    """Begin to listen; return the settings. ``on_command`` is told that a command has come."""
    global _token
    threading.Thread(target=_read_loop, args=(on_command,), daemon=True).start()
    settings = json.loads(_commands.get()[1])
    _token = bytes.fromhex(settings["token"])
    return settings


def next_command():
    while True:
        try:
            # A wait without end could not be interrupted on Windows, and need not be.
            return _commands.get(timeout=3600)
        except queue.Empty:
            continue


def ask_and_wait(kind, value=0):
    """Ask the host for something that ends this virtual machine."""
    send(kind, b"%d" % value)
    while True:
        interrupted.wait(3600)
