"""Names that are one file where case is ignored: on FAT of a board, and on this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from copying.test_copying import HOST, RAM_DISK, board, contents, device, flash
from iot_device import (
    BoardFiles,
    BoardOSError,
    CopyReport,
    Device,
    UnsafeError,
    plan_copy,
    run_copy,
)
from iot_device.copying import same_board_name
from iot_device.rsync import apply, compare, host_files

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["board", "device", "flash"]  # fixtures

pytestmark = pytest.mark.slow

ALIKE = ("p/A.txt", "p/a.txt", "p/Lib/x", "p/lib", "p/\u00c4", "p/\u00e4", "p/dot.", "p/dot")
APART = ("p/b.txt", "p/Stra\u00dfe", "p/STRASSE", "p/sub/a.txt")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (*ALIKE, *APART):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path / "p"


@pytest.fixture
def fat(device: Device) -> Device:
    """The board with an empty FAT at /ram."""
    device.execute(RAM_DISK)
    return device


def copied(board: BoardFiles, tree: Path, destination: str) -> CopyReport:
    return run_copy(plan_copy(HOST, [str(tree)], board, destination, recursive=True))


def on_board(device: Device, folder: str) -> dict[str, bytes]:
    files = (entry for entry in device.files.list_tree(folder) if entry.type == "file")
    return {entry.path: device.files.read(entry.path) for entry in files}


@pytest.mark.parametrize("there", ["", "other.py", "1234"])
def test_names_that_are_one_file_on_fat_are_refused_before_anything_is_sent(
    fat: Device, board: BoardFiles, tree: Path, there: str
) -> None:
    if there:
        fat.files.write(f"/ram/{there}", "x")
    report = copied(board, tree, "/ram")
    refused = {str(outcome.error) for outcome in report.failed}
    assert len(refused) == len(ALIKE)
    assert (
        ":/ram/p/A.txt and :/ram/p/a.txt would be one file: the board ignores case there" in refused
    )
    assert all(isinstance(outcome.error, UnsafeError) for outcome in report.failed)
    found = on_board(fat, "/ram")
    found.pop(f"/ram/{there}", None)
    assert found == {f"/ram/{name}": name.encode() for name in APART}


def test_the_same_names_are_files_of_their_own_on_littlefs_and_the_like(
    board: BoardFiles, tree: Path, flash: Path
) -> None:
    report = copied(board, tree, "/new")
    assert (report.failed, len(report.sent)) == ([], len(ALIKE) + len(APART))
    assert contents(flash / "new") == contents(tree)


def test_a_read_only_file_system_that_tells_nothing_is_an_error(
    fat: Device, board: BoardFiles, tree: Path
) -> None:
    fat.execute("vfs.umount('/ram')\nvfs.mount(vfs.VfsFat(disk), '/ram', readonly=True)")
    with pytest.raises(BoardOSError, match="Read-only"):
        plan_copy(HOST, [str(tree)], board, "/ram", recursive=True)


def test_rsync_refuses_them_too_and_does_nothing(fat: Device, tree: Path) -> None:
    fat.files.write("/ram/old", "x")
    wanted = {f"/ram/{name}": tree.parent / name for name in ("p/A.txt", "p/a.txt", "p/b.txt")}
    comparison = compare(fat, host_files(wanted))
    with pytest.raises(UnsafeError, match=r"/ram/p/A.txt and /ram/p/a.txt would be one file"):
        apply(comparison.plan, fat.files, consent=True)
    assert on_board(fat, "/ram") == {"/ram/old": b"x"}


def test_a_file_and_a_folder_of_the_board_do_not_become_one_where_this_computer_ignores_case(
    board: BoardFiles, tmp_path: Path, flash: Path
) -> None:
    for name in ("d/Lib/x", "d/lib", "d/b.txt"):
        (flash / name).parent.mkdir(parents=True, exist_ok=True)
        (flash / name).write_text(name)
    # A file system looks the same if each of its names is there in the other case, too.
    (tmp_path / "copy").mkdir()
    (tmp_path / "COPY").symlink_to("copy")
    report = run_copy(plan_copy(board, ["d"], HOST, str(tmp_path / "copy"), recursive=True))
    assert contents(tmp_path / "copy") == {"d/b.txt": b"d/b.txt"}
    assert len(report.failed) == 2
    assert "this computer ignores case there" in str(report.failed[0].error)


@pytest.mark.parametrize(
    ("one", "other"), [("a", "A"), ("/x/a.", "/X/A"), ("a ", "a"), ("\u00e4", "\u00c4")]
)
def test_fat_takes_these_for_one_name(one: str, other: str) -> None:
    assert same_board_name(one) == same_board_name(other)


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("stra\u00dfe", "STRASSE"), ("..", ".")])
def test_fat_takes_these_for_two_names(one: str, other: str) -> None:
    assert same_board_name(one) != same_board_name(other)
