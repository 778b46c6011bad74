"""Plans of copies and their runs: between this computer and real MicroPython, both ways."""

from __future__ import annotations

import errno
import random
from typing import TYPE_CHECKING

import pytest

from boards.cut_transport import CutTransport
from install_boards import micropython
from iot_device import (
    BoardFiles,
    BoardOSError,
    ConnectionLostError,
    CopyFile,
    CopyOutcome,
    CopyPlan,
    Device,
    HostFiles,
    KeepFile,
    MakeFolder,
    RefuseCopy,
    UnsafeError,
    open_device,
    plan_copy,
    run_copy,
)
from iot_device.connecting import transport_of
from iot_device.copying.host_names import ignores_case
from iot_device.errors import IotError
from iot_device.testing import Fault, FaultyTransport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

HOST = HostFiles()
CONTENTS = {"a.py": b"x = 1\n", "empty": b"", "sub/b.bin": bytes(range(256)) * 20, "sub/c": b"c"}

# A file system whose listings hold what no honest one has.
EVIL = """
import os, vfs
class Evil:
    def mount(self, readonly, mkfs): pass
    def umount(self): pass
    def stat(self, path):
        folder = path in ('', '/')
        return (0x4000 if folder else 0x8000, 0, 0, 0, 0, 0, 4, 0, 0, 0)
    def ilistdir(self, path):
        for name in ('good', '../../escaped', '/escaped', 'a/b', ''):
            yield name, 0x8000, 0, 4
    def open(self, path, mode):
        import io
        return io.BytesIO(b'evil')
    def statvfs(self, path): return (0,) * 10
vfs.mount(Evil(), '/evil')
"""

RAM_DISK = """
import vfs
class RamDisk:
    def __init__(self):
        self.data = bytearray(100 * 512)
    def readblocks(self, block, buffer, offset=0):
        start = block * 512 + offset
        buffer[:] = self.data[start : start + len(buffer)]
    def writeblocks(self, block, buffer, offset=0):
        start = block * 512 + offset
        self.data[start : start + len(buffer)] = buffer
    def ioctl(self, request, argument):
        return {4: 100, 5: 512}.get(request, 0)
disk = RamDisk()
vfs.VfsFat.mkfs(disk)
vfs.mount(vfs.VfsFat(disk), '/ram')
"""


def url_of(flash: Path) -> str:
    flash.mkdir(exist_ok=True)
    return f"sim://{flash}?vm={micropython()}"


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    return tmp_path / "flash"


@pytest.fixture
def device(flash: Path) -> Iterator[Device]:
    with open_device(url_of(flash)) as device:
        yield device


@pytest.fixture
def board(device: Device) -> BoardFiles:
    return BoardFiles(device.files)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder on the host with CONTENTS and an empty folder."""
    return make(tmp_path / "tree")


def make(folder: Path) -> Path:
    for name, data in CONTENTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "nothing").mkdir()
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def kinds(plan: CopyPlan) -> list[type]:
    return sorted({type(step) for step in plan.steps}, key=lambda kind: kind.__name__)


def test_a_tree_goes_to_the_board_and_then_there_is_nothing_to_do(
    board: BoardFiles, tree: Path, flash: Path
) -> None:
    plan = plan_copy(HOST, [str(tree)], board, "/", recursive=True)
    assert kinds(plan) == [CopyFile, MakeFolder]
    assert plan.size == sum(map(len, CONTENTS.values()))
    assert contents(flash) == {}
    report = run_copy(plan)
    assert contents(flash / "tree") == CONTENTS
    assert (flash / "tree" / "nothing").is_dir()
    assert (len(report.sent), report.size, report.proofs) == (4, plan.size, ["sha256"])
    again = plan_copy(HOST, [str(tree)], board, "/", recursive=True)
    assert kinds(again) == [KeepFile]
    assert [outcome.action for outcome in run_copy(again).outcomes] == ["unchanged"] * 4


def test_a_tree_comes_from_the_board_and_what_is_unchanged_stays_the_same_file(
    board: BoardFiles, tmp_path: Path, flash: Path
) -> None:
    make(flash)
    target = tmp_path / "copy"
    run_copy(plan_copy(board, ["/"], HOST, str(target), recursive=True))
    assert contents(target) == CONTENTS
    assert (target / "nothing").is_dir()
    before = {path.name: path.stat().st_ino for path in target.rglob("*")}
    (flash / "a.py").write_bytes(b"x = 2\n")
    report = run_copy(plan_copy(board, ["/"], HOST, str(target), recursive=True))
    assert [outcome.target for outcome in report.sent] == [str(target / "a.py")]
    after = {path.name: path.stat().st_ino for path in target.rglob("*")}
    assert [name for name in after if after[name] != before[name]] == ["a.py"]


def test_a_tree_goes_from_one_board_to_another(
    board: BoardFiles, tmp_path: Path, flash: Path
) -> None:
    make(flash)
    with open_device(url_of(tmp_path / "other")) as other:
        plan = plan_copy(board, ["sub"], BoardFiles(other.files), "/", recursive=True)
        progress: list[tuple[int, int]] = []
        report = run_copy(plan, on_progress=lambda done, total: progress.append((done, total)))
    assert contents(tmp_path / "other") == {
        name: data for name, data in CONTENTS.items() if name.startswith("sub/")
    }
    assert [outcome.proof for outcome in report.sent] == ["sha256"] * 2
    assert progress == sorted(progress)
    assert progress[-1] == (plan.size, plan.size)


def test_one_bar_fits_all_files_although_some_fail(
    board: BoardFiles, tree: Path, flash: Path
) -> None:
    (flash / "tree" / "a.py").mkdir(parents=True)
    plan = plan_copy(HOST, [str(tree)], board, "/", recursive=True)
    progress: list[tuple[int, int]] = []
    report = run_copy(plan, on_progress=lambda done, total: progress.append((done, total)))
    assert [outcome.source for outcome in report.failed] == [str(tree / "a.py")]
    assert isinstance(report.failed[0].error, IsADirectoryError)
    assert len(report.sent) == 3
    assert progress == sorted(progress)
    assert progress[-1] == (plan.size, plan.size)


def test_a_folder_that_cannot_be_made_is_one_failure_with_all_that_is_in_it(
    board: BoardFiles, tree: Path, flash: Path
) -> None:
    (flash / "tree").mkdir()
    (flash / "tree" / "sub").write_bytes(b"in the way")
    report = run_copy(plan_copy(HOST, [str(tree)], board, "/", recursive=True))
    assert [outcome.target for outcome in report.failed] == [":/tree/sub"]
    assert isinstance(report.failed[0].error, FileExistsError)
    assert contents(flash / "tree") == {
        "a.py": CONTENTS["a.py"],
        "empty": b"",
        "sub": b"in the way",
    }


def test_what_does_not_fit_is_refused_with_the_figures_before_anything_is_done(
    device: Device, board: BoardFiles, tmp_path: Path
) -> None:
    device.execute(RAM_DISK)
    free = device.files.statvfs("/ram").free
    (tmp_path / "large").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / "large" / name).write_bytes(bytes(20_000))
    with pytest.raises(
        BoardOSError, match=f"3 files with 60000 .* {free} bytes are free"
    ) as caught:
        plan_copy(HOST, [str(tmp_path / "large")], board, "/ram", recursive=True)
    assert caught.value.errno == errno.ENOSPC
    assert device.files.listdir("/ram") == []


def test_room_that_replaced_files_give_back_counts(
    device: Device, board: BoardFiles, tmp_path: Path
) -> None:
    device.execute(RAM_DISK)
    (tmp_path / "large").mkdir()
    for sizes in ((14_000, 14_000), (4_000, 13_000)):
        for name, size in zip("ab", sizes, strict=True):
            (tmp_path / "large" / name).write_bytes(bytes(size))
        report = run_copy(plan_copy(HOST, [str(tmp_path / "large")], board, "/ram", recursive=True))
        assert (len(report.sent), report.failed) == (2, [])
    assert device.files.statvfs("/ram").free < 30_000


def test_what_goes_to_another_file_system_of_the_board_needs_no_room_in_this_one(
    device: Device, board: BoardFiles, tmp_path: Path, flash: Path
) -> None:
    device.execute(RAM_DISK)
    (tmp_path / "all" / "ram").mkdir(parents=True)
    for name in ("ram/a", "b", "c", "d"):
        (tmp_path / "all" / name).write_bytes(bytes(20_000))
    report = run_copy(
        plan_copy(
            HOST,
            [f"{tmp_path}/all/{name}" for name in ("ram", "b", "c", "d")],
            board,
            "/",
            recursive=True,
        )
    )
    assert (len(report.sent), report.failed) == (4, [])
    assert device.files.stat("/ram/a").size == 20_000
    assert sorted(contents(flash)) == ["b", "c", "d"]


def test_names_that_lead_elsewhere_are_refused_and_the_rest_is_copied(
    device: Device, board: BoardFiles, tmp_path: Path
) -> None:
    device.execute(EVIL)
    target = tmp_path / "deep" / "er"
    target.mkdir(parents=True)
    plan = plan_copy(board, ["/evil"], HOST, str(target), recursive=True)
    refused = [step.error for step in plan.steps if isinstance(step, RefuseCopy)]
    assert len(refused) == 4
    assert all(isinstance(error, UnsafeError) for error in refused)
    run_copy(plan)
    assert contents(tmp_path / "deep") == {"er/evil/good": b"evil"}


def test_names_that_differ_in_case_are_refused_where_the_host_ignores_case(
    board: BoardFiles, tmp_path: Path, flash: Path
) -> None:
    flash.joinpath("d").mkdir()
    for name in ("A.py", "a.py", "b.py", "Stra\u00dfe", "STRASSE"):
        (flash / "d" / name).write_text(name)
    plan = plan_copy(board, ["d"], HOST, str(tmp_path / "good"), recursive=True)
    assert len(run_copy(plan).sent) == 5
    # A file system looks the same if each of its names is there in the other case, too.
    (tmp_path / "copy").mkdir()
    (tmp_path / "COPY").symlink_to("copy")
    report = run_copy(plan_copy(board, ["d"], HOST, str(tmp_path / "copy"), recursive=True))
    assert contents(tmp_path / "copy") == {"d/b.py": b"b.py"}
    assert all(isinstance(outcome.error, UnsafeError) for outcome in report.failed)


def test_whether_a_folder_ignores_case_is_seen_without_writing(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    assert not ignores_case(tmp_path / "copy" / "absent")
    (tmp_path / "COPY").mkdir()
    assert not ignores_case(tmp_path / "copy")
    (tmp_path / "COPY").rmdir()
    (tmp_path / "COPY").symlink_to("copy")
    assert ignores_case(tmp_path / "copy" / "absent")


def test_a_planted_link_is_neither_followed_nor_looked_through(
    board: BoardFiles, tmp_path: Path, flash: Path
) -> None:
    make(flash)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "c").write_bytes(b"c")
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "sub").symlink_to(outside)
    report = run_copy(plan_copy(board, ["/"], HOST, str(tmp_path / "copy"), recursive=True))
    assert [outcome.source for outcome in report.failed] == [":/sub"]
    assert contents(outside) == {"c": b"c"}


def test_a_tree_of_the_host_without_end_does_not_fill_the_board(
    board: BoardFiles, tmp_path: Path, flash: Path
) -> None:
    (tmp_path / "tree" / "/".join("d" * 40)).mkdir(parents=True)
    (tmp_path / "tree" / "circle").symlink_to(tmp_path / "tree")
    report = run_copy(plan_copy(HOST, [str(tmp_path / "tree")], board, "/", recursive=True))
    assert [str(outcome.error).split(" is ", 1)[1] for outcome in report.failed] == [
        "a link to a folder, which is not followed",
        "more than 32 folders deep",
    ]
    assert len(list(flash.rglob("d"))) == 32


def test_a_tree_of_a_board_without_end_is_refused_where_it_is_too_deep(
    board: BoardFiles, tmp_path: Path, flash: Path
) -> None:
    (flash / "/".join("d" * 40)).mkdir(parents=True)
    report = run_copy(plan_copy(board, ["/"], HOST, str(tmp_path / "copy"), recursive=True))
    assert [type(outcome.error) for outcome in report.failed] == [UnsafeError]
    assert len(list((tmp_path / "copy").rglob("d"))) == 32


def test_a_copy_needs_a_board() -> None:
    with pytest.raises(TypeError):
        plan_copy(HOST, ["a"], HOST, "b")


def test_after_a_lost_link_it_is_known_what_was_done(tree: Path, flash: Path) -> None:
    cut = CutTransport(transport_of(url_of(flash)))
    outcomes: list[CopyOutcome] = []

    def note(outcome: CopyOutcome) -> None:
        outcomes.append(outcome)
        if outcome.target == ":/tree/empty":
            cut.left = 2

    # More than what may be on its way.
    (tree / "sub" / "b.bin").write_bytes(random.Random(1).randbytes(100_000))
    with Device(cut) as device:
        device.open()
        plan = plan_copy(HOST, [str(tree)], BoardFiles(device.files), "/", recursive=True)
        with pytest.raises(ConnectionLostError):
            run_copy(plan, on_outcome=note)
    files = [(outcome.action, outcome.target) for outcome in outcomes if outcome.action != "made"]
    assert files == [
        ("sent", ":/tree/a.py"),
        ("sent", ":/tree/empty"),
        ("failed", ":/tree/sub/b.bin"),
    ]
    whole = {name: data for name, data in CONTENTS.items() if "/" not in name}
    assert {
        name: data for name, data in contents(flash / "tree").items() if "~" not in name
    } == whole


def test_what_goes_wrong_behind_the_last_file_is_an_error_that_says_it_is_there(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").write_bytes(b"new")
    link = FaultyTransport(transport_of(url_of(tmp_path / "board")), [])
    messages = []
    with Device(link) as device:
        device.open()
        board = BoardFiles(device.files)

        def copy(name: str) -> int:
            plan = plan_copy(HOST, [str(tmp_path / "a")], board, f"/{name}")
            before = link.position("to_host")
            run_copy(plan)
            return link.position("to_host") - before

        copy("warm1")
        size = copy("warm2")
        for number in range(10, 60, 4):
            plan = plan_copy(HOST, [str(tmp_path / "a")], board, f"/f{number:03}")
            link.plan(Fault("flip", "to_host", size - number, bits=4))
            try:
                run_copy(plan)
            except IotError as error:
                messages.append(error.message)
    assert any("is the new file, whole" in message for message in messages)
