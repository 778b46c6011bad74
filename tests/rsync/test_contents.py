"""Large files that are kept on this computer."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from iot_device.rsync import SentContents, contents

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

LARGE = bytes(contents.SMALLEST)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_what_is_kept_comes_back_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    kept = SentContents(tmp_path / "sent")
    kept.add(LARGE)
    assert kept.get(digest(LARGE)) == LARGE
    assert kept.get(digest(b"other")) is None
    if os.name == "posix":
        assert (tmp_path / "sent").stat().st_mode & 0o077 == 0


def test_small_files_are_not_kept(tmp_path: Path) -> None:
    kept = SentContents(tmp_path / "sent")
    kept.add(LARGE[1:])
    assert not (tmp_path / "sent").exists()


def test_a_spoilt_file_is_none(tmp_path: Path) -> None:
    kept = SentContents(tmp_path)
    kept.add(LARGE)
    (tmp_path / digest(LARGE)).write_bytes(b"spoilt")
    assert kept.get(digest(LARGE)) is None


def test_the_oldest_go_when_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "LARGEST_SUM", 2 * len(LARGE) + 100)
    kept = SentContents(tmp_path)
    files = [LARGE, LARGE + b"1", LARGE + b"2"]
    for age, data in enumerate(files):
        kept.add(data)
        os.utime(tmp_path / digest(data), (age, age))
    kept.add(LARGE + b"3")
    assert [kept.get(digest(data)) is not None for data in files] == [False, False, True]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(b"a file")
    kept = SentContents(tmp_path / "sent")
    kept.add(LARGE)
    assert kept.get(digest(LARGE)) is None
