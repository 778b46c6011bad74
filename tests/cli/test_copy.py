"""``cp``: what it copies where, and what it refuses."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from cli.folders import files_in, make
from cli.iot_process import end_of

if TYPE_CHECKING:
    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # each test starts real processes

DATA = bytes(range(256)) * 20


def sent(source: str, destination: str, size: int) -> dict[str, object]:
    """Return what ``--json`` shows of a file that was copied."""
    return {
        "source": source,
        "destination": destination,
        "size": size,
        "action": "sent",
        "verified": "sha256",
    }


@pytest.mark.parametrize("destination", [":", ":/", ":lib/..", ":./"])
def test_a_file_keeps_its_name_in_a_folder(iot: Iot, destination: str) -> None:
    (iot.flash / "lib").mkdir()
    (iot.cwd / "data.bin").write_bytes(DATA)
    ended = iot("cp", "data.bin", destination)
    account = f"iot: 1 file, {len(DATA)} bytes sent, verified by sha256\n"
    assert (ended.code, ended.out, ended.err) == (0, b"", account)
    assert files_in(iot.flash) == {"data.bin": DATA}


def test_a_file_gets_the_name_of_the_destination(iot: Iot) -> None:
    make(iot.cwd, "a.py")
    assert iot("cp", "a.py", ":/prog.py").code == 0
    assert files_in(iot.flash) == {"prog.py": b"a.py"}


def test_several_files_go_into_a_folder(iot: Iot) -> None:
    (iot.flash / "lib").mkdir()
    make(iot.cwd, "a.py", "b.py")
    assert iot("cp", "a.py", "b.py", ":lib").code == 0
    assert sorted(files_in(iot.flash)) == ["lib/a.py", "lib/b.py"]


def test_several_files_do_not_go_into_a_file_or_nothing(iot: Iot) -> None:
    make(iot.cwd, "a.py", "b.py")
    ended = iot("cp", "a.py", "b.py", ":absent")
    assert ended.code == 7
    assert ended.last_line.startswith("iot: error[not-a-directory]: ")
    assert files_in(iot.flash) == {}


def test_a_slash_at_the_end_means_a_folder(iot: Iot) -> None:
    make(iot.cwd, "a.py")
    assert iot("cp", "a.py", ":absent/").code == 7
    assert files_in(iot.flash) == {}
    make(iot.flash, "c")
    assert iot("cp", ":c", "absent/").code == 2
    assert sorted(files_in(iot.cwd)) == ["a.py"]


def test_a_folder_needs_r(iot: Iot) -> None:
    make(iot.cwd, "p/a.py")
    ended = iot("cp", "p", ":")
    assert ended.code == 2
    assert ended.err.splitlines() == [
        "iot: hint: cp -r copies folders",
        "iot: error[host-files]: p is a folder",
    ]


def test_a_folder_becomes_the_destination_or_goes_into_it(iot: Iot) -> None:
    make(iot.cwd, "p/a.py", "p/q/b.py")
    assert iot("cp", "-r", "p", ":new").code == 0
    assert sorted(files_in(iot.flash)) == ["new/a.py", "new/q/b.py"]
    assert iot("cp", "-r", "p", ":new").code == 0
    assert sorted(files_in(iot.flash / "new")) == ["a.py", "p/a.py", "p/q/b.py", "q/b.py"]


@pytest.mark.parametrize("source", [".", "./", "q/.."])
def test_the_contents_of_the_current_folder_go_into_the_destination(iot: Iot, source: str) -> None:
    make(iot.cwd, "a.py", "q/b.py")
    assert iot("cp", "-r", source, ":").code == 0
    assert sorted(files_in(iot.flash)) == ["a.py", "q/b.py"]


def test_a_folder_with_a_dot_behind_it_means_what_is_in_it(iot: Iot) -> None:
    make(iot.cwd, "src/a.py", "src/q/b.py")
    assert iot("cp", "-r", "src/.", ":").code == 0
    assert sorted(files_in(iot.flash)) == ["a.py", "q/b.py"]
    assert iot("cp", "-r", ":q/.", "back").code == 0
    assert sorted(files_in(iot.cwd / "back")) == ["b.py"]


def test_files_of_the_board_come_to_the_host(iot: Iot) -> None:
    (iot.flash / "data.bin").write_bytes(DATA)
    make(iot.flash, "lib/b.py")
    assert iot("cp", ":data.bin", ":/lib/b.py", ".").code == 0
    assert files_in(iot.cwd) == {"data.bin": DATA, "b.py": b"lib/b.py"}
    assert iot("cp", ":data.bin", "other").code == 0
    assert (iot.cwd / "other").read_bytes() == DATA


@pytest.mark.parametrize("source", [":", ":/"])
def test_the_whole_board_comes_to_the_host(iot: Iot, source: str) -> None:
    make(iot.flash, "prog.py", "lib/b.py", "lib/deep/c.py")
    assert iot("cp", "-r", source, "backup").code == 0
    assert files_in(iot.cwd / "backup") == files_in(iot.flash)


def test_a_folder_of_the_board_needs_r(iot: Iot) -> None:
    make(iot.flash, "lib/b.py")
    ended = iot("cp", ":lib", ".")
    assert ended.code == 7
    assert ended.last_line.startswith("iot: error[is-a-directory]: ")
    assert iot("cp", "-r", ":lib", ".").code == 0
    assert files_in(iot.cwd) == {"lib/b.py": b"lib/b.py"}


def test_an_odd_host_name_arrives_as_it_is(iot: Iot) -> None:
    name = "a 'b' \"c\",ü\u20ac.txt" if sys.platform != "win32" else "a 'b',ü\u20ac.txt"
    make(iot.cwd, name)
    assert iot("cp", name, ":").code == 0
    assert files_in(iot.flash) == files_in(iot.cwd)


def test_cp_goes_on_after_a_failure_and_says_what_failed(iot: Iot) -> None:
    make(iot.cwd, "a.py", "b.py")
    ended = iot("--json", "cp", "a.py", "absent.py", "b.py", ":")
    assert ended.code == 8
    assert ended.json == {
        "copied": [
            sent("a.py", ":a.py", 4),
            sent("b.py", ":b.py", 4),
        ],
        "failed": [
            {
                "path": "absent.py",
                "error": "host-files",
                "message": "absent.py: No such file or directory",
            }
        ],
    }
    assert ended.err.splitlines() == [
        "iot: absent.py: absent.py: No such file or directory",
        "iot: error[partly-done]: 1 failed, 2 done",
    ]


def test_cp_of_nothing_that_is_there_gives_the_errors_own_code(iot: Iot) -> None:
    ended = iot("cp", ":absent", ":too", ".")
    assert ended.code == 7
    assert ended.last_line == "iot: error[file-not-found]: absent: No such file or directory"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a.py"], "a source and a destination"),
        (["a.py", "b.py"], "both on this computer"),
        (["a.py", ":b.py", ":"], "all sources are on the board"),
    ],
)
def test_a_copy_that_is_none_is_a_usage_error(iot: Iot, arguments: list[str], words: str) -> None:
    ended = iot("cp", *arguments)
    assert ended.code == 2
    assert ended.last_line.startswith("iot: error[usage]: ")
    assert words in ended.last_line


def test_verbose_tells_each_file(iot: Iot) -> None:
    make(iot.cwd, "a.py")
    assert iot("-v", "cp", "a.py", ":").err.splitlines()[1:] == [
        "iot: a.py -> :a.py, 4 bytes",
        "iot: 1 file, 4 bytes sent, verified by sha256",
    ]


def test_quiet_leaves_the_account_out(iot: Iot) -> None:
    make(iot.cwd, "a.py")
    ended = iot("-q", "cp", "a.py", ":")
    assert (ended.code, ended.out, ended.err) == (0, b"", "")


def test_how_files_were_verified_is_told_on_a_board_without_digests(iot: Iot) -> None:
    (iot.flash / "boot.py").write_text(
        "import sys\nclass Lacking: pass\n"
        "sys.modules['hashlib'] = sys.modules['binascii'] = Lacking\n"
    )
    make(iot.cwd, "a.py")
    assert iot("cp", "a.py", ":").err == "iot: 1 file, 4 bytes sent, verified by reading back\n"
    assert iot("cp", ":a.py", "b.py").err == (
        "iot: 1 file, 4 bytes sent, not verified beyond the length: the board has no digest\n"
    )


def test_what_is_there_already_is_not_sent_again(iot: Iot) -> None:
    make(iot.cwd, "p/a.py", "p/b.py")
    assert iot("cp", "-r", "p", ":").code == 0
    (iot.cwd / "p" / "b.py").write_text("new!")
    assert iot("-v", "cp", "-r", "p", ":").err.splitlines()[1:] == [
        "iot: p/a.py -> :p/a.py, unchanged",
        "iot: p/b.py -> :p/b.py, 4 bytes",
        "iot: 1 file, 4 bytes sent, 1 skipped (unchanged), verified by sha256",
    ]
    assert files_in(iot.flash) == {"p/a.py": b"p/a.py", "p/b.py": b"new!"}
    assert [
        (item["destination"], item["action"])
        for item in iot("--json", "cp", "-r", ":p", ".").json["copied"]
    ] == [("p/a.py", "unchanged"), ("p/b.py", "unchanged")]


def test_two_sources_do_not_become_one_file(iot: Iot) -> None:
    make(iot.cwd, "p/a.py", "q/a.py")
    ended = iot("cp", "p/a.py", "q/a.py", ":")
    assert (ended.code, files_in(iot.flash)) == (8, {"a.py": b"p/a.py"})
    assert ended.err.splitlines()[:2] == [
        "iot: 1 file, 6 bytes sent, verified by sha256",
        "iot: q/a.py: :a.py would be written twice",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_full_disk_of_this_computer_leaves_the_old_file_and_says_so(iot: Iot) -> None:
    import resource

    (iot.flash / "data.bin").write_bytes(DATA)
    (iot.flash / "new.bin").write_bytes(DATA)
    (iot.cwd / "data.bin").write_bytes(b"old")
    # Stands for a full disk: a write beyond that size fails.
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))  # noqa: E731
    ended = end_of(iot.start("cp", ":data.bin", ":new.bin", ".", preexec_fn=limit))
    assert ended.code == 2
    assert ended.err.splitlines() == [
        "iot: :new.bin: new.bin: File too large; there is no new.bin",
        "iot: error[host-files]: data.bin: File too large; data.bin is unchanged",
    ]
    assert files_in(iot.cwd) == {"data.bin": b"old"}


posix = pytest.mark.skipif(sys.platform == "win32", reason="links and modes of POSIX")


@posix
def test_a_planted_link_does_not_lead_the_copy_elsewhere(iot: Iot) -> None:
    make(iot.flash, "lib/evil", "file")
    outside = iot.cwd / "outside"
    make(outside, "file")
    (iot.cwd / "copy").mkdir()
    (iot.cwd / "copy" / "lib").symlink_to(outside)
    (iot.cwd / "copy" / "file").symlink_to(outside / "file")
    ended = iot("cp", "-r", ":lib", ":file", "copy")
    assert ended.code == 8
    assert "is a symbolic link" in ended.err
    assert files_in(outside) == {"file": b"file"}
    assert not (iot.cwd / "copy" / "file").is_symlink()


@posix
def test_a_link_that_the_user_names_is_followed(iot: Iot) -> None:
    make(iot.flash, "file")
    (iot.cwd / "link").symlink_to("target")
    assert iot("cp", ":file", "link").code == 0
    assert ((iot.cwd / "link").is_symlink(), (iot.cwd / "target").read_text()) == (True, "file")


@posix
def test_a_device_of_the_host_is_not_replaced(iot: Iot) -> None:
    make(iot.flash, "file")
    os.mkfifo(iot.cwd / "pipe")
    ended = iot("cp", ":file", "pipe")
    assert (ended.code, (iot.cwd / "pipe").is_fifo()) == (2, True)
    ended = iot("cp", "pipe", ":")
    assert (ended.code, (iot.flash / "pipe").exists()) == (2, False)


@posix
def test_a_new_file_has_the_usual_mode_and_a_replaced_one_keeps_its_own(iot: Iot) -> None:
    make(iot.flash, "new", "old")
    make(iot.cwd, "old", "usual")
    (iot.cwd / "old").chmod(0o640)
    assert iot("cp", ":new", ":old", ".").code == 0
    modes = {name: stat.S_IMODE((iot.cwd / name).stat().st_mode) for name in ("new", "old")}
    assert modes == {"new": stat.S_IMODE((iot.cwd / "usual").stat().st_mode), "old": 0o640}


@posix
def test_a_link_to_a_folder_of_the_host_is_not_followed(iot: Iot) -> None:
    make(iot.cwd, "p/a.py")
    (iot.cwd / "p" / "circle").symlink_to(".")
    ended = iot("cp", "-r", "p", ":")
    assert (ended.code, sorted(files_in(iot.flash))) == (8, ["p/a.py"])
    assert "link to a folder" in ended.err


def test_nothing_temporary_stays_on_the_host(iot: Iot) -> None:
    make(iot.flash, "file")
    (iot.cwd / "folder").mkdir()
    (iot.cwd / "folder" / "file").mkdir()
    assert iot("cp", ":file", "folder").code == 2
    assert files_in(iot.cwd) == {}
