"""``mv``: what goes where, and what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.folders import files_in, make

if TYPE_CHECKING:
    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # each test starts real processes


@pytest.mark.parametrize("paths", [("a.py", "b.py"), (":a.py", ":/b.py"), ("/a.py", "b.py")])
def test_a_file_gets_another_name(iot: Iot, paths: tuple[str, str]) -> None:
    make(iot.flash, "a.py")
    ended = iot("mv", *paths)
    assert (ended.code, ended.out, ended.err) == (0, b"", "")
    assert files_in(iot.flash) == {"b.py": b"a.py"}


def test_files_and_folders_go_into_a_folder(iot: Iot) -> None:
    make(iot.flash, "a.py", "p/q/b.py", "lib/c.py")
    ended = iot("--json", "mv", "a.py", "p/", "/lib")
    assert ended.code == 0
    assert sorted(files_in(iot.flash)) == ["lib/a.py", "lib/c.py", "lib/p/q/b.py"]
    assert ended.json == {
        "moved": [
            {"source": ":a.py", "destination": ":/lib/a.py"},
            {"source": ":p/", "destination": ":/lib/p"},
        ],
        "failed": [],
    }


def test_a_file_with_the_new_name_is_replaced(iot: Iot) -> None:
    make(iot.flash, "a.py", "b.py")
    assert iot("mv", "a.py", "b.py").code == 0
    assert files_in(iot.flash) == {"b.py": b"a.py"}


@pytest.mark.parametrize(
    "paths",
    [("a.py", "a.py"), ("a.py", ":/"), ("a.py", "/lib/../a.py"), ("lib", "lib"), ("lib", "lib/x")],
)
def test_nothing_is_moved_to_itself_or_into_itself(iot: Iot, paths: tuple[str, str]) -> None:
    make(iot.flash, "a.py", "lib/b.py")
    ended = iot("mv", *paths)
    assert ended.code == 9
    expected = f"iot: error[refused]: :{paths[0]} would be moved to itself or into itself\n"
    assert ended.err == expected
    assert sorted(files_in(iot.flash)) == ["a.py", "lib/b.py"]


def test_a_name_that_only_begins_like_the_old_one_is_another(iot: Iot) -> None:
    make(iot.flash, "lib/b.py")
    assert iot("mv", "lib", "library").code == 0
    assert sorted(files_in(iot.flash)) == ["library/b.py"]


def test_the_root_is_not_moved(iot: Iot) -> None:
    make(iot.flash, "lib/a.py")
    ended = iot("mv", ":/", "lib")
    assert (ended.code, ended.err) == (9, "iot: error[refused]: the root cannot be moved\n")


def test_several_files_or_a_slash_at_the_end_need_a_folder(iot: Iot) -> None:
    make(iot.flash, "a.py", "b.py")
    for paths in (["a.py", "b.py", "absent"], ["a.py", "absent/"], ["a.py", "b.py", "a.py"]):
        ended = iot("mv", *paths)
        assert ended.code == 7
        assert ended.last_line.startswith("iot: error[not-a-directory]: ")
    assert sorted(files_in(iot.flash)) == ["a.py", "b.py"]


def test_mv_goes_on_after_a_failure_and_says_what_failed(iot: Iot) -> None:
    make(iot.flash, "b.py", "lib/c.py")
    ended = iot("mv", "absent", "b.py", "lib")
    assert (ended.code, sorted(files_in(iot.flash))) == (8, ["lib/b.py", "lib/c.py"])
    assert ended.err.splitlines() == [
        "iot: :absent: absent: No such file or directory",
        "iot: error[partly-done]: 1 failed, 1 done",
    ]
    ended = iot("mv", "absent", "x")
    assert (ended.code, ended.err) == (
        7,
        "iot: error[file-not-found]: absent: No such file or directory\n",
    )


def test_mv_needs_a_destination(iot: Iot) -> None:
    ended = iot("mv", "a.py")
    assert ended.code == 2
    assert ended.last_line == "iot: error[usage]: mv needs a source and a destination."
