"""Paths, errors and answers of boards' file systems, without a board."""

from __future__ import annotations

import errno
import os
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_device.errors import (
    BoardOSError,
    BoardTimeoutError,
    ConnectionLostError,
    InvalidTargetError,
    ResultError,
)
from iot_device.filesystem.board_errors import board_error, board_errors, numbering
from iot_device.filesystem.entries import Entry, FileStat, entries_from, space_from, stat_from
from iot_device.filesystem.paths import as_folder, checked, parent_of, temporary_for

LINUX = numbering(2)
WASI = numbering(44)


@pytest.mark.parametrize(
    ("number", "kind", "name"),
    [
        (2, FileNotFoundError, "ENOENT"),
        (13, PermissionError, "EACCES"),
        (17, FileExistsError, "EEXIST"),
        (20, NotADirectoryError, "ENOTDIR"),
        (21, IsADirectoryError, "EISDIR"),
        (28, OSError, "ENOSPC"),
        (30, OSError, "EROFS"),
        (39, OSError, "ENOTEMPTY"),
    ],
)
def test_numbers_become_errors_of_the_host(number: int, kind: type[OSError], name: str) -> None:
    error = board_error((number,), "/f", LINUX)
    assert isinstance(error, kind)
    assert isinstance(error, BoardOSError)
    assert (error.errno, error.filename) == (getattr(errno, name), "/f")


@pytest.mark.parametrize(
    ("number", "name"), [(44, "ENOENT"), (31, "EISDIR"), (54, "ENOTDIR"), (51, "ENOSPC")]
)
def test_numbers_of_webassembly_are_its_own(number: int, name: str) -> None:
    assert board_error((number,), "/f", WASI).errno == getattr(errno, name)


@pytest.mark.parametrize("enoent", [None, 2, 5, 31])
def test_all_other_boards_number_as_linux_does(enoent: int | None) -> None:
    assert numbering(enoent) is LINUX


@pytest.mark.parametrize(
    ("text", "name"),
    [("file not found", "ENOENT"), ("no more storage space", "ENOSPC"), ("odd", "EIO")],
)
def test_texts_of_old_firmware_become_numbers(text: str, name: str) -> None:
    error = board_error((text,), "f", LINUX)
    number = getattr(errno, name)
    assert error.errno == number
    assert error.strerror == (text if name == "EIO" else os.strerror(number))


@pytest.mark.parametrize("arguments", [(), (None,), (b"x",), (12345,), (2, "/f")])
def test_any_arguments_make_an_error(arguments: tuple[object, ...]) -> None:
    error = board_error(arguments, "/f", LINUX)
    assert error.errno in (errno.EIO, errno.ENOENT)


@pytest.mark.parametrize("name", ["ENOSPC", "EROFS"])
def test_what_people_can_remedy_has_a_hint(name: str) -> None:
    number = {text: number for number, text in LINUX.items()}[name]
    assert board_error((number,), "/f", LINUX).hint


def test_errors_of_the_link_are_not_taken_for_the_boards() -> None:
    for error in (
        BoardTimeoutError("silent", waiting_for="an answer"),
        ConnectionLostError("gone", port="sim://"),
    ):
        with pytest.raises(type(error)) as caught, board_errors("/f", LINUX):
            raise error
        assert caught.value is error


@pytest.mark.parametrize(
    ("given_path", "path"),
    [("/", "/"), ("//", "/"), ("/a/", "/a"), ("a//", "a"), (PurePosixPath("/a/b"), "/a/b")],
)
def test_paths_end_without_a_slash(given_path: str | PurePosixPath, path: str) -> None:
    assert checked(given_path) == path


@pytest.mark.parametrize("path", ["", "a\0b", "\ud800"])
def test_paths_that_no_board_has_are_refused(path: str) -> None:
    with pytest.raises(InvalidTargetError):
        checked(path)


def test_the_empty_path_is_good_where_the_current_folder_is() -> None:
    assert checked("", empty=True) == ""
    assert as_folder("") == ""
    assert as_folder("/") == "/"
    assert as_folder("a") == "a/"


@given(name=st.binary(min_size=1, max_size=300), name_max=st.integers(20, 255))
def test_temporary_names_fit_stay_in_the_folder_and_differ(name: bytes, name_max: int) -> None:
    path = "/folder/" + os.fsdecode(name.replace(b"/", b"_"))
    temporary = temporary_for(path, name_max)
    assert parent_of(temporary) == "/folder"
    assert temporary != path
    assert temporary == temporary_for(path, name_max)
    assert len(os.fsencode(temporary)) - len("/folder/") <= name_max


def test_a_temporary_name_shows_the_file() -> None:
    assert temporary_for("/lib/main.py") == "/lib/main.py.~iot"
    assert temporary_for("main.py") == "main.py.~iot"


def test_entries_are_made_from_what_boards_yield() -> None:
    assert entries_from([b"/a/", b"\xff", 3, b"d", -1]) == [
        Entry("\udcff", "/a/\udcff", "file", 3),
        Entry("d", "/a/d", "dir", 0),
    ]
    assert entries_from([b""]) == []
    assert stat_from((0x81FF, 0, 0, 0, 0, 0, 5, 1, 2, 3)) == FileStat("file", 5, 2)
    space = space_from((512, 1024, 100, 50, 40, 0, 0, 0, 0, 255))
    assert (space.total, space.free, space.block) == (102400, 40960, 1024)


@pytest.mark.parametrize("answer", [None, 1, "x", (), (1, 2, 3), (b"x", "y", 1), [[]], {}])
def test_answers_that_make_no_sense_are_refused(answer: object) -> None:
    for read in (entries_from, stat_from, space_from):
        with pytest.raises(ResultError):
            read(answer)
