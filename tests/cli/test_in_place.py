"""``cp`` and ``rsync`` where the board has no room for the old file and the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.folders import make

if TYPE_CHECKING:
    from cli.iot_process import Ended, Iot

pytestmark = pytest.mark.slow  # each test starts real processes


@pytest.fixture
def small(iot: Iot) -> Iot:
    """A board of which more than half is one file; a new one for it is here."""
    (iot.cwd / "data.bin").write_bytes(b"o" * 30_000)
    assert on_small(iot, "cp", "data.bin", ":").code == 0
    (iot.cwd / "data.bin").write_bytes(b"n" * 31_000)
    return iot


def on_small(iot: Iot, *arguments: str) -> Ended:
    """Run a command on the board with little flash."""
    return iot("-d", f"sim://{iot.cwd}/small?image=lfs2:64", *arguments)


def content(iot: Iot, path: str) -> bytes:
    return on_small(iot, "cat", path).out


def test_cp_names_the_way_out_with_the_figures_and_takes_it_if_told(small: Iot) -> None:
    ended = on_small(small, "cp", "data.bin", ":")
    assert ended.code == 7
    assert "iot: hint: cp --in-place gives up the old file first" in ended.err
    assert ended.last_line.endswith("are free; nothing was done")
    assert content(small, "data.bin") == b"o" * 30_000
    ended = on_small(small, "cp", "--in-place", "data.bin", ":")
    assert (ended.code, ended.err) == (0, "iot: 1 file, 31000 bytes sent, verified by sha256\n")
    assert content(small, "data.bin") == b"n" * 31_000


def test_several_files_are_refused_and_written_in_the_same_way(small: Iot) -> None:
    make(small.cwd, "a.py")
    ended = on_small(small, "cp", "data.bin", "a.py", ":")
    assert ended.code == 7
    assert "iot: hint: --in-place gives up each old file" in ended.err
    assert on_small(small, "cp", "--in-place", "data.bin", "a.py", ":").code == 0
    assert (content(small, "data.bin"), content(small, "a.py")) == (b"n" * 31_000, b"a.py")


def test_rsync_names_the_way_out_with_the_figures_and_takes_it_if_told(small: Iot) -> None:
    (small.cwd / "src").mkdir()
    (small.cwd / "data.bin").rename(small.cwd / "src" / "data.bin")
    ended = on_small(small, "rsync", "src")
    assert ended.code == 7
    assert "iot: hint: --in-place needs " in ended.err
    assert content(small, "data.bin") == b"o" * 30_000
    assert on_small(small, "rsync", "src", "--in-place").code == 0
    assert content(small, "data.bin") == b"n" * 31_000


def test_restore_takes_the_way_out_too(small: Iot) -> None:
    assert on_small(small, "backup", "saved").code == 0
    assert on_small(small, "rm", ":data.bin").code == 0
    assert on_small(small, "cp", "data.bin", ":").code == 0
    refused = on_small(small, "restore", "saved")
    assert (refused.code, "iot: hint: --in-place needs " in refused.err) == (7, True)
    assert on_small(small, "restore", "saved", "--in-place").code == 0
    assert content(small, "data.bin") == b"o" * 30_000


def test_what_is_written_here_is_never_in_place(iot: Iot) -> None:
    make(iot.flash, "a.py")
    ended = iot("cp", "--in-place", ":a.py", ".")
    assert (ended.code, (iot.cwd / "a.py").exists()) == (2, False)
    assert "--in-place is for files of the board" in ended.last_line
