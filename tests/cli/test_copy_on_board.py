"""``cp`` with patterns in paths on the board, and from place to place on it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from cli.folders import files_in, make
from cli.test_copy import DATA, sent

if TYPE_CHECKING:
    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # each test starts real processes


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (":*.py", ["a.py", "b.py"]),
        (":/?.py", ["a.py", "b.py"]),
        (":[!a].py", ["b.py"]),
        (":lib/*.py", ["c.py"]),
        (":l*/d*/*", ["d.py"]),
        (":*/c.py", ["c.py"]),
        (":.*", [".hidden.py"]),
    ],
)
def test_a_pattern_stands_for_the_names_on_the_board(
    iot: Iot, pattern: str, expected: list[str]
) -> None:
    make(iot.flash, "a.py", "b.py", "data.csv", ".hidden.py", "lib/c.py", "lib/deep/d.py")
    ended = iot("cp", pattern, ".")
    assert (ended.code, sorted(files_in(iot.cwd))) == (0, expected)


def test_a_pattern_matches_folders_too_which_need_r(iot: Iot) -> None:
    make(iot.flash, "a.py", "lib/c.py")
    ended = iot("cp", ":*", ".")
    assert (ended.code, sorted(files_in(iot.cwd))) == (8, ["a.py"])
    assert "iot: :lib: lib: Is a directory" in ended.err.splitlines()
    assert iot("cp", "-r", ":*", ".").code == 0
    assert files_in(iot.cwd) == files_in(iot.flash)


def test_a_pattern_that_matches_nothing_is_taken_for_a_name(iot: Iot) -> None:
    make(iot.flash, "a[1].py", "lib/c.py")
    assert iot("cp", ":a[1].py", ".").code == 0
    assert sorted(files_in(iot.cwd)) == ["a[1].py"]
    for pattern in ("*.txt", "absent/*", "a[1].py/*", "lib/*/c.py"):
        ended = iot("cp", f":{pattern}", ".")
        assert (ended.code, ended.out) == (7, b"")
        assert ended.err.startswith("iot: error[")
        assert f"]: {pattern}: " in ended.err


def test_a_file_is_copied_on_the_board(iot: Iot) -> None:
    (iot.flash / "data.bin").write_bytes(DATA)
    ended = iot("--json", "cp", ":data.bin", ":/copy.bin")
    assert ended.json == {
        "copied": [sent(":data.bin", ":/copy.bin", len(DATA))],
        "failed": [],
    }
    assert files_in(iot.flash) == {"data.bin": DATA, "copy.bin": DATA}
    assert files_in(iot.cwd) == {}


def test_what_matches_goes_into_a_folder_of_the_board(iot: Iot) -> None:
    make(iot.flash, "a.py", "b.py", "old/c.py")
    assert iot("cp", ":*.py", ":old").code == 0
    assert files_in(iot.flash / "old") == {"a.py": b"a.py", "b.py": b"b.py", "c.py": b"old/c.py"}
    assert sorted(files_in(iot.flash))[:2] == ["a.py", "b.py"]


def test_a_folder_is_copied_on_the_board_with_r(iot: Iot) -> None:
    make(iot.flash, "lib/c.py", "lib/deep/d.py")
    (iot.flash / "lib" / "empty").mkdir()
    ended = iot("cp", ":lib", ":new")
    assert (ended.code, ended.err.splitlines()) == (
        7,
        ["iot: hint: cp -r copies folders", "iot: error[is-a-directory]: lib: Is a directory"],
    )
    for _ in range(2):  # the second one goes into the first
        assert iot("cp", "-r", ":lib", ":new").code == 0
    assert sorted(files_in(iot.flash / "new")) == [
        "c.py",
        "deep/d.py",
        "lib/c.py",
        "lib/deep/d.py",
    ]
    assert (iot.flash / "new" / "lib" / "empty").is_dir()


@pytest.mark.parametrize(
    "paths", [(":lib", ":lib/deep"), (":lib", ":/lib/new"), (":", ":copy"), (":lib/deep", ":lib")]
)
def test_a_folder_is_not_copied_to_itself_or_into_itself(iot: Iot, paths: tuple[str, str]) -> None:
    make(iot.flash, "lib/c.py", "lib/deep/d.py")
    ended = iot("cp", "-r", *paths)
    assert ended.code == 9
    assert ended.err == (
        f"iot: error[refused]: {paths[0]} would be copied to itself or into itself\n"
    )
    assert sorted(files_in(iot.flash)) == ["lib/c.py", "lib/deep/d.py"]


def test_a_file_onto_itself_stays_what_it_is(iot: Iot) -> None:
    (iot.flash / "data.bin").write_bytes(DATA)
    assert iot("cp", ":data.bin", ":").code == 0
    assert files_in(iot.flash) == {"data.bin": DATA}


def test_copying_on_the_board_goes_on_after_a_failure(iot: Iot) -> None:
    make(iot.flash, "a.py", "lib/c.py")
    ended = iot("cp", ":absent", ":a.py", ":lib")
    assert (ended.code, sorted(files_in(iot.flash / "lib"))) == (8, ["a.py", "c.py"])
    assert ended.err.splitlines() == [
        "iot: 1 file, 4 bytes sent, verified by sha256",
        "iot: :absent: absent: No such file or directory",
        "iot: error[partly-done]: 1 failed, 1 done",
    ]


def test_several_files_do_not_go_into_a_file_of_the_board(iot: Iot) -> None:
    make(iot.flash, "a.py", "b.py")
    for destination in (":absent", ":absent/", ":a.py"):
        ended = iot("cp", ":a.py", ":b.py", destination)
        assert ended.code == 7
        assert ended.last_line.startswith("iot: error[not-a-directory]: ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_odd_names_match_and_are_copied(iot: Iot) -> None:
    make(iot.flash, "x/a 'b' \"c\"\n,ü\u20ac.txt")
    assert iot("cp", ":x/*.txt", ":").code == 0
    assert set(files_in(iot.flash)) == {"x/a 'b' \"c\"\n,ü\u20ac.txt", "a 'b' \"c\"\n,ü\u20ac.txt"}


def test_files_go_from_one_board_to_another(iot: Iot) -> None:
    other = iot.cwd / "other"
    make(iot.flash, "lib/c.py", "lib/deep/d.py")
    ended = iot("cp", "-r", "--to", f"sim://{other}?vm=cpython", ":lib", ":")
    assert (ended.code, ended.err) == (0, "iot: 2 files, 21 bytes sent, verified by sha256\n")
    assert files_in(other) == files_in(iot.flash)


@pytest.mark.parametrize("paths", [["a.py", ":"], [":a.py", "."]])
def test_another_board_is_for_copies_between_boards(iot: Iot, paths: list[str]) -> None:
    ended = iot("cp", "--to", "sim:///other", *paths)
    assert (ended.code, ended.out) == (2, b"")
    assert ended.err.splitlines()[-1] == (
        "iot: error[usage]: --to copies between boards: both paths begin with a colon."
    )
