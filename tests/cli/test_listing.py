"""``rlist``, ``tree`` and ``df``: what there is on the board."""

from __future__ import annotations

import os
import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from iot_cli.commands.space import _room
from iot_device import VfsSpace

if TYPE_CHECKING:
    from cli.iot_process import Iot

slow = pytest.mark.slow  # starts real processes


@pytest.fixture
def tree(iot: Iot) -> Iot:
    (iot.flash / "lib" / "deep").mkdir(parents=True)
    (iot.flash / "prog.py").write_bytes(b"x = 1\n")
    (iot.flash / "lib" / "b.py").write_bytes(b"")
    (iot.flash / "lib" / "deep" / "data.bin").write_bytes(bytes(range(256)))
    return iot


@slow
@pytest.mark.parametrize("arguments", [[], ["-l"], ["lib"], ["-l", ":/lib"], ["prog.py"]])
def test_rlist_prints_what_ls_r_prints(tree: Iot, arguments: list[str]) -> None:
    ended = tree("rlist", *arguments)
    assert ended.out
    assert ended == tree("ls", "-R", *arguments)


@slow
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ".\n├── lib/\n│   ├── b.py\n│   └── deep/\n│       └── data.bin\n└── prog.py\n"),
        (["/lib"], "/lib\n├── b.py\n└── deep/\n    └── data.bin\n"),
        ([":lib/"], "lib/\n├── b.py\n└── deep/\n    └── data.bin\n"),
        (["-l", "lib"], "lib\n├── b.py  0\n└── deep/\n    └── data.bin  256\n"),
    ],
)
def test_tree_draws_folders_and_files(tree: Iot, arguments: list[str], expected: str) -> None:
    ended = tree("tree", *arguments)
    assert (ended.code, ended.out.decode(), ended.err) == (0, expected, "")


@slow
def test_tree_of_an_empty_board_is_its_root_alone(iot: Iot) -> None:
    assert (iot("tree", "/").out, iot("--json", "tree").json) == (b"/\n", [])


@slow
def test_tree_gives_the_json_of_ls_r(tree: Iot) -> None:
    ended = tree("--json", "tree", "/lib")
    assert (ended.code, ended.json) == (0, tree("--json", "ls", "-R", "/lib").json)


@slow
def test_tree_of_what_is_no_folder_fails_with_the_boards_error(tree: Iot) -> None:
    for path, name in (("absent", "file-not-found"), ("prog.py", "not-a-directory")):
        ended = tree("tree", path)
        assert (ended.code, ended.out) == (7, b"")
        assert ended.err.startswith(f"iot: error[{name}]: {path}: ")


@slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_tree_escapes_control_characters_and_fits_the_encoding(
    iot: Iot, monkeypatch: pytest.MonkeyPatch
) -> None:
    (iot.flash / "a\x1b[31m\nb").write_bytes(b"")
    (iot.flash / os.fsdecode(b"\xff")).write_bytes(b"")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert iot("tree").out == b".\n|-- a\\x1b[31m\\nb\n`-- \\xff\n"


@slow
def test_df_tells_the_room_of_the_flash(iot: Iot) -> None:
    total = shutil.disk_usage(iot.flash).total
    (room,) = iot("--json", "df").json
    assert (room["path"], room["total"]) == ("/", total)
    assert room["used"] + room["free"] == total
    lines = iot("df", ":", "/").out.decode().splitlines()
    assert lines[0].split() == ["TOTAL", "USED", "FREE", "USE", "PATH"]
    assert [line.split()[0] for line in lines[1:]] == [str(total)] * 2
    assert [re.split(r" % +", line)[1] for line in lines[1:]] == [".", "/"]


@slow
def test_df_of_some_paths_tells_those_that_are_there(iot: Iot) -> None:
    ended = iot("--json", "df", "absent", "/")
    assert (ended.code, [room["path"] for room in ended.json]) == (8, ["/"])
    assert ended.err.splitlines() == [
        "iot: :absent: absent: No such file or directory",
        "iot: error[partly-done]: 1 failed, 1 done",
    ]
    ended = iot("df", "absent")
    assert (ended.code, ended.out) == (7, b"")


class _OnlyMountPoints:
    """The files of a board whose root holds mount points and nothing else, as the pyboard's."""

    def statvfs(self, path: str) -> VfsSpace:
        if path == "/":
            raise PermissionError(1, "Operation not permitted", path)
        return VfsSpace(total=1000, free=250, block=10)


def test_a_root_that_has_no_room_of_its_own_is_left_out_unless_it_is_named() -> None:
    files = _OnlyMountPoints()
    assert _room(files, "/", named=False) is None  # type: ignore[arg-type]  # one method of it
    with pytest.raises(PermissionError):
        _room(files, "/", named=True)  # type: ignore[arg-type]
    flash = _room(files, "/flash", named=False)  # type: ignore[arg-type]
    assert flash is not None
    assert flash.cells() == ("1000", "750", "250", "75 %", "/flash")
