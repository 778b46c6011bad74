# ruff: noqa: PLC0415, PYI024, SIM905, SLF001, SLOT002  (made when asked for; short tables)
"""The modules that programs of the board find built in."""

import importlib
import os
import sys
import types
from collections import namedtuple

import board_console
import board_files
import board_link
import board_machine
import board_time
import board_traceback

_VERSION = (1, 25, 0, "")
_RELEASE = ".".join(map(str, _VERSION[:3]))

# Modules of CPython that boards have too, with the names that both have.
_SHARED = {
    "array": "array",
    "asyncio": "CancelledError Event Lock TimeoutError create_task current_task gather "
    "get_event_loop new_event_loop open_connection run sleep start_server wait_for",
    "binascii": "a2b_base64 b2a_base64 crc32 hexlify unhexlify",
    "builtins": None,
    "cmath": None,
    "collections": "OrderedDict deque namedtuple",
    "errno": None,
    "hashlib": "md5 sha1 sha256",
    "heapq": "heapify heappop heappush",
    "io": "BytesIO StringIO",
    "json": "dump dumps load loads",
    "math": None,
    "random": "choice getrandbits randint random randrange seed uniform",
    "re": "compile match search sub",
    "struct": "calcsize pack pack_into unpack unpack_from",
}


def _make(name, **names):
    module = types.ModuleType(name)
    module.__dict__.update(names)
    return module


def _functions(source, *names):
    return {name: getattr(source, name) for name in names}


class _Implementation(namedtuple("_Implementation", "name version")):
    """``sys.implementation``; ``_machine`` is set besides."""


class Modules:
    """The table of loaded modules, and how built-in ones are made when first asked for.

    Args:
        settings: What the host told: ``uid`` and ``clock_offset``.
    """

    def __init__(self, settings):
        self.loaded = {}
        self.path = ["", ".frozen", "/lib"]
        machine = f"Simulated board with CPython {sys.version_info[0]}.{sys.version_info[1]}"
        self.implementation = _Implementation("micropython", _VERSION)
        self.implementation._machine = machine
        self.banner = f"MicroPython v{_RELEASE} (simulated by CPython); {machine}"
        board_machine.configure(bytes.fromhex(settings["uid"]))
        board_time.clock.offset = settings["clock_offset"]

    def add_main(self):
        """Return the programs' names, which are those of the module ``__main__``."""
        main = self.loaded["__main__"] = types.ModuleType("__main__")
        names = main.__dict__
        names.clear()
        names["__name__"] = "__main__"
        return names

    def make(self, name):
        """Return a new built-in module, ``None`` if boards have none of this name."""
        maker = getattr(self, f"_make_{name}", None)
        if maker is not None:
            return maker()
        if name in _SHARED:
            return self._shared(name)
        return None

    @staticmethod
    def _shared(name):
        source = importlib.import_module(name)
        chosen = (_SHARED[name] or " ".join(n for n in dir(source) if n[0] != "_")).split()
        return _make(name, **_functions(source, *chosen))

    def _make_sys(self):
        return _make(
            "sys",
            argv=[],
            byteorder=sys.byteorder,
            exit=sys.exit,
            implementation=self.implementation,
            maxsize=sys.maxsize,
            modules=self.loaded,
            path=self.path,
            platform="simulator",
            print_exception=_print_exception,
            stderr=board_console.stdout,
            stdin=board_console.stdin,
            stdout=board_console.stdout,
            version=f"3.4.0; MicroPython v{_RELEASE}",
            version_info=(3, 4, 0),
        )

    def _make_os(self):
        names = (
            "chdir getcwd ilistdir listdir mkdir remove rename rmdir stat statvfs sync unlink"
        ).split()
        uname = namedtuple("uname_result", "sysname nodename release version machine")(
            "simulator", "simulator", _RELEASE, f"v{_RELEASE}", self.implementation._machine
        )
        files = _functions(board_files, *names)
        return _make("os", sep="/", urandom=os.urandom, uname=lambda: uname, **files)

    def _make_io(self):
        return _make("io", **vars(self._shared("io")) | {"open": board_files.open_file})

    def _make_asyncio(self):
        module = self._shared("asyncio")
        module.sleep_ms = lambda milliseconds: module.sleep(milliseconds / 1000)
        module.wait_for_ms = lambda task, limit: module.wait_for(task, limit / 1000)
        return module

    def _make_builtins(self):
        import board_import

        return board_import.BuiltinsModule()

    def _make_select(self):
        names = ("POLLERR", "POLLHUP", "POLLIN", "POLLOUT", "poll", "select")
        return _make("select", **_functions(board_console, *names))

    def _make_time(self):
        return _make("time", **_functions(board_time, *board_time.NAMES))

    def _make_machine(self):
        return _make("machine", **_functions(board_machine, *board_machine.NAMES))

    def _make_neopixel(self):
        return _make("neopixel", NeoPixel=board_machine.NeoPixel)

    def _make_deflate(self):
        import board_deflate

        names = ("AUTO", "RAW", "ZLIB", "GZIP", "DeflateIO")
        return _make("deflate", **_functions(board_deflate, *names))

    def _make_gc(self):
        import gc

        return _make(
            "gc",
            **_functions(gc, "collect", "disable", "enable", "isenabled"),
            mem_alloc=lambda: 64 * 1024,
            mem_free=lambda: 192 * 1024,
            threshold=lambda _amount=-1: -1,
        )

    def _make_micropython(self):
        return _make(
            "micropython",
            alloc_emergency_exception_buf=lambda _size: None,
            asm_thumb=_same,
            const=_same,
            heap_lock=lambda: None,
            heap_unlock=lambda: None,
            kbd_intr=lambda character: board_link.send(b"k", b"%d" % character),
            mem_info=_print_memory,
            native=_same,
            opt_level=lambda _level=None: 0,
            qstr_info=lambda _verbose=None: None,
            schedule=lambda function, argument: function(argument),
            stack_use=lambda: 0,
            viper=_same,
        )


def _same(value):
    return value


def _print_memory(*_verbose):
    board_console.print("mem: total=262144, current=65536, peak=65536")


def _print_exception(error, file=board_console.stdout):
    file.write(board_traceback.format_error(error))
