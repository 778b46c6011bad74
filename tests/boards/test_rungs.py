"""Each way down the ladder of fallbacks, on firmware that lacks what the way above it needs."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from boards.disturbed import Disturbed, opened
from boards.marks import on_micropython, on_simulators
from iot_device.connecting import transport_of
from iot_device.simulator.options import parse_simulator_url

if TYPE_CHECKING:
    from pathlib import Path

    from boards.boards import StartedBoard
    from iot_device.device import Device

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

NOISE = random.Random(2).randbytes(40_000)
TEXT = b"".join(b"    value_%d = reading(%d)\n" % (n, n * n) for n in range(1400))
# Bytes on the wire: all that a way needs, once. Those for pieces alone would be 20,000 if they came
# with each of ten pieces.
OUR_FUNCTIONS = 15_000
OUR_ANSWERS = 1_500  # bytes on the wire

# Puts a module of which names are missing in the place of the firmware's.
LACKING = """\
class Module: pass
real = __import__({module!r})
for name in dir(real):
    if name not in {names!r} and name[:2] != '__': setattr(Module, name, getattr(real, name))
__import__('sys').modules[{module!r}] = Module
{module} = Module
"""
# CircuitPython's and older MicroPython's; they have no ``deflate``.
OLD_ZLIB = """\
class Zlib:
    def decompress(data, wbits):
        if wbits >= 0: raise ValueError
        return Inflater(io.BytesIO(data), 1, -wbits).read()
    decompress = staticmethod(decompress)
import io
Inflater = __import__('deflate').DeflateIO
__import__('sys').modules['zlib'] = Zlib
"""
# As where a firmware's ``deflate`` is named and does not work.
BROKEN_DEFLATE = """\
class Module:
    def DeflateIO(*arguments): raise NotImplementedError
    DeflateIO = staticmethod(DeflateIO)
__import__('sys').modules['deflate'] = Module
"""
NO_MEMORY = """\
import gc
junk = []
try:
    while True: junk.append(bytearray(1500))
except MemoryError: pass
for i in range(0, len(junk), 2): junk[i] = None
gc.collect()
"""


@dataclass(frozen=True)
class Rung:
    """A way in which files cross.

    Attributes:
        name: The name.
        lacks: What the firmware has not got.
        up: Bytes on the wire for each byte of noise and of text, at most, to the board.
        down: The same from the board.
        before: Runs on the board before anything is taken from it.
    """

    name: str
    lacks: tuple[str, ...]
    up: tuple[float, float]
    down: tuple[float, float]
    before: str = ""


_NO_STREAM = ("sys.stdin",)
_NO_BASE64 = ("binascii.a2b_base64", "binascii.b2a_base64")
_NO_HEX = ("binascii.unhexlify", "binascii.hexlify")
_NO_DEFLATE = ("deflate.DeflateIO",)
RUNGS = [
    Rung("stream with deflate", (), (1.04, 0.2), (1.03, 1.03)),
    Rung("stream", _NO_DEFLATE, (1.04, 1.04), (1.03, 1.03)),
    Rung("base64 with deflate", _NO_STREAM, (1.36, 0.4), (1.36, 1.36)),
    Rung("base64 with zlib", (*_NO_STREAM, *_NO_DEFLATE), (1.36, 0.4), (1.36, 1.36), OLD_ZLIB),
    Rung("base64", (*_NO_STREAM, *_NO_DEFLATE), (1.36, 1.12), (1.36, 1.36)),
    Rung("hex with deflate", (*_NO_STREAM, *_NO_BASE64), (2.02, 0.5), (2.02, 2.02)),
    Rung("hex", (*_NO_STREAM, *_NO_BASE64, *_NO_DEFLATE), (2.02, 1.12), (2.02, 2.02)),
    Rung("repr", (*_NO_STREAM, *_NO_BASE64, *_NO_HEX, *_NO_DEFLATE), (3.6, 1.12), (2.9, 1.05)),
]
on_each_rung = pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.name)


@pytest.fixture
def disturbed(board: StartedBoard, tmp_path: Path) -> Disturbed:
    """The board with an empty flash, not yet opened."""
    url = str(board.target())
    return Disturbed(transport_of(url.replace(str(parse_simulator_url(url).flash), str(tmp_path))))


def take_away(device: Device, *lacks: str) -> None:
    """Take functions away from the board, as on firmware that lacks them."""
    for module in {name.partition(".")[0] for name in lacks}:
        names = [name.partition(".")[2] for name in lacks if name.startswith(f"{module}.")]
        device.execute(LACKING.format(module=module, names=names))
    device.files.forget()


@on_simulators
@on_each_rung
@pytest.mark.parametrize("data", [NOISE, TEXT, b"", b"\n", bytes(range(256))], ids=len)
def test_files_cross_on_each_rung_in_no_more_bytes_than_that_takes(
    disturbed: Disturbed, tmp_path: Path, rung: Rung, data: bytes
) -> None:
    with opened(disturbed) as device:
        device.execute(rung.before)
        take_away(device, *rung.lacks)
        disturbed.written = 0
        result = device.files.write("/f", data)
        sent, disturbed.was_read = disturbed.written, 0
        assert device.files.read("/f") == data
        came = disturbed.was_read
    assert (result.proof, result.atomic) == ("sha256", True)
    assert (tmp_path / "f").read_bytes() == data
    kind = 1 if data is TEXT else 0
    assert sent < len(data) * rung.up[kind] + OUR_FUNCTIONS
    assert came < len(data) * rung.down[kind] + OUR_ANSWERS


@on_micropython
@on_each_rung
def test_pieces_and_frames_shrink_when_memory_does_not_suffice(
    disturbed: Disturbed, tmp_path: Path, rung: Rung
) -> None:
    with opened(disturbed) as device:
        device.execute(rung.before)
        take_away(device, *rung.lacks)
        device.execute(NO_MEMORY)
        device.files.write("/f", NOISE + TEXT)
        assert device.files.read("/f") == NOISE + TEXT
        device.execute("junk = None")
    assert (tmp_path / "f").read_bytes() == NOISE + TEXT


@on_simulators
def test_a_deflate_that_does_not_work_is_done_without(disturbed: Disturbed, tmp_path: Path) -> None:
    with opened(disturbed) as device:
        device.execute(BROKEN_DEFLATE)
        take_away(device, *_NO_STREAM)
        device.files.write("/f", TEXT)
    assert (tmp_path / "f").read_bytes() == TEXT


@on_simulators
@on_each_rung
def test_without_digests_a_file_is_verified_by_reading_it_back(
    disturbed: Disturbed, tmp_path: Path, rung: Rung
) -> None:
    with opened(disturbed) as device:
        device.execute(rung.before)
        lacks = ("hashlib.sha256", "hashlib.new", "binascii.crc32")
        take_away(device, *rung.lacks, *lacks)
        assert device.files.write("/f", NOISE).proof == "read back"
        assert device.files.append("/f", TEXT).proof == "read back"
        assert device.files.read("/f") == NOISE + TEXT
    assert (tmp_path / "f").read_bytes() == NOISE + TEXT
