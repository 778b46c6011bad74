"""Doing a plan: the order, the guards, the room, and what is remembered."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pytest

from iot_device.errors import BoardOSError, UnsafeError
from iot_device.rsync import HostFile, KnownFile, PlanOptions, SyncRecord, apply, plan
from rsync.memory_files import BLOCK, MemoryFiles

if TYPE_CHECKING:
    from pathlib import Path

    from iot_device.rsync import Action, Plan

DELETE = PlanOptions(delete=True)


def planned(host: dict[str, bytes], files: MemoryFiles, options: PlanOptions = DELETE) -> Plan:
    wanted = {path: HostFile.of(data) for path, data in host.items()}
    return plan(wanted, files.list_tree("/", digests=True), {}, options)


def run(found: Plan, files: Any, **options: Any) -> list[Action]:
    done: list[Action] = []
    apply(found, files, on_action=done.append, **options)
    return done


def test_deletes_come_after_all_writes() -> None:
    kept = {f"/keep{n}.py": b"" for n in range(9)}
    files = MemoryFiles({"/old.py": b"1", "/x.py": b"1", **kept})
    host = {"/new.py": b"1", "/x.py": b"2", **kept}
    found = planned(host, files)
    assert run(found, files) == [*found.writes, *found.deletes]
    assert [kind for kind, _ in files.log] == ["write", "write", "remove"]
    assert files.files == host


@pytest.mark.parametrize("there", [{}, {"/lib/x.py": b"1"}, {"/a.txt": b"1"}])
@pytest.mark.parametrize("names", [("/lib/a.txt", "/lib/A.txt"), ("/a.txt", "/A.TXT/b")])
def test_files_that_would_be_one_on_the_board_are_refused_there_and_only_there(
    there: dict[str, bytes | None], names: tuple[str, str]
) -> None:
    host = dict.fromkeys(names, b"1")
    files = MemoryFiles(there, folds=True)
    with pytest.raises(UnsafeError, match="would be one file: the board ignores case") as caught:
        run(planned(host, files, PlanOptions()), files)
    assert "nothing was done" in str(caught.value)
    assert (files.files, files.log) == (there, [])
    files = MemoryFiles(there)
    run(planned(host, files, PlanOptions()), files)
    assert files.files == there | host


def test_without_consent_nothing_happens() -> None:
    files = MemoryFiles({"/old.py": b"1"})
    with pytest.raises(UnsafeError, match="1 of the board's 1 file would be deleted"):
        run(planned({"/x.py": b""}, files), files)
    assert files.log == []


@pytest.mark.parametrize(
    ("fails_at", "left"),
    [
        ("/y.py", {"/lib": b"a file", "/old.py": b""}),
        # A new file stands where the old one was: that stays aside, whole, until the next time.
        ("/z.py", {"/lib.~iot-old": b"a file", "/lib/x.py": b"1", "/old.py": b"", "/y.py": b""}),
    ],
)
def test_a_failure_deletes_nothing_and_puts_back_what_was_aside(
    fails_at: str, left: dict[str, bytes]
) -> None:
    files = MemoryFiles({"/lib": b"a file", "/old.py": b""})
    host = {"/y.py": b"", "/lib/x.py": b"1", "/z.py": b"22"}
    found = planned(host, files)
    assert [write.path for write in found.writes] == ["/y.py", "/lib/x.py", "/z.py"]
    files.fails_at = fails_at
    with pytest.raises(BoardOSError, match="nothing was deleted"):
        run(found, files, consent=True)
    assert files.files == left
    files.fails_at = None
    run(planned(host, files), files, consent=True)
    assert files.files == host


def test_what_an_earlier_run_put_aside_is_not_in_the_way() -> None:
    files = MemoryFiles({"/x.py/deep": b"1", "/x.py.~iot-old/deep": b"2"})
    run(planned({"/x.py": b"new"}, files), files, consent=True)
    assert files.content == {"/x.py": b"new"}


def test_room_that_only_deletes_make_is_refused_with_figures() -> None:
    files = MemoryFiles({"/old.bin": bytes(6 * BLOCK), "/x.py": b""}, size=8 * BLOCK)
    found = planned({"/new.bin": bytes(4 * BLOCK), "/x.py": b""}, files)
    with pytest.raises(UnsafeError, match=f"{4 * BLOCK} bytes are needed, {2 * BLOCK} ") as caught:
        run(found, files, consent=True)
    assert "--delete-first" in (caught.value.hint or "")
    assert files.log == []
    done = run(found, files, consent=True, delete_first=True)
    assert [action.kind for action in done] == ["delete", "add"]
    assert set(files.files) == {"/new.bin", "/x.py"}


def test_no_room_at_all_is_told_before_anything_is_done() -> None:
    files = MemoryFiles({"/old.bin": bytes(6 * BLOCK)}, size=8 * BLOCK)
    found = planned({"/new.bin": bytes(9 * BLOCK)}, files)
    for delete_first in (False, True):
        with pytest.raises(BoardOSError) as caught:
            run(found, files, consent=True, delete_first=delete_first)
        assert caught.value.errno == errno.ENOSPC
    assert files.log == []


def test_the_hint_does_not_ask_for_0_bytes() -> None:
    files = MemoryFiles({"/f.bin": bytes(5 * BLOCK)}, size=8 * BLOCK)
    with pytest.raises(BoardOSError) as caught:
        run(planned({"/f.bin": bytes([1]) * 5 * BLOCK}, files), files)
    assert "--in-place needs no more room: " in (caught.value.hint or "")


def test_without_room_for_both_an_old_file_is_given_up_only_if_that_is_allowed() -> None:
    files = MemoryFiles({"/f.bin": bytes(5 * BLOCK)}, size=8 * BLOCK)
    found = planned({"/f.bin": bytes(6 * BLOCK)}, files)
    with pytest.raises(BoardOSError, match=f"{6 * BLOCK} bytes are needed, {3 * BLOCK}") as caught:
        run(found, files)
    assert f"--in-place needs {BLOCK} bytes" in (caught.value.hint or "")
    assert files.log == []
    run(found, files, in_place=True)
    assert files.log == [("write in place", "/f.bin")]
    assert files.files == {"/f.bin": bytes(6 * BLOCK)}
    with pytest.raises(BoardOSError, match="nothing was done"):
        run(planned({"/f.bin": bytes(9 * BLOCK)}, files), files, in_place=True)


def test_files_that_shrink_are_written_before_those_that_need_their_room() -> None:
    files = MemoryFiles({"/shrinks.bin": bytes(4 * BLOCK)}, size=6 * BLOCK)
    host = {"/a_new.bin": bytes(4 * BLOCK), "/shrinks.bin": bytes(BLOCK)}
    run(planned(host, files), files)
    assert files.files == host


def test_a_file_that_changes_after_it_was_compared_is_not_sent(tmp_path: Path) -> None:
    source = tmp_path / "x.py"
    source.write_bytes(b"1")
    found = plan({"/x.py": HostFile.of(source)}, [])
    source.write_bytes(b"2")
    files = MemoryFiles({})
    with pytest.raises(UnsafeError, match="changed after it was compared"):
        run(found, files)
    assert files.content == {}


# The record.


def test_a_record_survives_and_belongs_to_a_uid() -> None:
    found = plan({"/x.py": HostFile.of(b"1")}, [])
    SyncRecord.of("ab01").finish(found)
    known = SyncRecord.of("ab01").settled([])
    assert known == {"/x.py": KnownFile(1, HostFile.of(b"1").digest)}
    assert SyncRecord.of("ab02").settled([]) == {}


@pytest.mark.parametrize("uid", [None, "", "../../etc/passwd", "AB", "x" * 99])
def test_what_is_no_uid_has_no_record(uid: str | None) -> None:
    SyncRecord.of(uid).finish(plan({"/x.py": HostFile.of(b"1")}, []))
    assert SyncRecord.of(uid).settled([]) == {}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": 1}', '{"files": {"/x": 1}}', "null"])
def test_a_spoilt_record_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(text)
    assert SyncRecord(path).settled([]) == {}


def test_what_a_killed_run_wrote_is_known_by_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    files = MemoryFiles({})
    host = {"/done.py": b"1", "/not.py": b"2", "/name.py": b"3"}
    SyncRecord(path).begin({}, planned(host, files))
    # One was written, one not, and at the third name stands something else.
    files = MemoryFiles({"/done.py": b"1", "/name.py": b"theirs"})
    assert set(SyncRecord(path).settled(files.list_tree("/", digests=True))) == {"/done.py"}


def test_the_record_is_written_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "record.json"
    SyncRecord(path).finish(plan({"/x.py": HostFile.of(b"1")}, []))
    assert [entry.name for entry in path.parent.iterdir()] == ["record.json"]


def test_what_is_gone_from_the_board_is_forgotten() -> None:
    files = MemoryFiles({"/old.py": b"1", "/kept.py": b"2", "/x.py": b"3"})
    record = {path: HostFile.of(data) for path, data in files.files.items()}
    record["/gone.py"] = HostFile.of(b"4")
    host = {"/x.py": HostFile.of(b"3")}
    found = plan(host, files.list_tree("/", digests=True), record, PlanOptions())
    assert set(found.record_after) == {"/old.py", "/kept.py", "/x.py"}
