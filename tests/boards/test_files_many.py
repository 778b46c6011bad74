"""Whole trees and many files at once: few calls, little memory on the board."""

from __future__ import annotations

import errno
import hashlib
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from boards.boards import registry
from boards.marks import on_microbit, on_micropython, on_simulators
from install_boards import micropython
from iot_device.board_code import call_program
from iot_device.connecting import transport_of
from iot_device.device import Device
from iot_device.errors import BoardOSError, UnsupportedError
from iot_device.filesystem.entries import is_same_digest
from iot_device.simulator.options import parse_simulator_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boards.boards import StartedBoard
    from iot_device.filesystem import FileSystem, WriteResult
    from iot_device.transports.base import Transport

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

_FOLDERS = ("simulator-cpython", "simulator-micropython", "node-wasm")
_WITH_FOLDERS = [board for board in registry() if board.id in _FOLDERS]
with_folders = pytest.mark.parametrize("board", _WITH_FOLDERS, indirect=True, ids=lambda b: b.id)

CONTENTS = {"/t/a": b"", "/t/b.py": b"x = 1\n", "/t/sub/c": bytes(range(256)) * 9, "/t/sub/d": b"d"}


@pytest.fixture
def files(device: Device) -> FileSystem:
    return device.files


@pytest.fixture
def flash(board: StartedBoard) -> Iterator[Path]:
    """The folder on the host that is the board's flash; empty again after the test."""
    folder = parse_simulator_url(str(board.target())).flash
    yield folder
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture
def tree(files: FileSystem) -> Iterator[FileSystem]:
    """A board that holds CONTENTS and one empty folder."""
    files.make_folders(["/t", "/t/sub", "/t/empty"])
    files.write_many(CONTENTS.items())
    yield files
    files.rmtree("/t")


@with_folders
def test_a_tree_comes_with_the_digests_of_its_files(tree: FileSystem) -> None:
    found = {entry.path: entry.digest for entry in tree.list_tree("/t", digests=True)}
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in CONTENTS.items()}
    assert found == digests | {"/t/sub": None, "/t/empty": None}


@with_folders
def test_digests_are_computed_only_of_files_of_the_sizes_that_are_asked_for(
    tree: FileSystem,
) -> None:
    entries = tree.list_tree("/t", digests=True, sizes=[1, 6, 77])
    assert [entry.path for entry in entries if entry.digest] == ["/t/b.py", "/t/sub/d"]
    assert not [entry for entry in tree.list_tree("/t", digests=True, sizes=[]) if entry.digest]
    assert not [entry for entry in tree.list_tree("/t") if entry.digest]


@with_folders
def test_a_listing_to_be_compared_has_half_of_each_digest(tree: FileSystem) -> None:
    entries = tree.list_tree("/t", digests=True, sizes=[6])
    [told] = [entry.digest for entry in entries if entry.digest]
    whole = hashlib.sha256(CONTENTS["/t/b.py"]).hexdigest()
    assert told == whole[:32]
    assert is_same_digest(whole, told)
    assert not is_same_digest(hashlib.sha256(b"another").hexdigest(), told)


@on_simulators
def test_a_large_file_is_digested_without_the_board_seeming_dead(
    device: Device, flash: Path
) -> None:
    data = bytes(range(256)) * 1500
    (flash / "large").write_bytes(data)
    [entry] = device.files.list_tree("/", digests=True)
    assert entry.digest == hashlib.sha256(data).hexdigest()
    *signs_of_life, _ = device._session.call("files_list", "/", 0, True, ())
    assert signs_of_life == [0] * 5


@on_simulators
def test_a_file_that_the_board_cannot_open_has_no_digest(files: FileSystem, flash: Path) -> None:
    (flash / "broken").symlink_to("nothing")
    (flash / "whole").write_bytes(b"w")
    entries = files.list_tree("/", digests=True)
    assert [(entry.name, entry.digest is None) for entry in entries] == [
        ("broken", True),
        ("whole", False),
    ]


@with_folders
def test_many_files_go_there_and_back_and_tell_how_far_they_are(
    files: FileSystem, tmp_path: Path
) -> None:
    (tmp_path / "host").write_bytes(b"from a file")
    seen: list[tuple[int, int]] = []
    results: list[WriteResult] = []
    returned = files.write_many(
        [("/one", b"1" * 5000), ("/two", tmp_path / "host"), ("/none", b"")],
        on_result=results.append,
        on_progress=lambda done, total: seen.append((done, total)),
    )
    assert returned == results
    assert [(result.path, result.size) for result in results] == [
        ("/one", 5000),
        ("/two", 11),
        ("/none", 0),
    ]
    assert seen == sorted(set(seen))
    assert (seen[0][1], seen[-1]) == (5011, (5011, 5011))
    seen.clear()
    read = files.read_many(
        ["/two", "/one"], on_progress=lambda done, total: seen.append((done, total))
    )
    assert list(read) == [("/two", b"from a file"), ("/one", b"1" * 5000)]
    assert (seen[0][1], seen[-1]) == (5011, (5011, 5011))
    files.remove_many(["/one", "/two", "/none"])


@with_folders
def test_after_an_error_it_is_known_which_files_are_stored(files: FileSystem) -> None:
    results: list[WriteResult] = []
    with pytest.raises(FileNotFoundError):
        files.write_many(
            [("/one", b"1"), ("/missing/two", b"2"), ("/three", b"3")], on_result=results.append
        )
    assert [result.path for result in results] == ["/one"]
    assert files.stat_many(["/one", "/three"])[1] is None
    files.remove("/one")


@with_folders
def test_what_is_known_of_many_paths_comes_at_once(tree: FileSystem) -> None:
    paths = ["/t/b.py", "/t/nothing", "/t/sub", "/t/b.py/in-a-file"]
    facts = tree.stat_many(paths)
    assert [None if fact is None else (fact.type, fact.size) for fact in facts] == [
        ("file", 6),
        None,
        ("dir", 0),
        None,
    ]
    assert tree.stat_many([]) == []


@on_simulators
def test_folders_are_made_and_those_that_exist_are_good(files: FileSystem, flash: Path) -> None:
    names = [f"/folder with a long name {number}" for number in range(100)]
    files.make_folders(names[:50])
    files.make_folders([*names, "/folder with a long name 7/below"])
    assert sorted(path.name for path in flash.iterdir()) == sorted(name[1:] for name in names)
    assert (flash / "folder with a long name 7" / "below").is_dir()


@on_simulators
def test_a_file_in_the_way_of_a_folder_is_named(files: FileSystem, flash: Path) -> None:
    (flash / "b").write_bytes(b"data")
    with pytest.raises(FileExistsError, match=r"/b: .*; 1 of 3 were made before it") as caught:
        files.make_folders(["/a", "/b", "/c"])
    assert caught.value.filename == "/b"
    assert sorted(path.name for path in flash.iterdir()) == ["a", "b"]


@on_simulators
def test_files_and_empty_folders_are_removed_in_their_order(files: FileSystem, flash: Path) -> None:
    (flash / "d").mkdir()
    paths = [f"/d/file {number} \u20ac" for number in range(100)]
    for path in paths:
        (flash / path[1:]).touch()
    files.remove_many([*paths, "/d"])
    assert list(flash.iterdir()) == []


@on_simulators
def test_what_cannot_be_removed_is_named_with_what_was_removed(
    files: FileSystem, flash: Path
) -> None:
    for number in range(99):
        (flash / f"file with a long name {number:02}").touch()
    paths = [f"/file with a long name {number:02}" for number in range(100)]
    with pytest.raises(FileNotFoundError, match="99 of 101 were removed before it") as caught:
        files.remove_many([*paths, "/last"])
    assert caught.value.filename == paths[99]
    assert list(flash.iterdir()) == []


@on_simulators
def test_a_folder_that_is_not_empty_is_not_removed(files: FileSystem, flash: Path) -> None:
    (flash / "d").mkdir()
    (flash / "d" / "f").touch()
    with pytest.raises(BoardOSError) as caught:
        files.remove_many(["/d"])
    assert caught.value.errno in (errno.ENOTEMPTY, errno.EACCES)
    assert (flash / "d" / "f").exists()


@on_simulators
def test_names_that_are_no_utf_8_can_be_in_a_batch(files: FileSystem, flash: Path) -> None:
    files.make_folders(["/d\udcff"])
    files.write_many([("/d\udcff/\udcfe", b"x")])
    assert files.list_tree("/", digests=True)[1].digest == hashlib.sha256(b"x").hexdigest()
    files.remove_many(["/d\udcff/\udcfe", "/d\udcff"])
    assert list(flash.iterdir()) == []


@on_microbit
def test_a_board_without_folders_takes_many_files(files: FileSystem) -> None:
    files.write_many([("one", b"1"), ("two", b"22")])
    facts = files.stat_many(["two", "nothing"])
    assert [None if fact is None else fact.size for fact in facts] == [2, None]
    assert dict(files.read_many(["one", "two"])) == {"one": b"1", "two": b"22"}
    assert [entry.digest for entry in files.list_tree(digests=True)] == [None, None]
    files.remove_many(["one", "two"])
    assert files.listdir() == []
    with pytest.raises(UnsupportedError):
        files.make_folders(["folder"])


class Counted:
    """A transport that counts the bytes that go to the board."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.url = transport.url
        self.open = transport.open
        self.read = transport.read
        self.wake = transport.wake
        self.close = transport.close
        self.count = 0

    def write(self, data: bytes, timeout: float | None) -> int:
        self.count += len(data)
        return self._transport.write(data, timeout)


@on_micropython
def test_what_lists_a_tree_stays_on_the_board_if_it_is_needed_again(board: StartedBoard) -> None:
    counted = Counted(transport_of(str(board.target())))
    with Device(counted) as device:
        device.open()
        device.files.write("/f", "data")
        counts = []
        for _ in range(3):
            counted.count = 0
            [entry] = device.files.list_tree("/", digests=True)
            assert entry.digest == hashlib.sha256(b"data").hexdigest()
            counts.append(counted.count)
        assert device.evaluate("dir()") == ["__name__"]
        device.files.remove("/f")
    assert counts[2] < 200 < counts[0]


@pytest.mark.parametrize(("folders", "each"), [(1, 5000), (5000, 0), (50, 100)])
def test_5000_files_are_listed_in_a_heap_of_30_kb(tmp_path: Path, folders: int, each: int) -> None:
    for folder in (tmp_path / "tree" / f"folder{number:04}" for number in range(folders)):
        folder.mkdir(parents=True)
        for number in range(each):
            (folder / f"file{number:04}.txt").write_bytes(b"x" * (number % 50))
    program = tmp_path / "program.py"
    arguments = (f"{tmp_path}/tree/", 32, True, ())
    program.write_bytes(call_program("files_list", arguments, nonce="NONCE", token="END"))
    board = subprocess.run(
        [str(micropython()), "-X", "heapsize=30k", str(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert board.stdout.endswith("END")
    names = board.stdout.count("b'folder") + board.stdout.count("b'file")
    assert names == folders * (each + 1)
