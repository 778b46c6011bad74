# ruff: noqa: BLE001, PLW0603, PTH123, S102, SLF001  (to run what it is given is its purpose)
"""The driver in the child process: runs programs, keeps the root on the flash folder.

A KeyboardInterrupt comes between two instructions (``sim_interrupt``), or anywhere in a MicroPython
where that cannot be had. So the host sends SIGINT only between "started" and "ended", and what
happens in between must bear it anywhere. A byte that a read returns at that moment is lost: see the
ping in the host's ``vm.py``.
"""

import builtins
import gc
import io
import json
import sys

import sim_board
import sim_flash
import sim_interrupt
import sim_memory

_stdin = sys.stdin.buffer
_stdout = sys.stdout.buffer
_ENDED = None  # made before a program can fill the memory
_LOST = None
_HIDDEN_FRAMES = '  File "' + __file__.rsplit("/", 2)[0]


def send(kind, payload=b""):
    """Send a message; a short one, as programs cause them, in one write that nothing cuts."""
    header = sim_board.token + kind + len(payload).to_bytes(4, "big")
    if len(payload) < 256:
        _stdout.write(header + payload)
    else:
        _stdout.write(header)
        _stdout.write(payload)


def _read_exactly(size):
    data = _stdin.read(size)
    if data is None or len(data) < size:
        sys.exit()  # the host is gone
    return data


def _read_frame():
    """Return kind and payload, in a list: who takes them out leaves no copy in the memory."""
    kind = _read_exactly(1)
    size = int.from_bytes(_read_exactly(4), "big")
    try:
        sim_memory.lend(size)
        return [(kind, _read_exactly(size))]
    except MemoryError as error:
        while size:
            size -= len(_read_exactly(min(size, 64)))
        return [(b"!", error)]


def _compile(frame):
    # The text is taken out here: the collector would find it in the caller's frame.
    kind, payload = frame.pop()
    if kind == b"!":
        raise payload
    if kind == b"b":
        return compile(_read_file(payload), payload.decode(), "exec")
    return compile(payload, "<stdin>", "exec" if kind == b"x" else "single")


def _read_file(name):
    """Return the text of a file of the boot; one that is not there does nothing."""
    try:
        with open(name.decode()) as file:
            return file.read()
    except OSError as error:
        if error.errno == 2:  # ENOENT
            return ""
        raise


class _Run:
    """One run: what the program raised, and what is left to be done after it."""

    def __init__(self):
        self.error = None
        self._begun = False
        self._marker = sim_board.token + b"m"
        self._ping = sim_board.token + b"p"
        self._unread = bytearray()

    def step(self, frame, names):
        """Run the program, then read up to the marker; after a Ctrl-C in between go on."""
        if not self._begun:
            self._begun = True
            try:
                code = _compile(frame)
                sim_memory.take_back()
                send(b"s")
                exec(code, names)
            except BaseException as error:
                self.error = error
        _stdout.write(_ENDED)
        return self._read_unread()

    def _read_unread(self):
        size = len(self._marker)
        while self._unread[-size:] != self._marker:
            # One byte is one system call: an interrupted longer read would lose what it has read.
            self._keep(_read_exactly(1))
            if self._unread[-size:] == self._ping:
                self._unread = self._unread[:-size]
                _stdout.write(_ENDED)
        try:
            return self._without_damaged_ping(bytes(self._unread[:-size]))
        except MemoryError:
            return b""

    def _keep(self, byte):
        try:
            self._unread.extend(byte)
        except MemoryError:
            # As on a board: there is room for a few bytes only.
            self._unread = self._unread[-len(self._marker) :]
            self._unread.extend(byte)

    def _without_damaged_ping(self, unread):
        for lost in range(len(self._ping)):
            damaged = self._ping[:lost] + self._ping[lost + 1 :]
            if unread.endswith(damaged):
                return unread[: -len(damaged)]
        return unread


def _run(frame, names):
    run = _Run()
    while True:
        try:
            return run.step(frame, names), run.error
        except KeyboardInterrupt as error:
            # Else a main.py that exits could go on for ever.
            if run.error is None or isinstance(run.error, SystemExit):
                run.error = error


def _is_heap_lost():
    """Tell whether a Ctrl-C struck within the garbage collector, which then stays locked.

    It can where ``sim_interrupt`` can do nothing. The collector's marks are half made; nothing but
    a new virtual machine is safe (``py/gc.c``).
    """
    try:
        bytearray(1)
    except MemoryError as error:
        return "locked" in str(error)
    return False


def _traceback(error):
    if error is None or isinstance(error, SystemExit):
        return b""
    text = io.StringIO()
    sys.print_exception(error, text)
    lines = text.getvalue().split("\n")
    kept = [line for line in lines if not line.startswith(_HIDDEN_FRAMES)]
    return "\n".join(kept).encode()


def _report(error, unread):
    try:
        traceback = _traceback(error)
    except MemoryError:
        error = None
        gc.collect()
        traceback = b"MemoryError: \n"
    flag = b"x" if isinstance(error, SystemExit) else b"-"
    told = flag + len(traceback).to_bytes(4, "big") + traceback
    try:
        send(b"f", told + unread)
    except MemoryError:
        # As on a board: there is room for a few bytes only.
        send(b"f", told)


def _prepare(names):
    global _ENDED, _LOST
    settings = json.loads(_read_frame().pop()[1])
    if settings["leash"]:
        open(settings["leash"]).close()  # the first terminal that is opened is the session's
    sim_board.configure(settings, send)
    _ENDED = sim_board.token + b"e\0\0\0\0"
    _LOST = sim_board.token + b"l\0\0\0\0"
    sim_board.replace_modules()
    builtins.input = sim_board.board_input
    _mount(settings["image"])
    sim_interrupt.install(names)
    names.clear()
    names["__name__"] = "__main__"
    sys.path[:] = ["", ".frozen", "/lib"]
    del sys.argv[:]
    for name in [name for name in sys.modules if name.startswith("sim_")]:
        sys.modules.pop(name)
    machine = sys.implementation._machine
    send(b"r", (sys.version.split("; ", 1)[1] + "; " + machine).encode())
    sim_memory.keep_free(settings["heap"])


def _mount(image):
    if image is None:
        sim_flash.mount()
        return
    import sim_image  # noqa: PLC0415  (its memory is spared where it is not needed)

    sim_image.mount(image)


def main(names):
    _prepare(names)
    while True:
        unread, error = _run(_read_frame(), names)
        try:
            if error is not None and _is_heap_lost():
                _stdout.write(_LOST)
            _report(error, unread)
        except MemoryError:
            _stdout.write(_LOST)
