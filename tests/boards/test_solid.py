"""Many files as one stream: few round trips, and each file is the old one or the new one."""

from __future__ import annotations

import errno
import hashlib
import random
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from boards.disturbed import Disturbed, opened
from boards.marks import on_micropython, on_simulators
from iot_device.connecting import transport_of
from iot_device.device import Device
from iot_device.errors import BoardOSError, ConnectionLostError, ExecutionInterrupted
from iot_device.simulator.options import parse_simulator_url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from boards.boards import StartedBoard
    from iot_device.filesystem import WriteResult

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

# Half of each cannot be compressed.
MANY = {
    f"/file{number:02}.py": hashlib.shake_128(bytes([number])).digest(512)
    + b"def f(x): return x\n" * 27
    for number in range(50)
}
LARGE = random.Random(1).randbytes(40_000)


@pytest.fixture
def url(board: StartedBoard, tmp_path: Path) -> str:
    """The URL of a board of the same kind with a flash of its own, ``tmp_path``."""
    url = str(board.target())
    return url.replace(str(parse_simulator_url(url).flash), str(tmp_path))


@pytest.fixture
def disturbed(url: str) -> Disturbed:
    return Disturbed(transport_of(url))


def fill(flash: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        (flash / path[1:]).write_bytes(data)


def content(flash: Path) -> dict[str, bytes]:
    return {f"/{path.name}": path.read_bytes() for path in flash.iterdir() if path.name != "warm"}


@on_simulators
@pytest.mark.parametrize("scheme", ["sim", "ws", "serial"])
def test_fifty_files_cost_few_round_trips_and_fewer_bytes_than_they_have(
    disturbed: Disturbed, tmp_path: Path, scheme: str
) -> None:
    disturbed.url = f"{scheme}://board"
    results: list[WriteResult] = []
    with opened(disturbed) as device:
        writes = 0

        def count(data: bytes, _: int) -> bytes:
            nonlocal writes
            writes += 1
            return data

        disturbed.harm = count
        device.files.write_many(MANY.items(), on_result=results.append)
        assert disturbed.written < sum(map(len, MANY.values())) * 0.7
        assert writes < 40 or scheme != "sim"  # the others send no more than a ring holds
    assert content(tmp_path) == MANY
    assert [(result.path, result.proof, result.atomic) for result in results] == [
        (path, "sha256", True) for path in MANY
    ]


@on_simulators
@pytest.mark.parametrize("place", range(200, 1400, 100))
@pytest.mark.parametrize("scheme", ["sim", "ws"])
def test_bytes_lost_in_the_stream_are_sent_again(
    disturbed: Disturbed, tmp_path: Path, scheme: str, place: int
) -> None:
    disturbed.url = f"{scheme}://board"
    files = {path: data[:300] for path, data in list(MANY.items())[:6]}

    def harm(data: bytes, before: int) -> bytes:
        at = place - before
        return data[:at] + data[at + 3 :] if 0 <= at < len(data) else data

    with opened(disturbed) as device:
        disturbed.harm = harm
        device.files.write_many(files.items())
    assert content(tmp_path) == files


@on_simulators
@pytest.mark.parametrize("count", range(1000, 31_000, 2000))
def test_a_cut_leaves_each_file_old_or_new_and_the_next_write_does_the_rest(
    disturbed: Disturbed, tmp_path: Path, count: int
) -> None:
    old = dict.fromkeys(MANY, b"old")
    fill(tmp_path, old)
    results: list[WriteResult] = []

    def cut(data: bytes, before: int) -> bytes:
        if before > count:
            raise ConnectionLostError("the cable was pulled", port=disturbed.url)
        return data

    with opened(disturbed) as device:
        disturbed.harm = cut
        with suppress(ConnectionLostError):
            device.files.write_many(MANY.items(), on_result=results.append)
    disturbed.harm = lambda data, _: data
    found = {path: data for path, data in content(tmp_path).items() if path in MANY}
    assert all(data in (old[path], MANY[path]) for path, data in found.items())
    assert found.keys() == MANY.keys()
    assert all(found[result.path] == MANY[result.path] for result in results)
    left = [path for path in MANY if found[path] == b"old"]
    with opened(disturbed) as device:
        device.files.write_many((path, MANY[path]) for path in left)
    assert content(tmp_path) == MANY


@on_simulators
@pytest.mark.parametrize("stopper", ["callback", "device"])
def test_an_interrupt_in_the_midst_leaves_whole_files_and_nothing_else(
    disturbed: Disturbed, tmp_path: Path, stopper: str
) -> None:
    files = {"/a": b"new a", "/b": b"new b", "/large": LARGE * 2, "/z": b"new z"}
    fill(tmp_path, dict.fromkeys(files, b"old"))
    with opened(disturbed) as device:

        def stop(done: int, _: int) -> None:
            if done > 10_000:
                if stopper == "callback":
                    raise KeyboardInterrupt
                device.interrupt()

        with pytest.raises((KeyboardInterrupt, ExecutionInterrupted)) as caught:
            device.files.write_many(files.items(), on_progress=stop)
        told = f"{caught.value} {getattr(caught.value, '__notes__', '')}"
        assert "/large on the board is unchanged" in told
        assert device.evaluate("1 + 1") == 2
        assert "_iot_file" not in device.evaluate("dir()")
    assert content(tmp_path) == {"/a": b"new a", "/b": b"new b", "/large": b"old", "/z": b"old"}


@on_simulators
def test_what_the_board_refuses_is_named_and_the_files_before_it_are_stored(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    results: list[WriteResult] = []
    files = [("/a", b"1"), ("/folder", b"2"), ("/z", b"3")]
    with opened(disturbed) as device:
        with pytest.raises(IsADirectoryError) as caught:
            device.files.write_many(files, on_result=results.append)
        assert caught.value.filename == "/folder"
        assert device.evaluate("1 + 1") == 2
    assert [result.path for result in results] == ["/a"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "folder", "warm"]


@on_simulators
def test_a_file_of_the_host_that_cannot_be_read_stops_behind_those_before_it(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    host = tmp_path.parent / f"{tmp_path.name} of the host"
    host.mkdir()
    (host / "good").write_bytes(b"good")
    results: list[WriteResult] = []
    files = [("/a", host / "good"), ("/b", host), ("/c", host / "good")]
    with opened(disturbed) as device, pytest.raises(IsADirectoryError):
        device.files.write_many(files, on_result=results.append)
    assert [result.path for result in results] == ["/a"]
    assert content(tmp_path) == {"/a": b"good"}


@on_simulators
def test_a_name_that_is_too_long_for_the_stream_is_stored_by_itself(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    files = {"/a": b"1", f"/{'n' * 255}": b"2", f"/{'m' * 200}": LARGE, "/z": b"3"}
    with opened(disturbed) as device:
        results = device.files.write_many(files.items())
    assert [result.path for result in results] == list(files)
    assert content(tmp_path) == files


@on_simulators
def test_on_a_link_of_which_nothing_is_known_a_large_file_goes_on_behind_the_first_part(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    disturbed.url = "serial:///dev/ttyACM0"
    files = {"/a": b"1", "/large": LARGE, "/text": b"# comment\n" * 4000, "/z": b"3"}
    with opened(disturbed) as device:
        results = device.files.write_many(files.items())
    assert [result.resumed for result in results] == [0, 0, 0, 0]
    assert content(tmp_path) == files


@on_simulators
def test_a_large_file_among_others_resumes_behind_what_is_there(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    (tmp_path / "large.~iot").write_bytes(LARGE[:30_000])
    (tmp_path / "other.~iot").write_bytes(b"of another content")
    files = {"/a": b"1", "/large": LARGE, "/other": LARGE[::-1]}
    with opened(disturbed) as device:
        results = device.files.write_many(files.items())
    assert [result.resumed for result in results] == [0, 30_000, 0]
    assert content(tmp_path) == files


@on_micropython
def test_files_are_stored_with_32_kb_of_memory(url: str, tmp_path: Path) -> None:
    with Device(transport_of(f"{url}&heap=32")) as device:
        device.open()
        device.files.write_many([*MANY.items(), ("/large", LARGE)])
    assert content(tmp_path) == {**MANY, "/large": LARGE}


@on_micropython
def test_a_flash_without_room_for_all_takes_what_fits(disturbed: Disturbed) -> None:
    results: list[WriteResult] = []
    files = [(f"/ram/{number}", bytes(9000)) for number in range(9)]
    with opened(disturbed) as device:
        device.execute(
            "import os, vfs\n"
            "class Ram:\n"
            "    def __init__(self): self.data = bytearray(512 * 100)\n"
            "    def readblocks(self, n, buf, off=0):\n"
            "        buf[:] = self.data[n * 512 + off : n * 512 + off + len(buf)]\n"
            "    def writeblocks(self, n, buf, off=None):\n"
            "        off = off or 0\n"
            "        self.data[n * 512 + off : n * 512 + off + len(buf)] = buf\n"
            "    def ioctl(self, op, arg):\n"
            "        return {4: 100, 5: 512, 6: 0}.get(op)\n"
            "disk = Ram()\n"
            "vfs.VfsLfs2.mkfs(disk)\n"
            "vfs.mount(vfs.VfsLfs2(disk), '/ram')\n"
        )
        with pytest.raises(BoardOSError, match=r"are needed.*nothing was done"):
            device.files.write_many(files, on_result=results.append)
        stored = {entry.path for entry in device.files.list_tree("/ram")}
    assert {result.path for result in results} == stored
    assert 2 < len(stored) < 6


@on_micropython
def test_a_disk_that_fills_behind_what_it_told_keeps_the_files_before_it(
    disturbed: Disturbed,
) -> None:
    results: list[WriteResult] = []
    files = [("/a", b"1"), ("/full/b", b"2"), ("/z", b"3")]
    with opened(disturbed) as device:
        # What ends up on another file system than the first file was not counted.
        device.execute(
            "import vfs\n"
            "class Full:\n"
            "    def mount(self, *_): pass\n"
            "    def umount(self): pass\n"
            "    def open(self, *_): raise OSError(28)\n"
            "    def stat(self, path):\n"
            "        return (0x4000 if path in ('', '/') else 0x8000,) + (0,) * 9\n"
            "vfs.mount(Full(), '/full')\n"
        )
        with pytest.raises(BoardOSError, match="/full/b on the board is unchanged") as caught:
            device.files.write_many(files, on_result=results.append)
    assert caught.value.errno == errno.ENOSPC
    assert [result.path for result in results] == ["/a"]


@on_micropython
def test_a_function_that_a_program_removed_comes_back(disturbed: Disturbed, tmp_path: Path) -> None:
    with opened(disturbed) as device:
        device.files.write("/a", b"1")
        device.execute("del _iot_kept.files_store")
        device.files.write("/b", b"2")
    assert content(tmp_path) == {"/a": b"1", "/b": b"2"}
