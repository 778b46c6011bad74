"""``backup`` and ``restore``: what they say, and what they do with several boards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.folders import files_in, make

if TYPE_CHECKING:
    from pathlib import Path

    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # each test starts real processes


def test_a_backup_and_its_way_back(iot: Iot) -> None:
    make(iot.flash, "main.py", "lib/a.py")
    ended = iot("backup", "saved")
    assert (ended.code, ended.out) == (0, b"")
    assert ended.err == "iot: 2 files, 15 bytes sent, verified by sha256\n"
    assert iot("backup", "saved").err == (
        "iot: 0 files, 0 bytes sent, 2 skipped (unchanged), verified by sha256\n"
    )
    (iot.flash / "main.py").unlink()
    make(iot.flash, "lib/b.py")
    ended = iot("restore", "saved", "--exact", "-n")
    assert ended.out.splitlines() == [b"DELETE  /lib/b.py", b"ADD     /main.py"]
    assert ended.err == "iot: 1 to be deleted, 1 to be added, 1 equal, 7 bytes\n"
    assert sorted(files_in(iot.flash)) == ["lib/a.py", "lib/b.py"]
    ended = iot("restore", "saved")
    assert ended.out == b"ADD     /main.py\n"
    assert ended.err == "iot: 1 added, 1 equal, 7 bytes, verified by sha256\n"
    ended = iot("-q", "--json", "restore", "saved", "--exact")
    assert (ended.code, ended.err) == (0, "")
    assert [action["path"] for action in ended.json["actions"]] == ["/lib/b.py"]
    assert (ended.json["done"], ended.json["equal"]) == (True, 2)
    assert sorted(files_in(iot.flash)) == ["lib/a.py", "main.py"]


def test_a_part_of_the_board_is_backed_up(iot: Iot) -> None:
    make(iot.flash, "main.py", "lib/a.py")
    ended = iot("--json", "backup", "--path", ":/lib", "saved")
    assert [item["source"] for item in ended.json["saved"]] == [":/lib/a.py"]
    make(iot.flash, "lib/b.py", "other.py")
    assert iot("restore", "--exact", "saved").code == 0
    assert sorted(files_in(iot.flash)) == ["lib/a.py", "main.py", "other.py"]


def test_what_is_refused_has_exit_code_9(iot: Iot, tmp_path: Path) -> None:
    make(iot.flash, "main.py")
    make(iot.cwd, "project/main.py")
    ended = iot("backup", "project")
    assert ended.code == 9
    assert ended.err.splitlines() == [
        "iot: hint: choose another folder, or --force",
        "iot: error[refused]: project holds something else than a backup; nothing was done",
    ]
    ended = iot("restore", "project", "--exact")
    assert ended.code == 9
    assert ended.last_line == (
        "iot: error[refused]: project is no backup: it has no .iot-backup.json"
    )
    assert iot("backup", "saved").code == 0
    other = iot.board(f"sim://{tmp_path / 'other'}?vm=cpython")
    (tmp_path / "other").mkdir()
    assert "holds the backup of another board" in other("backup", "saved").last_line
    assert other("restore", "saved").code == 0
    assert files_in(tmp_path / "other") == {"main.py": b"main.py"}


def test_what_is_in_the_way_is_told_and_the_rest_restored(iot: Iot) -> None:
    make(iot.flash, "main.py", "lib")
    assert iot("backup", "saved").code == 0
    (iot.flash / "main.py").unlink()
    (iot.flash / "lib").unlink()
    make(iot.flash, "lib/a.py")
    ended = iot("restore", "saved")
    assert ended.code == 8
    assert ended.err.splitlines()[1:] == [
        "iot: hint: try --exact",
        "iot: error[partly-done]: 1 file has something in its way",
    ]
    assert files_in(iot.flash) == {"main.py": b"main.py", "lib/a.py": b"lib/a.py"}
    assert iot("restore", "saved", "--exact").code == 0
    assert files_in(iot.flash) == {"main.py": b"main.py", "lib": b"lib"}


def test_several_boards_are_backed_up_and_reset_side_by_side(iot: Iot, tmp_path: Path) -> None:
    flashes = [tmp_path / name for name in ("one", "two")]
    for flash in flashes:
        make(flash, "main.py", f"{flash.name}.txt")
    several = iot.board(",".join(f"sim://{flash}?vm=cpython" for flash in flashes))
    assert several("backup", "all").code == 0
    saved = [files_in(folder) for folder in (iot.cwd / "all").iterdir()]
    names = sorted(name for files in saved for name in files if name.endswith(".txt"))
    assert (len(saved), names) == (2, ["one.txt", "two.txt"])
    for flash in flashes:
        (flash / f"{flash.name}.txt").unlink()
    assert several("restore", "all").code == 0
    assert [sorted(files_in(flash)) for flash in flashes] == [
        ["main.py", "one.txt"],
        ["main.py", "two.txt"],
    ]
    make(iot.flash, "master.py")
    assert iot("backup", "master").code == 0
    ended = several("-q", "restore", "master", "--exact")
    assert (ended.code, ended.out, ended.err) == (0, b"", "")
    assert [files_in(flash) for flash in flashes] == [{"master.py": b"master.py"}] * 2
    lines = several("restore", "master", "--exact").err.splitlines()
    assert [line.partition("cpython: ")[2] for line in lines] == ["ok: 1 equal"] * 2


def test_what_was_done_before_the_failure_stands_above_it(iot: Iot, tmp_path: Path) -> None:
    make(tmp_path / "a", "main.py", "lib")
    make(tmp_path / "b", "lib/x.py")
    a, b = (f"sim://{tmp_path / name}?vm=cpython" for name in ("a", "b"))
    assert iot.board(a)("backup", "saved").code == 0
    ended = iot("-d", f"{a},{b}", "restore", "saved")
    assert (ended.code, ended.err.splitlines()) == (
        8,
        [
            f"{a}: ok: 2 equal",
            f"{b}: 1 added, 1 in conflict, 7 bytes, verified by sha256",
            f"{b}: hint: try --exact",
            f"{b}: error[partly-done]: 1 file has something in its way",
            "iot: error[partly-done]: 1 of 2 boards failed",
        ],
    )
