"""What interrupted writes leave is dealt with by the next connection, which says so."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from boards.marks import on_simulators
from iot_device.connecting import transport_of
from iot_device.device import Device
from iot_device.errors import ConnectionLostError
from iot_device.filesystem.journal import WriteJournal
from iot_device.simulator.options import parse_simulator_url
from iot_device.state_files import state_file
from session.watched import WatchedTransport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boards.boards import StartedBoard
    from iot_device.filesystem import Leftover

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    on_simulators,
]

OLD = b"the old file"
NEW = random.Random(5).randbytes(40_000)
LARGE = random.Random(6).randbytes(150_000)  # more than travels ahead of what is stored
DAY = 24 * 3600.0


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    """The board's flash."""
    return tmp_path


@pytest.fixture
def url(board: StartedBoard, flash: Path) -> str:
    """A board of the same kind with a flash of its own."""
    url = str(board.target())
    return url.replace(str(parse_simulator_url(url).flash), str(flash))


@pytest.fixture
def noted(url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Note on this computer that it began to write, some seconds ago."""

    def note(path: str, data: bytes, *, ago: float = 0.0) -> None:
        with monkeypatch.context() as patch:
            now = time.time() - ago
            patch.setattr(time, "time", lambda: now)
            WriteJournal(url.partition("?")[0]).begin(path, f"{path}.~iot", data)

    return note


def told_by(url: str, use: Callable[[Device], object]) -> list[Leftover]:
    """Connect and use the board; return what was told of leftovers."""
    told: list[Leftover] = []
    with Device(transport_of(url), on_leftover=told.append) as device:
        device.open()
        use(device)
    return told


def execute(device: Device) -> None:
    device.execute("pass")


def names_in(flash: Path) -> set[str]:
    return {path.name for path in flash.iterdir()}


def test_a_whole_file_takes_the_place_of_one_that_is_missing(
    url: str, flash: Path, noted: Callable[..., None]
) -> None:
    noted("/f", NEW)
    (flash / "f.~iot").write_bytes(NEW)
    [leftover] = told_by(url, execute)
    assert (leftover.action, leftover.path) == ("finished", "/f")
    assert "/f was missing" in leftover.message
    assert names_in(flash) == {"f"}
    assert (flash / "f").read_bytes() == NEW
    assert told_by(url, execute) == []


def test_a_whole_file_never_takes_the_place_of_one_that_is_there(
    url: str, flash: Path, noted: Callable[..., None]
) -> None:
    noted("/f", NEW[:300])
    (flash / "f").write_bytes(OLD)
    (flash / "f.~iot").write_bytes(NEW[:300])
    assert [leftover.action for leftover in told_by(url, execute)] == ["removed"]
    assert names_in(flash) == {"f"}
    assert (flash / "f").read_bytes() == OLD


@pytest.mark.parametrize("size", [0, 64, 200, 4000])
def test_a_short_beginning_is_removed(
    url: str, flash: Path, noted: Callable[..., None], size: int
) -> None:
    noted("/f", NEW)
    (flash / "f").write_bytes(OLD)
    (flash / "f.~iot").write_bytes(NEW[:size])
    [leftover] = told_by(url, execute)
    assert (leftover.action, leftover.size, leftover.total) == ("removed", size, len(NEW))
    assert names_in(flash) == {"f"}
    assert told_by(url, execute) == []


def test_a_long_beginning_is_kept_told_once_and_gone_on_from(
    url: str, flash: Path, noted: Callable[..., None]
) -> None:
    noted("/f", NEW)
    (flash / "f.~iot").write_bytes(NEW[:30_000])
    [leftover] = told_by(url, execute)
    assert leftover.action == "kept"
    assert "30000 of 40000 bytes" in leftover.message
    assert told_by(url, execute) == []
    results = []
    assert told_by(url, lambda device: results.append(device.files.write("/f", NEW))) == []
    assert [result.resumed for result in results] == [30_000]
    assert names_in(flash) == {"f"}
    assert (flash / "f").read_bytes() == NEW


def test_a_long_beginning_is_removed_after_a_day(
    url: str, flash: Path, noted: Callable[..., None]
) -> None:
    noted("/f", NEW, ago=DAY)
    (flash / "f.~iot").write_bytes(NEW[:30_000])
    assert [leftover.action for leftover in told_by(url, execute)] == ["removed"]
    assert names_in(flash) == set()


@pytest.mark.parametrize("size", [1, 48, 63, 64])
def test_the_first_bytes_are_known_for_ours_and_removed(
    url: str, flash: Path, noted: Callable[..., None], size: int
) -> None:
    noted("/f", NEW[:360])
    (flash / "f").write_bytes(b"old")
    (flash / "f.~iot").write_bytes(NEW[:size])
    assert [leftover.action for leftover in told_by(url, execute)] == ["removed"]
    assert names_in(flash) == {"f"}


@pytest.mark.parametrize("size", [5, 300, 30_000, 50_000])
def test_a_file_that_is_not_what_was_written_is_left_alone(
    url: str, flash: Path, noted: Callable[..., None], size: int
) -> None:
    noted("/f", NEW, ago=DAY)
    (flash / "f.~iot").write_bytes(b"mine " * (size // 5))
    assert [leftover.action for leftover in told_by(url, execute)] == ["unknown"]
    assert (flash / "f.~iot").stat().st_size == size
    assert told_by(url, execute) == []


def test_what_is_in_a_folder_that_is_not_there_now_is_dealt_with_later(
    url: str, flash: Path, noted: Callable[..., None]
) -> None:
    noted("/card/f", NEW)
    assert told_by(url, execute) == []
    (flash / "card").mkdir()
    (flash / "card" / "f.~iot").write_bytes(NEW)
    assert [leftover.action for leftover in told_by(url, execute)] == ["finished"]
    assert (flash / "card" / "f").read_bytes() == NEW


def test_what_another_computer_left_is_shown_by_listings_and_left_alone(
    url: str, flash: Path
) -> None:
    (flash / "f").write_bytes(OLD)
    (flash / "f.~iot").write_bytes(NEW)
    (flash / "alone.~iot").write_bytes(NEW)
    assert told_by(url, execute) == []
    told = told_by(url, lambda device: (device.files.list_tree(), device.files.listdir("/")))
    assert [(found.path, found.action) for found in told] == [("", "found"), ("f", "found")]
    assert "it may be the only copy" in told[0].message
    assert "the next write of f takes it away" in told[1].message
    assert names_in(flash) == {"f", "f.~iot", "alone.~iot"}


def test_what_an_interrupted_sync_renamed_is_shown_by_listings_and_left_alone(
    url: str, flash: Path
) -> None:
    (flash / "lib.~iot-old").mkdir()
    (flash / "lib").write_bytes(NEW)
    (flash / "f.~iot-old").write_bytes(OLD)
    told = told_by(url, lambda device: device.files.listdir("/"))
    assert [(found.path, found.temporary, found.action) for found in told] == [
        ("", "/f.~iot-old", "aside"),
        ("/lib", "/lib.~iot-old", "aside"),
    ]
    assert told[0].message.endswith("is the old one: rename it back")
    assert told[1].message.endswith("is the old /lib; remove it if /lib is right")
    assert names_in(flash) == {"lib.~iot-old", "lib", "f.~iot-old"}


def test_a_write_that_lost_its_link_is_tidied_up_by_the_next_connection(
    url: str, flash: Path
) -> None:
    (flash / "f").write_bytes(OLD)
    wire = WatchedTransport(transport_of(url))

    def cut(done: int, _: int) -> None:
        if done > 20_000:
            wire.cut()

    with Device(wire) as device:
        device.open()
        with pytest.raises(ConnectionLostError):
            device.files.write("f", LARGE, on_progress=cut)
    assert (flash / "f").read_bytes() == OLD
    [leftover] = told_by(url, execute)
    assert (leftover.path, leftover.temporary) == ("/f", "/f.~iot")
    assert leftover.action in (
        "kept",
        "removed",
    )  # what the board had stored when it was switched off


def test_a_write_that_was_stopped_in_order_leaves_nothing_to_deal_with(
    url: str, flash: Path
) -> None:
    def stop(_: int, __: int) -> None:
        raise KeyboardInterrupt

    before = set(state_file("begun-writes").glob("*"))
    with Device(transport_of(url)) as device:
        device.open()
        device.files.write("/g", NEW)
        with pytest.raises(KeyboardInterrupt):
            device.files.write("/f", LARGE, on_progress=stop)
    assert names_in(flash) == {"g"}
    assert set(state_file("begun-writes").glob("*")) == before


def test_where_nothing_was_interrupted_the_board_is_not_asked(
    url: str, flash: Path, noted: Callable[..., None]
) -> None:
    def asked() -> bool:
        wire = WatchedTransport(transport_of(url))
        with Device(wire) as device:
            device.open()
            device.execute("pass")
        return any(b"files_features" in data for _, data in wire.written)

    assert not asked()
    noted("/f", NEW)
    (flash / "f.~iot").write_bytes(b"")
    assert asked()
    assert not asked()
