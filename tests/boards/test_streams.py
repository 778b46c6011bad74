"""Streams to boards: disturbed, interrupted, on firmware with and without what they need."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from boards.boards import registry
from iot_device.connecting import transport_of
from iot_device.device import Device
from iot_device.simulator.options import parse_simulator_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boards.boards import StartedBoard
    from iot_device.transports.base import Transport

_SIMULATORS = [board for board in registry() if board.id.startswith("simulator")]
_MICROPYTHON = _SIMULATORS[1:]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
on_simulators = pytest.mark.parametrize("board", _SIMULATORS, indirect=True, ids=lambda b: b.id)
on_micropython = pytest.mark.parametrize("board", _MICROPYTHON, indirect=True, ids=lambda b: b.id)

NOISE = random.Random(1).randbytes(40_000)
TEXT = b"def blink(led):\n    led.toggle()\n" * 2000

# Puts a module that lacks a name in the place of the firmware's.
WITHOUT = """\
import {module}
class Module: pass
for kept in dir({module}):
    if kept not in ({name!r}, '__class__'): setattr(Module, kept, getattr({module}, kept))
{module} = Module
__import__('sys').modules[{module!r}] = Module
"""


class Disturbed:
    """A transport that changes what is written, and counts it.

    Attributes:
        harm: Given the bytes and how many were written before; what it returns is written.
        pretends: The URL that it claims, since that says what kind of link it is.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.url = transport.url
        self.open = transport.open
        self.read = transport.read
        self.wake = transport.wake
        self.close = transport.close
        self.written = 0
        self.harm: Callable[[bytes, int], bytes] = lambda data, _: data

    def write(self, data: bytes, timeout: float | None) -> int:
        before, self.written = self.written, self.written + len(data)
        rest = self.harm(data, before)
        while rest:
            rest = rest[self._transport.write(rest, timeout) :]
        return len(data)


@pytest.fixture
def disturbed(board: StartedBoard, tmp_path: Path) -> Disturbed:
    """A transport to a board of the same kind with a flash of its own, ``tmp_path``."""
    url = str(board.target())
    return Disturbed(transport_of(url.replace(str(parse_simulator_url(url).flash), str(tmp_path))))


@contextmanager
def opened(transport: Disturbed) -> Iterator[Device]:
    with Device(transport) as device:
        device.open()
        device.files.write("/warm", b"")
        transport.written = 0
        yield device


@on_simulators
@pytest.mark.parametrize("data", [NOISE, TEXT, b"", bytes(range(256)) * 9], ids=len)
@pytest.mark.parametrize("scheme", ["sim", "ws"])
def test_files_arrive_on_links_that_wait_and_on_links_that_lose(
    disturbed: Disturbed, tmp_path: Path, scheme: str, data: bytes
) -> None:
    disturbed.url = f"{scheme}://board"
    with opened(disturbed) as device:
        assert device.files.write("/f", data).proof == "sha256"
    assert (tmp_path / "f").read_bytes() == data


@on_simulators
def test_text_takes_fewer_bytes_on_the_wire_than_it_has(disturbed: Disturbed) -> None:
    with opened(disturbed) as device:
        device.files.write("/f", TEXT)
        assert disturbed.written < len(TEXT) // 4


@on_simulators
def test_progress_is_told_and_ends_at_the_size(disturbed: Disturbed) -> None:
    told: list[tuple[int, int]] = []
    with opened(disturbed) as device:
        device.files.write("/f", NOISE, on_progress=lambda done, total: told.append((done, total)))
    assert len(told) > 3
    assert told == sorted(set(told))
    assert told[-1] == (len(NOISE), len(NOISE))


@on_simulators
def test_a_link_that_is_faster_than_its_baud_rate_is_no_uart(disturbed: Disturbed) -> None:
    disturbed.url = "serial:///dev/ttyACM0"
    with opened(disturbed) as device:
        longest = 0

        def note(data: bytes, _: int) -> bytes:
            nonlocal longest
            longest = max(longest, len(data))
            return data

        disturbed.harm = note
        device.files.write("/f", NOISE[:2000])
        assert longest < 4096
        device.files.write("/f", NOISE)
        assert longest > 8192


@on_simulators
@pytest.mark.parametrize("scheme", ["sim", "ws"])
@pytest.mark.parametrize("kind", ["drop", "flip", "double"])
def test_bytes_lost_damaged_and_doubled_are_made_good(
    disturbed: Disturbed, tmp_path: Path, scheme: str, kind: str
) -> None:
    disturbed.url = f"{scheme}://board"
    changes = {"drop": b"", "flip": b"\x00", "double": b"ab"}

    def harm(data: bytes, before: int) -> bytes:
        at = 20_000 - before
        if not 0 <= at < len(data):
            return data
        return data[:at] + changes[kind] + data[at + 1 :]

    with opened(disturbed) as device:
        disturbed.harm = harm
        device.files.write("/f", NOISE)
        assert device.evaluate("1 + 1") == 2
    assert (tmp_path / "f").read_bytes() == NOISE


@on_simulators
def test_a_link_that_was_thought_to_wait_and_loses_is_slowed_down(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    with opened(disturbed) as device:
        # A ring of 2000 bytes: what comes at once beyond that is lost.
        disturbed.harm = lambda data, _: data[:2000]
        device.files.write("/f", NOISE)
    assert (tmp_path / "f").read_bytes() == NOISE


@on_simulators
@pytest.mark.parametrize("stops_after", [0, 1, 2])
def test_an_interrupt_leaves_board_and_old_file_well(
    disturbed: Disturbed, tmp_path: Path, stops_after: int
) -> None:
    def stop(done: int, _: int) -> None:
        if done > stops_after * 8192:
            raise KeyboardInterrupt

    (tmp_path / "f").write_bytes(b"old")
    with opened(disturbed) as device:
        before = device.evaluate("dir()")
        with pytest.raises(KeyboardInterrupt) as caught:
            device.files.write("/f", NOISE, on_progress=stop)
        assert caught.value.__notes__ == ["/f on the board is unchanged"]
        assert device.evaluate("dir()") == before
        assert (tmp_path / "f").read_bytes() == b"old"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["f", "warm"]


@on_micropython
def test_a_board_without_crc32_checks_frames_by_sha256(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    with opened(disturbed) as device:
        device.execute(WITHOUT.format(module="binascii", name="crc32"))
        device.files.forget()
        device.files.write("/f", NOISE)
    assert (tmp_path / "f").read_bytes() == NOISE
    assert disturbed.written < len(NOISE) * 4 / 3


@on_micropython
def test_a_board_without_a_binary_input_gets_pieces(disturbed: Disturbed, tmp_path: Path) -> None:
    with opened(disturbed) as device:
        device.execute(WITHOUT.format(module="sys", name="stdin"))
        device.files.forget()
        device.files.write("/f", NOISE)
    assert (tmp_path / "f").read_bytes() == NOISE
    assert disturbed.written > len(NOISE) * 4 / 3
