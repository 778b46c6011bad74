"""The plan, case by case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iot_device.errors import UnsafeError
from iot_device.filesystem import Entry
from iot_device.rsync import HostFile, Plan, PlanOptions, plan
from rsync.memory_files import MemoryFiles

DELETE = PlanOptions(delete=True)


def hosted(**files: bytes) -> dict[str, HostFile]:
    """Name files by words: ``lib__x_py`` is ``/lib/x.py``."""
    return {path_of(name): HostFile.of(data) for name, data in files.items()}


def path_of(name: str) -> str:
    return "/" + name.replace("__", "/").replace("_", ".")


def planned(
    host: dict[str, HostFile],
    board: dict[str, bytes | None],
    record: dict[str, HostFile] | None = None,
    options: PlanOptions = DELETE,
) -> Plan:
    return plan(host, MemoryFiles(board).list_tree("/", digests=True), record or {}, options)


def shown(found: Plan) -> list[tuple[str, str, str]]:
    return [(action.kind, action.path, action.reason) for action in found.actions]


def test_adds_updates_and_deletes_have_reasons_and_sizes() -> None:
    found = planned(
        hosted(new_py=b"1", lib__same_py=b"2", main_py=b"33"),
        {"/lib/same.py": b"2", "/main.py": b"4", "/old/deep/x.py": b"123"},
    )
    assert [(a.kind, a.path, a.size) for a in found.actions] == [
        ("delete", "/old/deep/x.py", 3),
        ("delete", "/old/deep", 0),
        ("delete", "/old", 0),
        ("add", "/new.py", 1),
        ("update", "/main.py", 2),
    ]
    assert {a.reason for a in found.actions} == {"not on this computer", "new", "differs"}
    assert [(keep.path, keep.equal) for keep in found.keeps] == [("/lib/same.py", True)]


def test_equal_means_equal_content_and_not_equal_size() -> None:
    found = planned(hosted(a_py=b"1", b_py=b"2"), {"/a.py": b"1", "/b.py": b"3"})
    assert shown(found) == [("update", "/b.py", "differs")]


def test_an_empty_host_is_a_mistake() -> None:
    with pytest.raises(UnsafeError, match="no file that belongs"):
        planned({}, {"/a.py": b""})


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/.env", "a dot file"),
        ("/.git/config", "a dot file"),
        ("/lib/.keep", "a dot file"),
        ("/boot_out.txt", "it belongs to the board"),
        ("/webrepl_cfg.py", "it belongs to the board"),
        ("/settings.toml", "it belongs to the board"),
        ("/boot.py", "not put there by rsync"),
        ("/main.py", "not put there by rsync"),
        ("/sd/main.py", "on another file system"),
        ("/sd/log.txt", "on another file system"),
        ("/data/log.txt", "excluded"),
    ],
)
def test_what_is_protected_stays(path: str, reason: str) -> None:
    options = replace(
        DELETE,
        mounts=frozenset({"/", "/sd"}),
        excludes=lambda path, /, *, is_folder: path.startswith("/data"),  # noqa: ARG005
    )
    found = planned(hosted(x_py=b""), {path: b"precious", "/x.py": b""}, options=options)
    assert found.matches
    assert [(keep.path, keep.reason) for keep in found.keeps if not keep.equal] == [(path, reason)]


def test_a_mount_point_stays_even_when_it_is_empty() -> None:
    options = replace(DELETE, mounts=frozenset({"/", "/sd"}))
    assert planned(hosted(x_py=b""), {"/sd": None, "/x.py": b""}, options=options).matches


def test_files_are_deleted_where_the_install_folder_is_a_mount() -> None:
    options = replace(DELETE, top="/flash", mounts=frozenset({"/", "/flash", "/sd"}))
    board = {"/flash/old.py": b"", "/flash/x.py": b"", "/sd/log.txt": b"", "/flash/boot.py": b""}
    found = planned({"/flash/x.py": HostFile.of(b"")}, dict(board), options=options)
    assert shown(found) == [("delete", "/flash/old.py", "not on this computer")]


def test_boot_and_main_go_if_rsync_put_them_there_as_they_are() -> None:
    board: dict[str, bytes | None] = {"/boot.py": b"b", "/main.py": b"edited", "/x.py": b""}
    record = hosted(boot_py=b"b", main_py=b"m")
    found = planned(hosted(x_py=b""), board, record)
    assert [(d.path, d.recorded) for d in found.deletes] == [("/boot.py", True)]
    assert [keep.path for keep in found.keeps if not keep.equal] == ["/main.py"]


def test_a_main_py_in_a_folder_is_a_file_like_others() -> None:
    found = planned(hosted(x_py=b""), {"/lib/main.py": b"", "/x.py": b""})
    assert [d.path for d in found.deletes] == ["/lib/main.py", "/lib"]


def test_nothing_is_deleted_unless_asked_for() -> None:
    found = planned(hosted(x_py=b""), {"/old.py": b"", "/x.py": b""}, options=PlanOptions())
    assert found.matches
    assert [keep.reason for keep in found.keeps if not keep.equal] == ["nothing shall be deleted"]


@pytest.mark.parametrize("size", [0, 3])
def test_what_changed_on_both_sides_is_a_conflict(size: int) -> None:
    # A file of a size that nobody knows has no digest: that is a change, too.
    board = [Entry("x.py", "/x.py", "file", 5 + size, None if size else "0" * 64)]
    record = hosted(x_py=b"before")
    host = hosted(x_py=b"after")
    assert shown(plan(host, board, record)) == [
        ("conflict", "/x.py", "changed on both sides since the last sync")
    ]
    overwritten = plan(host, board, record, PlanOptions(overwrite=True))
    assert shown(overwritten) == [("update", "/x.py", "changed on the board")]


def test_what_changed_on_one_side_is_updated() -> None:
    record = hosted(x_py=b"1", y_py=b"1")
    found = planned(hosted(x_py=b"1", y_py=b"2"), {"/x.py": b"2", "/y.py": b"1"}, record)
    assert shown(found) == [
        ("update", "/x.py", "changed on the board"),
        ("update", "/y.py", "changed here"),
    ]


def test_what_is_gone_here_and_changed_there_is_a_conflict() -> None:
    record = hosted(old_py=b"1")
    board: dict[str, bytes | None] = {"/old.py": b"2", "/x.py": b""}
    assert shown(planned(hosted(x_py=b""), board, record)) == [
        ("conflict", "/old.py", "changed on the board since the last sync, and gone here")
    ]
    found = planned(hosted(x_py=b""), board, record, replace(DELETE, overwrite=True))
    assert [d.path for d in found.deletes] == ["/old.py"]


@pytest.mark.parametrize(
    ("files", "losses", "asks"),
    [(3, 1, True), (5, 1, False), (9, 2, True), (60, 10, False), (60, 11, True)],
)
def test_more_than_ten_or_a_fifth_of_the_files_need_consent(
    files: int, losses: int, *, asks: bool
) -> None:
    board: dict[str, bytes | None] = {f"/old{n}.py": b"" for n in range(losses)}
    host = {f"/new{n}.py": HostFile.of(b"") for n in range(files - losses)}
    board |= dict.fromkeys(host, b"")
    found = planned(host, board)
    assert (found.board_files, len(found.losses), found.needs_consent) == (files, losses, asks)
    assert not planned(host, board, options=replace(DELETE, max_delete=losses)).needs_consent
    assert planned(host, board, options=replace(DELETE, max_delete=losses - 1)).needs_consent


def test_what_rsync_put_there_does_not_count() -> None:
    board: dict[str, bytes | None] = {f"/old{n}.py": b"%d" % n for n in range(30)}
    record = {path: HostFile.of(data) for path, data in board.items() if data is not None}
    found = planned(hosted(x_py=b""), board, record)
    assert (len(found.deletes), found.losses, found.needs_consent) == (30, (), False)


def test_what_an_interrupted_transfer_left_does_not_count() -> None:
    found = planned(hosted(x_py=b""), {"/x.py": b"", "/x.py.~iot": b"half", "/y.py.~iot": b"?"})
    assert [d.path for d in found.deletes] == ["/x.py.~iot", "/y.py.~iot"]
    assert [d.path for d in found.losses] == ["/y.py.~iot"]


def test_what_a_write_takes_over_is_not_deleted_after_it() -> None:
    found = planned(hosted(x_py=b"new"), {"/x.py": b"old", "/x.py.~iot": b"half"})
    assert [action.kind for action in found.actions] == ["update"]


def test_a_file_where_a_folder_should_be_is_in_the_way() -> None:
    found = planned(hosted(lib__x_py=b"1"), {"/lib": b"a file"})
    assert shown(found) == [
        ("delete", "/lib", "in the way of a folder"),
        ("add", "/lib/x.py", "new"),
    ]
    assert (found.deletes[0].in_the_way, found.folders) == (True, ("/lib",))


def test_a_folder_where_a_file_should_be_is_in_the_way() -> None:
    found = planned(hosted(x_py=b"1"), {"/x.py/deep/y": b"2"})
    assert [(d.path, d.in_the_way) for d in found.deletes] == [
        ("/x.py/deep/y", False),
        ("/x.py/deep", False),
        ("/x.py", True),
    ]
    assert [a.path for a in found.adds] == ["/x.py"]


def test_a_folder_in_the_place_of_a_file_that_rsync_put_there_is_no_conflict() -> None:
    record = hosted(x_py=b"1", gone_py=b"1")
    board: dict[str, bytes | None] = {"/x.py/y": b"2", "/gone.py": None}
    found = planned(hosted(x_py=b"1"), board, record)
    assert [(action.kind, action.path) for action in found.actions] == [
        ("delete", "/x.py/y"),
        ("delete", "/gone.py"),
        ("delete", "/x.py"),
        ("add", "/x.py"),
    ]
    assert [loss.path for loss in found.losses] == ["/x.py/y"]


@pytest.mark.parametrize("options", [PlanOptions(), DELETE])
def test_what_is_in_the_way_and_stays_is_a_conflict(options: PlanOptions) -> None:
    found = planned(hosted(x_py=b"1"), {"/x.py/.hidden": b""}, options=options)
    assert shown(found) == [("conflict", "/x.py", "/x.py is a folder there and stays")]


def test_folders_are_made_from_the_top_and_empty_ones_too() -> None:
    options = replace(DELETE, folders=frozenset({"/empty/deep"}))
    found = planned(hosted(a__b__c_py=b""), {"/a": None}, options=options)
    assert found.folders == ("/empty", "/a/b", "/empty/deep")
    assert planned(hosted(x_py=b""), {"/x.py": b"", "/empty/deep": None}, options=options).matches


def test_what_is_outside_the_top_is_left_alone() -> None:
    board: dict[str, bytes | None] = {"/lib/old.py": b"", "/other.py": b"", "/library.py": b""}
    found = planned(hosted(lib__x_py=b""), board, options=replace(DELETE, top="/lib"))
    assert [d.path for d in found.deletes] == ["/lib/old.py"]


def test_the_record_of_what_is_outside_the_folder_stays() -> None:
    record = hosted(main_py=b"1", app__gone_py=b"2")
    found = planned(hosted(app__x_py=b"3"), {}, record, PlanOptions(top="/app", delete=True))
    assert sorted(found.record_after) == ["/app/x.py", "/main.py"]
