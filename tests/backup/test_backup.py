"""Backups of real MicroPython: what is in them, what stays safe on the way, and the way back."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from boards.boards import registry
from boards.cut_transport import CutTransport
from cli.folders import files_in
from install_boards import micropython
from iot_device import (
    BoardOSError,
    ConnectionLostError,
    Device,
    HostFileError,
    UnsafeError,
    VerificationError,
    open_device,
)
from iot_device.backup import make_backup, plan_restore, read_manifest
from iot_device.connecting import transport_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

CONTENTS = {
    "main.py": b"print('main')\n",
    ".hidden": b"dot",
    "lib/deep/module.py": bytes(range(256)) * 8,
    "settings.toml": b"PASSWORD = 'secret'\n",
}
SD_CARD = """
import vfs
class Card:
    def mount(self, readonly, mkfs): pass
    def umount(self): pass
    def stat(self, path): return (0x4000,) + (0,) * 9
    def ilistdir(self, path): raise OSError(5)
    def statvfs(self, path): return (0,) * 10
vfs.mount(Card(), '/sd')
"""


def url_of(flash: Path) -> str:
    return f"sim://{flash}?vm={micropython()}"


@contextmanager
def board(flash: Path) -> Iterator[Device]:
    flash.mkdir(exist_ok=True)
    with open_device(url_of(flash)) as device:
        yield device


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    """The flash of a board that holds CONTENTS and an empty folder."""
    flash = tmp_path / "flash"
    for name, data in CONTENTS.items():
        (flash / name).parent.mkdir(parents=True, exist_ok=True)
        (flash / name).write_bytes(data)
    (flash / "empty").mkdir()
    return flash


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "saved"


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files in a folder, but not the manifest."""
    return {name: data for name, data in files_in(folder).items() if name != ".iot-backup.json"}


def test_a_backup_has_all_files_and_says_what_it_has(flash: Path, folder: Path) -> None:
    with board(flash) as device:
        result = make_backup(device, folder)
        uid = device.info.uid
    assert contents(folder) == CONTENTS
    manifest = read_manifest(folder)
    assert manifest == result.manifest
    assert manifest is not None
    assert (manifest.uid, manifest.complete, manifest.path) == (uid, True, "/")
    assert manifest.folders == ("/empty", "/lib", "/lib/deep")
    assert {path[1:]: facts.size for path, facts in manifest.files.items()} == {
        name: len(data) for name, data in CONTENTS.items()
    }
    if os.name == "posix":
        assert folder.stat().st_mode & 0o077 == 0


def test_a_backup_is_brought_up_to_date_and_what_a_person_put_there_stays(
    flash: Path, folder: Path
) -> None:
    with board(flash) as device:
        make_backup(device, folder)
        (folder / "notes.txt").write_text("mine")
        (folder / "lib" / "deep" / "module.py").write_text("mine, too")
        (flash / "main.py").write_bytes(b"new")
        (flash / ".hidden").unlink()
        shutil.rmtree(flash / "lib")
        (flash / "lib").write_bytes(b"a file now")
        report = make_backup(device, folder).report
    assert sorted(outcome.source for outcome in report.sent) == [":/lib", ":/main.py"]
    assert contents(folder) == {
        "main.py": b"new",
        "settings.toml": CONTENTS["settings.toml"],
        "lib": b"a file now",
        "lib.~iot-old/deep/module.py": b"mine, too",
        "notes.txt": b"mine",
    }


def test_another_boards_backup_is_refused_unless_forced(
    flash: Path, folder: Path, tmp_path: Path
) -> None:
    with board(flash) as device:
        make_backup(device, folder)
    with board(tmp_path / "other") as other:
        other.files.write("/x.py", "x")
        with pytest.raises(UnsafeError, match="of another board"):
            make_backup(other, folder)
        assert contents(folder) == CONTENTS
        make_backup(other, folder, force=True)
    assert contents(folder) == {"x.py": b"x"}


def test_a_folder_with_something_else_is_refused(flash: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "main.py").write_text("my project")
    with board(flash) as device, pytest.raises(UnsafeError, match="something else than a backup"):
        make_backup(device, folder)
    assert contents(folder) == {"main.py": b"my project"}


def test_a_backup_of_a_part_does_not_replace_one_of_the_whole(flash: Path, folder: Path) -> None:
    with board(flash) as device:
        make_backup(device, folder)
        with pytest.raises(UnsafeError, match="a backup of :/, not of :/lib"):
            make_backup(device, folder, path="/lib")
        make_backup(device, folder.with_name("part"), path="lib")
        with pytest.raises(BoardOSError):
            make_backup(device, folder.with_name("none"), path="/absent")
    assert contents(folder.with_name("part")) == {
        "lib/deep/module.py": CONTENTS["lib/deep/module.py"]
    }
    assert not folder.with_name("none").exists()


def test_other_file_systems_are_left_out_and_named(flash: Path, folder: Path) -> None:
    with board(flash) as device:
        device.execute(SD_CARD)
        manifest = make_backup(device, folder).manifest
        assert manifest.skipped == ("/sd",)
        assert not (folder / "sd").exists()
        assert plan_restore(device, folder, exact=True).plan.matches


def test_a_link_lost_at_any_moment_leaves_the_old_backup_or_the_new_one(
    flash: Path, folder: Path
) -> None:
    with board(flash) as device:
        make_backup(device, folder)
    before = contents(folder), read_manifest(folder)
    for name in ("main.py", "lib/deep/module.py"):
        (flash / name).write_bytes(b"changed " * 100)
    lost = 0
    for moment in range(1, 1000):
        cut = CutTransport(transport_of(url_of(flash)))
        with Device(cut) as device:
            device.open()
            cut.left = moment
            try:
                make_backup(device, folder)
            except ConnectionLostError:
                lost += 1
                assert (contents(folder), read_manifest(folder)) == before
            else:
                break
    assert lost > 5
    assert contents(folder)["main.py"] == b"changed " * 100
    assert not (folder / ".iot-backup.new").exists()


def test_a_change_that_was_decided_is_finished_by_the_next_use(flash: Path, folder: Path) -> None:
    with board(flash) as device:
        make_backup(device, folder)
        # As a process leaves it that was killed right after the decision.
        waiting = folder / ".iot-backup.new"
        waiting.mkdir()
        (flash / "main.py").write_bytes(b"newer")
        (waiting / "main.py").write_bytes(b"newer")
        document = json.loads((folder / ".iot-backup.json").read_bytes())
        digest = device.files.digest("/main.py")
        document["files"]["/main.py"] = {"size": 5, "sha256": digest}
        del document["files"]["/.hidden"]
        (waiting / ".iot-backup.json").write_text(json.dumps(document))
        assert plan_restore(device, folder).plan.matches
    assert contents(folder) == {
        "main.py": b"newer",
        "lib/deep/module.py": CONTENTS["lib/deep/module.py"],
        "settings.toml": CONTENTS["settings.toml"],
    }


def test_a_change_that_was_not_decided_is_thrown_away(flash: Path, folder: Path) -> None:
    with board(flash) as device:
        make_backup(device, folder)
        (folder / ".iot-backup.new").mkdir()
        (folder / ".iot-backup.new" / "main.py").write_bytes(b"half")
        assert plan_restore(device, folder).plan.matches
    assert contents(folder) == CONTENTS


def test_what_cannot_be_copied_makes_a_backup_incomplete_and_keeps_a_complete_one(
    flash: Path, folder: Path
) -> None:
    (flash / "/".join("d" * 40)).mkdir(parents=True)
    with board(flash) as device:
        result = make_backup(device, folder)
        assert (result.is_kept, result.manifest.complete) == (True, False)
        assert contents(folder) == CONTENTS
        with pytest.raises(UnsafeError, match="not complete"):
            plan_restore(device, folder, exact=True)
        assert plan_restore(device, folder).plan.matches
        shutil.rmtree(flash / "d")
        assert make_backup(device, folder).manifest.complete
        (flash / "/".join("d" * 40)).mkdir(parents=True)
        (flash / "main.py").write_bytes(b"new")
        assert not make_backup(device, folder).is_kept
    assert contents(folder) == CONTENTS


def test_an_exact_restore_gives_another_board_the_same_files(
    flash: Path, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    (other / "main.py").mkdir(parents=True)
    (other / "main.py" / "odd").write_bytes(b"odd")
    for name in ("lib", "boot.py", "data.csv"):
        (other / name).write_bytes(b"the pupil's")
    with board(flash) as device:
        make_backup(device, folder)
    with board(other) as device:
        restore = plan_restore(device, folder, exact=True)
        assert (other / "data.csv").exists()
        result = restore.apply()
        assert plan_restore(device, folder, exact=True).plan.matches
    assert contents(other) == CONTENTS
    assert (other / "empty").is_dir()
    assert {written.proof for written in result.written} == {"sha256"}


def test_an_exact_restore_keeps_what_belongs_to_the_board(
    flash: Path, folder: Path, tmp_path: Path
) -> None:
    kept = {".secret": b"1", "boot_out.txt": b"2", "webrepl_cfg.py": b"3", "settings.toml": b"4"}
    (flash / "settings.toml").unlink()
    (flash / "boot_out.txt").write_bytes(b"of the other board")
    other = tmp_path / "other"
    other.mkdir()
    for name, data in kept.items():
        (other / name).write_bytes(data)
    with board(flash) as device:
        make_backup(device, folder)
    with board(other) as device:
        device.execute(SD_CARD)
        plan_restore(device, folder, exact=True).apply()
    stored = contents(other)
    assert {name: stored[name] for name in kept} == kept


def test_a_restore_that_is_not_exact_deletes_nothing(
    flash: Path, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    (other / "main.py").mkdir(parents=True)
    (other / "data.csv").write_bytes(b"1,2")
    with board(flash) as device:
        make_backup(device, folder)
    with board(other) as device:
        plan = plan_restore(device, folder)
        plan.apply()
    assert [conflict.path for conflict in plan.plan.conflicts] == ["/main.py"]
    rest = {name: data for name, data in CONTENTS.items() if name != "main.py"}
    assert contents(other) == {**rest, "data.csv": b"1,2"}
    assert (other / "main.py").is_dir()


def test_a_damaged_backup_is_refused_before_anything_is_done(
    flash: Path, folder: Path, tmp_path: Path
) -> None:
    with board(flash) as device:
        make_backup(device, folder)
    (folder / "main.py").write_bytes(b"rotten")
    with board(tmp_path / "other") as device:
        with pytest.raises(VerificationError, match=r"main\.py is not what was backed up"):
            plan_restore(device, folder)
        (folder / "main.py").unlink()
        with pytest.raises(VerificationError):
            plan_restore(device, folder)
    assert contents(tmp_path / "other") == {}


def test_a_folder_that_is_no_backup_is_refused(flash: Path, tmp_path: Path) -> None:
    with board(flash) as device, pytest.raises(UnsafeError, match="is no backup"):
        plan_restore(device, tmp_path, exact=True)


@pytest.mark.parametrize("path", ["/../outside", "main.py", "/a//b", "/./a", "/"])
def test_a_manifest_does_not_lead_out_of_its_folder(
    flash: Path, folder: Path, tmp_path: Path, path: str
) -> None:
    (tmp_path / "outside").write_bytes(b"private")
    with board(flash) as device:
        make_backup(device, folder)
        document = json.loads((folder / ".iot-backup.json").read_bytes())
        document["files"][path] = {"size": 7, "sha256": "0" * 64}
        (folder / ".iot-backup.json").write_text(json.dumps(document))
        with pytest.raises(UnsafeError, match="leads elsewhere"):
            plan_restore(device, folder)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "uid": 1, "files": []}']
)
def test_a_manifest_that_makes_no_sense_is_an_error(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / ".iot-backup.json").write_text(text)
    with pytest.raises(HostFileError):
        read_manifest(folder)


def test_a_board_without_folders_can_be_backed_up_and_restored(folder: Path) -> None:
    [microbit] = [board for board in registry() if board.id == "microbit-qemu"]
    with microbit.start() as started, open_device(started.target()) as device:
        device.files.write("main.py", "print(1)")
        device.files.write("two", "22")
        manifest = make_backup(device, folder).manifest
        assert contents(folder) == {"main.py": b"print(1)", "two": b"22"}
        assert sorted(manifest.files) == ["/main.py", "/two"]
        device.files.remove("main.py")
        device.files.write("three", "333")
        plan_restore(device, folder, exact=True).apply()
        assert [entry.name for entry in device.files.listdir()] == ["main.py", "two"]
        assert device.files.read("main.py") == b"print(1)"
