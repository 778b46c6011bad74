"""Files of the host that a board's words name: which names are refused, and how files are made."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from iot_device import HostFileError, UnsafeError
from iot_device.copying import check_name, make_host_folder, name_problem, write_host_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc", "../x", "a\0b"])
@pytest.mark.parametrize("windows", [False, True])
def test_names_that_are_paths_or_nothing_are_refused(name: str, *, windows: bool) -> None:
    assert name_problem(name, windows=windows) is not None


@pytest.mark.parametrize(
    "name",
    [
        "C:evil",
        "a\\b",
        "stream:hidden",
        "a?",
        "a\x1fb",
        "CON",
        "nul",
        "Aux.txt",
        "com1",
        "LPT9.tar.gz",
        "com\u00b2",
        "CONIN$",
        "nul .txt",
        "dot.",
        "space ",
    ],
)
def test_names_that_windows_reads_otherwise_are_refused_there(name: str) -> None:
    assert name_problem(name, windows=True) is not None
    assert name_problem(name, windows=False) is None


@pytest.mark.parametrize(
    "name", ["main.py", ".hidden", "...a", "a b", "ü\u20ac", "console", "com10", "nullify", "-r"]
)
def test_ordinary_names_are_good_everywhere(name: str) -> None:
    assert name_problem(name, windows=True) is None
    assert name_problem(name, windows=False) is None


def test_the_error_shows_the_name_without_its_control_characters() -> None:
    with pytest.raises(UnsafeError, match=r"'\\x1b\[2J/'"):
        check_name("\x1b[2J/")


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with path.open("rb") as reader:
        write_host_file(path, b"new", follow=False)
        if sys.platform != "win32":
            assert reader.read() == b"old"  # who reads the old file still has it
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    with pytest.raises(HostFileError, match="a folder is in the way, and stays"):
        write_host_file(path, b"new", follow=False)
    with pytest.raises(
        HostFileError, match=r"absent.file: No such file or directory; there is no .*file"
    ):
        write_host_file(tmp_path / "absent" / "file", b"new", follow=False)
    assert list(tmp_path.iterdir()) == [path]


def test_what_breaks_off_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(TypeError):
        write_host_file(path, "no bytes", follow=False)  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="making links is a privilege on Windows")
def test_a_link_to_a_folder_is_used_only_if_the_user_named_it(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path, target_is_directory=True)
    make_host_folder(link, follow=True)
    with pytest.raises(UnsafeError, match="symbolic link"):
        make_host_folder(link, follow=False)
