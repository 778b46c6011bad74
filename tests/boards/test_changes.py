"""Replacing a large file of which little changed: what travels, and what is left when it fails."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import platformdirs
import pytest

from boards.boards import registry
from iot_device.connecting import transport_of
from iot_device.errors import BoardOSError
from iot_device.filesystem import changing
from iot_device.opening import open_device
from iot_device.rsync import HostFile, compare
from session.watched import WatchedTransport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boards.boards import StartedBoard
    from iot_device.device import Device

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

OLD = b"".join(b"value_%05d = %06d\n" % (n, n * n % 999_983) for n in range(4700))  # 103 KB
NEW = OLD.replace(b"value_02350 = ", b"changed_line = 7 + ")


class CountingTransport(WatchedTransport):
    """Counts what is read, too."""

    received = 0

    def read(self, timeout: float | None) -> bytes:
        data = super().read(timeout)
        self.received += len(data)
        return data

    @property
    def total(self) -> int:
        return self.received + sum(len(data) for _, data in self.written)


@pytest.fixture
def counted() -> Iterator[tuple[Device, CountingTransport]]:
    [entry] = [board for board in registry() if board.id == "simulator-micropython"]
    with entry.start() as board:
        target = board.target()
        assert isinstance(target, str)
        wire = CountingTransport(transport_of(target))
        with open_device(wire) as device:
            # What stays on the board is there from the second change on.
            device.files.write("/other.py", OLD)
            device.files.write_changes("/other.py", NEW, len(OLD))
            device.files.remove("/other.py")
            yield device, wire


@pytest.mark.parametrize(("known", "most"), [(True, 500), (False, 1400)])
def test_one_line_of_a_large_file_costs_little_on_the_wire(
    counted: tuple[Device, CountingTransport], *, known: bool, most: int
) -> None:
    device, wire = counted
    device.files.write("/big.py", OLD)
    before = wire.total
    result = device.files.write_changes("/big.py", NEW, OLD if known else len(OLD))
    assert wire.total - before <= most
    assert result is not None
    assert (result.size, result.proof, result.atomic) == (len(NEW), "sha256", True)
    assert device.evaluate("len(open('/big.py', 'rb').read())") == len(NEW)
    assert device.files.read("/big.py") == NEW
    assert [entry.name for entry in device.files.listdir("/")] == ["big.py"]


def synced(url: str, content: bytes) -> int:
    """Sync one file in a session of its own; return the bytes of all of it on the wire."""
    wire = CountingTransport(transport_of(url))
    with open_device(wire) as device:
        found = compare(device, {"/big.py": HostFile.of(content)})
        if found.plan.changes:
            found.apply()
    return wire.total


@pytest.mark.parametrize("vm", ["micropython", "cpython"])
@pytest.mark.parametrize(("known", "most"), [(True, 2000), (False, 3400)])
def test_one_line_costs_little_in_the_first_sync_of_a_session(
    tmp_path: Path, vm: str, *, known: bool, most: int
) -> None:
    url = f"sim://{tmp_path}/flash?vm={vm}"
    synced(url, OLD)
    unchanged = synced(url, OLD)
    if not known:
        sent = platformdirs.user_cache_path("iot", appauthor=False) / "sent"
        (sent / hashlib.sha256(OLD).hexdigest()).unlink()
    assert synced(url, NEW) - unchanged <= most
    assert (tmp_path / "flash" / "big.py").read_bytes() == NEW
    assert [path.name for path in (tmp_path / "flash").iterdir()] == ["big.py"]


def test_many_changes_travel_in_several_calls(board: StartedBoard, device: Device) -> None:
    if "folders" not in (board.capabilities or ()):
        device.files.write("big.txt", OLD[:2000])
        assert device.files.write_changes("big.txt", NEW[:2000], OLD[:2000]) is None
        return
    old = OLD[:20_000]
    lines = old.splitlines(keepends=True)
    lines[100:150] = [b"# %d \x04\xff\n" % n for n in range(120)]
    lines[::90] = [b"again\n"] * len(lines[::90])
    new = b"".join(lines)
    device.files.write("big.txt", old)
    result = device.files.write_changes("big.txt", new, old)
    assert result is not None
    assert device.files.read("big.txt") == new
    device.files.remove("big.txt")


def test_a_file_that_is_not_what_was_thought_is_left_alone(
    counted: tuple[Device, CountingTransport],
) -> None:
    device, _ = counted
    theirs = OLD.replace(b"value_00001", b"other_00001")
    device.files.write("/big.py", theirs)
    assert device.files.write_changes("/big.py", NEW, OLD) is None
    assert device.files.read("/big.py") == theirs
    assert [entry.name for entry in device.files.listdir("/")] == ["big.py"]
    device.files.write("/big.py", OLD[:-100])
    with pytest.raises(BoardOSError):
        device.files.write_changes("/big.py", NEW + OLD[-4000:], OLD)
    assert [entry.name for entry in device.files.listdir("/")] == ["big.py"]


def test_small_files_and_other_files_are_not_worth_the_while(
    counted: tuple[Device, CountingTransport],
) -> None:
    device, wire = counted
    device.files.write("/small.py", b"x" * (changing.SMALLEST - 1))
    before = wire.total
    assert device.files.write_changes("/small.py", b"y" * 9999, changing.SMALLEST - 1) is None
    assert device.files.write_changes("/small.py", bytes(9999), OLD) is None
    assert wire.total == before
