"""Writes without room for the old file and the new one, on real littlefs and FAT."""

from __future__ import annotations

import errno
import random
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from boards.test_files_cut import Cut
from install_boards import micropython
from iot_device.connecting import transport_of
from iot_device.device import Device
from iot_device.errors import BoardOSError, ConnectionLostError
from iot_device.opening import open_device
from iot_device.simulator.options import parse_simulator_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iot_device.filesystem import FileSystem
    from iot_device.transports.base import Transport

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

OLD = random.Random(3).randbytes(30_000)
NEW = random.Random(4).randbytes(31_000)


@pytest.fixture(params=["lfs2", "fat"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A board whose flash holds the old file, and has no room for the new one beside it."""
    (tmp_path / "flash").mkdir()
    vm = quote(str(micropython()))
    url = f"sim://{quote(str(tmp_path))}/flash?vm={vm}&image={request.param}:64"
    restore(url)
    return url


def restore(url: str) -> None:
    """Give the board a new flash with the old file."""
    options = parse_simulator_url(url)
    for image in options.flash.parent.glob("flash.*"):
        image.unlink()
    with open_device(url) as device:
        device.files.write("/f", OLD)


@pytest.fixture
def files(url: str) -> Iterator[FileSystem]:
    with open_device(url) as device:
        yield device.files


def test_the_error_suggests_it_with_the_figures(files: FileSystem) -> None:
    free = files.statvfs("/").free
    with pytest.raises(BoardOSError, match=f"31000 bytes .* {free} are free; nothing") as caught:
        files.write("/f", NEW)
    room = free + files.statvfs("/").occupied(len(OLD))
    assert f"--in-place gives up the old file first, which makes {room}" in str(caught.value.hint)
    assert files.read("/f") == OLD


def test_the_old_file_goes_first_if_that_is_allowed(files: FileSystem) -> None:
    result = files.write("/f", NEW, in_place=True)
    assert (result.proof, result.atomic) == ("sha256", False)
    assert files.read("/f") == NEW
    [result] = files.write_many([("/f", OLD)], in_place=True)
    assert not result.atomic
    assert [(entry.name, entry.size) for entry in files.listdir("/")] == [("f", len(OLD))]


def test_with_room_for_both_the_old_file_stays_until_the_new_one_is_whole(
    files: FileSystem,
) -> None:
    assert files.write("/f", b"short", in_place=True).atomic
    assert files.write("/new", b"short", in_place=True).atomic


@pytest.mark.parametrize("path", ["/f", "/new"])
def test_what_does_not_even_fit_alone_changes_nothing(files: FileSystem, path: str) -> None:
    with pytest.raises(BoardOSError, match="nothing was done") as caught:
        files.write(path, bytes(70_000), in_place=True)
    assert caught.value.errno == errno.ENOSPC
    assert "--in-place" not in str(caught.value.hint)
    assert files.read("/f") == OLD


def test_a_relative_path_is_given_up_in_the_current_folder(files: FileSystem) -> None:
    files.mkdir("/d")
    files.rename("/f", "/d/f")
    files.chdir("/d")
    assert not files.write("f", NEW, in_place=True).atomic
    assert files.read("/d/f") == NEW


def test_a_board_that_knows_no_figures_finds_out_by_writing(url: str) -> None:
    with open_device(url) as device:
        device.execute("import os\ndel os.statvfs")
        assert not device.files.write("/f", NEW, in_place=True).atomic
        assert device.files.read("/f") == NEW
        with pytest.raises(BoardOSError, match=r"there is no /f .* content was given up") as caught:
            device.files.write("/f", bytes(70_000), in_place=True)
        assert caught.value.errno == errno.ENOSPC
        assert device.files.listdir("/") == []


def test_what_is_left_of_a_cut_write_is_no_reason_to_refuse(files: FileSystem) -> None:
    files.write("/f.~iot", NEW[:10_000])
    files.write("/g", bytes(4_000))
    assert files.write("/f", NEW, in_place=True).proof == "sha256"
    assert files.read("/f") == NEW


class Lasting:
    """A board that stays on, whoever connects and leaves."""

    def __init__(self, transport: Transport) -> None:
        self.url = transport.url
        self.read = transport.read
        self.write = transport.write
        self.wake = transport.wake

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass


def cut_after(transport: Transport, moment: int) -> str | None:
    """Lose the link in the midst of a write; return what the error says, if it came so far."""
    cut = Cut(transport)
    cut.error = lambda: ConnectionLostError("the cable was pulled", port=cut.url)
    cut.stays_cut = True
    with Device(cut) as device:
        device.open()
        device.files.listdir()
        cut.left = moment
        try:
            device.files.write("/f", NEW, in_place=True)
        except ConnectionLostError as error:
            return str(error)
    return None


def test_a_cut_at_any_moment_leaves_a_whole_file_or_none_and_the_error_says_so(url: str) -> None:
    found: set[bytes | None] = set()
    moment = 1
    while (text := cut_after(transport_of(url), moment)) is not None:
        with open_device(url) as device:
            left = device.files.read("/f") if device.files.exists("/f") else None
        found.add(left)
        assert left in (OLD, NEW, None)
        assert left is not None or "was given up" in text or "may be gone" in text
        restore(url)
        moment += 2
    assert found >= {OLD, None}


def test_after_a_lost_link_the_same_write_goes_on_where_it_was(url: str) -> None:
    transport = transport_of(f"{url}&heap=96")  # so a frame is a small part of the file
    transport.open()
    cut = Cut(Lasting(transport))
    cut.error = lambda: ConnectionLostError("the cable was pulled", port=cut.url)
    cut.stays_cut = True

    def pull(done: int, _: int) -> None:
        if done > 5_000:
            cut.left = 1

    try:
        with Device(cut) as device:
            device.open()
            with pytest.raises(ConnectionLostError, match="its old content was given up"):
                device.files.write("/f", NEW, in_place=True, on_progress=pull)
        with Device(Lasting(transport)) as device:
            device.open()
            assert not device.files.exists("/f")
            assert device.files.write("/f", NEW, in_place=True).resumed > 5_000
            assert device.files.read("/f") == NEW
    finally:
        transport.close()
