"""``ls``, ``cat``, ``rm``, ``mkdir`` and the like: seen from the other side, the flash folder."""

from __future__ import annotations

import hashlib
import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # each test starts real processes


@pytest.fixture
def tree(iot: Iot) -> Iot:
    (iot.flash / "lib" / "deep").mkdir(parents=True)
    (iot.flash / "prog.py").write_bytes(b"x = 1\n")
    (iot.flash / "lib" / "b.py").write_bytes(b"")
    (iot.flash / "lib" / "deep" / "data.bin").write_bytes(bytes(range(256)))
    return iot


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "lib/\nprog.py\n"),
        ([":"], "lib/\nprog.py\n"),
        (["/lib"], "b.py\ndeep/\n"),
        ([":lib"], "b.py\ndeep/\n"),
        (["prog.py"], "prog.py\n"),
        (["-l", "/"], "   lib/\n6  prog.py\n"),
        (["/lib/deep", "prog.py"], "/lib/deep:\ndata.bin\nprog.py\n"),
        (["-R"], ".:\nlib/\nprog.py\n\nlib:\nb.py\ndeep/\n\nlib/deep:\ndata.bin\n"),
    ],
)
def test_ls_lists_sorted_and_marks_folders(tree: Iot, arguments: list[str], expected: str) -> None:
    ended = tree("ls", *arguments)
    assert (ended.code, ended.out.decode(), ended.err) == (0, expected, "")


def test_ls_of_an_empty_board_prints_nothing(iot: Iot) -> None:
    assert (iot("ls").out, iot("--json", "ls").json) == (b"", [])


def test_ls_gives_json(tree: Iot) -> None:
    assert tree("--json", "ls", "-R", "/lib").json == [
        {"path": "/lib/b.py", "type": "file", "size": 0},
        {"path": "/lib/deep", "type": "dir", "size": 0},
        {"path": "/lib/deep/data.bin", "type": "file", "size": 256},
    ]


def test_ls_of_some_paths_lists_those_that_are_there(tree: Iot) -> None:
    ended = tree("ls", "absent", "/lib/deep")
    assert (ended.code, ended.out) == (8, b"/lib/deep:\ndata.bin\n")
    assert ended.err.splitlines() == [
        "iot: absent: absent: No such file or directory",
        "iot: error[partly-done]: 1 failed, 1 done",
    ]


def test_ls_of_a_missing_path_alone_gives_its_own_code(iot: Iot) -> None:
    ended = iot("ls", "absent")
    assert (ended.code, ended.out) == (7, b"")
    assert ended.err == "iot: error[file-not-found]: absent: No such file or directory\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_ls_escapes_control_characters_and_json_keeps_the_names(iot: Iot) -> None:
    (iot.flash / "a\x1b[31m\nb").write_bytes(b"")
    (iot.flash / os.fsdecode(b"\xff")).write_bytes(b"")
    assert iot("ls").out == b"a\\x1b[31m\\nb\n\\xff\n"
    assert [entry["path"] for entry in iot("--json", "ls").json] == ["a\x1b[31m\nb", "\udcff"]


def test_cat_writes_exact_bytes(tree: Iot) -> None:
    ended = tree("cat", "/lib/deep/data.bin", ":prog.py")
    assert (ended.code, ended.out, ended.err) == (0, bytes(range(256)) + b"x = 1\n", "")


def test_cat_of_a_folder_and_of_nothing_fails_with_the_boards_error(tree: Iot) -> None:
    assert tree("cat", "lib").last_line.startswith("iot: error[is-a-directory]: ")
    ended = tree("cat", "absent")
    assert (ended.code, ended.out) == (7, b"")


def test_rm_removes_files_but_folders_only_with_r(tree: Iot) -> None:
    ended = tree("--json", "rm", ":prog.py", "lib/b.py")
    assert (ended.code, ended.json) == (
        0,
        {"removed": [{"path": "prog.py"}, {"path": "lib/b.py"}], "failed": []},
    )
    ended = tree("rm", "lib")
    assert (ended.code, (tree.flash / "lib" / "deep").is_dir()) == (7, True)
    assert tree("rm", "-r", "lib").code == 0
    assert list(tree.flash.iterdir()) == []


def test_rm_goes_on_after_a_failure_and_says_what_failed(tree: Iot) -> None:
    ended = tree("--json", "rm", "absent", "prog.py")
    assert (ended.code, (tree.flash / "prog.py").exists()) == (8, False)
    assert ended.json["removed"] == [{"path": "prog.py"}]
    assert [failed["error"] for failed in ended.json["failed"]] == ["file-not-found"]


def test_rm_f_takes_what_is_missing_for_removed(iot: Iot) -> None:
    ended = iot("rm", "-r", "-f", "absent", "absent/too")
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("path", [":", "/", ":/", "lib/..", "//", "."])
def test_rm_refuses_to_remove_everything(tree: Iot, path: str) -> None:
    ended = tree("rm", "-rf", path)
    assert ended.code == 9
    assert ended.last_line.startswith("iot: error[refused]: ")
    assert (tree.flash / "prog.py").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["rm", "-rf"],
        ["ls"],
        ["mkdir"],
        ["cat"],
        ["cp", "x"],
        ["cp", ":x"],
        ["mv", "x"],
        ["tree"],
        ["df"],
        ["touch"],
        ["sha256sum"],
        ["edit"],
    ],
)
def test_an_empty_path_is_refused(tree: Iot, command: list[str]) -> None:
    ended = tree(*command, "")
    assert ended.code == 2
    assert ended.last_line.startswith("iot: error[invalid-target]: ")


def test_mkdir_makes_folders(iot: Iot) -> None:
    assert iot("mkdir", "a", ":b").code == 0
    assert iot("mkdir", "a").last_line.startswith("iot: error[file-exists]: ")
    assert iot("mkdir", "c/d").last_line.startswith("iot: error[file-not-found]: ")
    assert iot("mkdir", "-p", "c/d/e", "a").code == 0
    assert (iot.flash / "c" / "d" / "e").is_dir()


def test_mkdirs_makes_those_above_and_may_be_repeated(iot: Iot) -> None:
    for _ in range(2):
        ended = iot("--json", "mkdirs", "c/d/e", ":f")
        assert (ended.code, ended.json["made"]) == (0, [{"path": "c/d/e"}, {"path": "f"}])
    assert (iot.flash / "c" / "d" / "e").is_dir()


def test_touch_makes_empty_files_and_leaves_others_as_they_are(tree: Iot) -> None:
    ended = tree("--json", "touch", "prog.py", ":lib/new")
    assert (ended.code, ended.json["touched"]) == (0, [{"path": "prog.py"}, {"path": "lib/new"}])
    assert (tree.flash / "prog.py").read_bytes() == b"x = 1\n"
    assert (tree.flash / "lib" / "new").read_bytes() == b""
    ended = tree("touch", "absent/new")
    assert (ended.code, ended.err) == (
        7,
        "iot: error[file-not-found]: absent/new: No such file or directory\n",
    )


def test_sha256sum_prints_what_the_program_of_that_name_prints(tree: Iot) -> None:
    data = bytes(range(256))
    digest, one = hashlib.sha256(data).hexdigest(), hashlib.sha256(b"x = 1\n").hexdigest()
    ended = tree("sha256sum", "/lib/deep/data.bin", ":prog.py")
    expected = f"{digest}  /lib/deep/data.bin\n{one}  prog.py\n"
    assert (ended.code, ended.out.decode(), ended.err) == (0, expected, "")


def test_sha256sum_of_some_files_tells_those_that_it_can_read(tree: Iot) -> None:
    ended = tree("--json", "sha256sum", "absent", "prog.py", "lib")
    assert ended.code == 8
    one = hashlib.sha256(b"x = 1\n").hexdigest()
    assert ended.json["digests"] == [{"path": "prog.py", "sha256": one}]
    errors = [failed["error"] for failed in ended.json["failed"]]
    assert errors == ["file-not-found", "is-a-directory"]
