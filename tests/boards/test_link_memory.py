"""What a session measured of a link is the first guess of the next one, and no more than that."""

from __future__ import annotations

import hashlib
import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from boards.disturbed import Disturbed
from boards.marks import on_simulators
from iot_device.connecting import transport_of
from iot_device.device import Device
from iot_device.filesystem.link_memory import LinkMemory, kind_of_link
from iot_device.simulator.options import parse_simulator_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boards.boards import StartedBoard


KIND = "serial:///dev/ttyACM"
NOISE = random.Random(2).randbytes(40_000)


class Counted(Disturbed):
    """Counts how often the host had to wait for the board before it wrote on."""

    turns = 0
    _has_read = False

    def read(self, timeout: float | None) -> bytes:
        data = super().read(timeout)
        self._has_read = self._has_read or bool(data)
        return data

    def write(self, data: bytes, timeout: float | None) -> int:
        self.turns += self._has_read
        self._has_read = False
        return super().write(data, timeout)


@pytest.fixture
def uid(tmp_path: Path) -> str:
    return hashlib.sha256(str(tmp_path).encode()).hexdigest()[:16]


@pytest.fixture
def wire(board: StartedBoard, tmp_path: Path, uid: str) -> Counted:
    """A link to a board of the same kind, of which its name does not tell whether it waits."""
    url = str(board.target())
    url = url.replace(str(parse_simulator_url(url).flash), str(tmp_path / "flash"))
    wire = Counted(transport_of(f"{url}&uid={uid}"))
    wire.url = "serial:///dev/ttyACM7"
    return wire


@contextmanager
def session(wire: Counted, uid: str) -> Iterator[Device]:
    """Open the board as one whose uid is known, and so asked for."""
    with Device(wire, uids=frozenset({uid})) as device:
        device.open()
        device.files.listdir()
        yield device


def memory(device: Device, uid: str) -> LinkMemory:
    version = device.evaluate("__import__('sys').version")
    return LinkMemory(uid, KIND, version)


def upload(wire: Counted, device: Device) -> tuple[int, int]:
    """Return how many turns an upload takes, and how many bytes."""
    turns, written = wire.turns, wire.written
    device.files.write("/f", NOISE)
    return wire.turns - turns, wire.written - written


@on_simulators
@pytest.mark.slow
def test_the_second_session_saves_the_round_trips_of_the_measurement(
    wire: Counted, uid: str, tmp_path: Path
) -> None:
    with session(wire, uid) as device:
        assert memory(device, uid).recall() is None
        first, _ = upload(wire, device)
        assert memory(device, uid).recall() is True
    with session(wire, uid) as device:
        second, _ = upload(wire, device)
    # 2 KB with 248 bytes on their way at most, and a stream of its own.
    assert second <= first - 8
    assert (tmp_path / "flash" / "f").read_bytes() == NOISE


@on_simulators
@pytest.mark.slow
def test_what_was_measured_with_other_firmware_counts_no_more(wire: Counted, uid: str) -> None:
    LinkMemory(uid, KIND, "another firmware").remember(waits=False)
    with session(wire, uid) as device:
        upload(wire, device)
        assert memory(device, uid).recall() is True
    assert LinkMemory(uid, KIND, "another firmware").recall() is None


@on_simulators
@pytest.mark.slow
def test_a_link_that_loses_bytes_and_was_thought_to_wait_is_forgotten(
    wire: Counted, uid: str, tmp_path: Path
) -> None:
    with session(wire, uid) as device:
        memory(device, uid).remember(waits=True)
    with session(wire, uid) as device:
        wire.harm = lambda data, _: data[:2000]  # what comes at once beyond that is lost
        device.files.write("/f", NOISE)
        assert memory(device, uid).recall() is None
    assert (tmp_path / "flash" / "f").read_bytes() == NOISE


@on_simulators
@pytest.mark.slow
def test_a_link_that_was_thought_to_lose_bytes_is_measured_again(wire: Counted, uid: str) -> None:
    with session(wire, uid) as device:
        memory(device, uid).remember(waits=False)
    with session(wire, uid) as device:
        slow, _ = upload(wire, device)
        assert memory(device, uid).recall() is True
        fast, _ = upload(wire, device)
    assert fast * 10 < slow


def test_a_board_without_a_uid_is_not_remembered() -> None:
    LinkMemory("", "socket", "1").remember(waits=True)
    assert LinkMemory("", "socket", "1").recall() is None


def test_a_board_has_one_memory_for_each_kind_of_link() -> None:
    kinds = [
        kind_of_link(url)
        for url in (
            "serial:///dev/ttyACM0?baudrate=9600",
            "serial:///dev/ttyACM11",
            "serial:///dev/ttyUSB0",
            "socket://10.0.0.7:2000",
        )
    ]
    assert kinds == [
        "serial:///dev/ttyACM",
        "serial:///dev/ttyACM",
        "serial:///dev/ttyUSB",
        "socket",
    ]
    LinkMemory("c0ffee", kinds[0], "1").remember(waits=True)
    LinkMemory("c0ffee", kinds[2], "1").remember(waits=False)
    assert [LinkMemory("c0ffee", kind, "1").recall() for kind in kinds] == [True, True, False, None]
