"""The other direction: the files here become those of the board, and nobody's work is lost."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iot_device.errors import UnsafeError
from iot_device.rsync import (
    Action,
    HostFile,
    KnownFile,
    PlanOptions,
    PullComparison,
    PullPlan,
    SyncRecord,
    plan_pull,
    plan_summary,
)
from iot_device.rsync.targets import checked_beside, place_below
from rsync.memory_files import MemoryFiles
from rsync.trees import board_trees, contents, host_trees, paths

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORD = {"/x.py": HostFile.of(b"old")}
options = st.builds(
    lambda delete, overwrite: PlanOptions(delete=delete, overwrite=overwrite),
    st.booleans(),
    st.booleans(),
)


def planned(
    board: Mapping[str, bytes],
    here: Mapping[str, bytes],
    record: Mapping[str, KnownFile] | None = None,
    chosen: PlanOptions | None = None,
    root: Path = Path("/nowhere"),
) -> PullPlan:
    """Plan, with this computer's files below a folder."""
    files = {
        path: replace(place_below(root, path[1:]), size=len(data), digest=HostFile.of(data).digest)
        for path, data in board.items()
    }
    own = {
        path: HostFile(len(data), HostFile.of(data).digest, root / path[1:])
        for path, data in here.items()
    }
    return plan_pull(checked_beside(files, here.keys()), own, record, chosen)


def shown(plan: PullPlan) -> list[tuple[str, str, str]]:
    return [(action.kind, action.path, action.reason) for action in plan.actions]


@pytest.mark.parametrize(
    ("board", "here", "record", "outcome"),
    [
        (b"new", b"old", RECORD, ("update", "changed on the board")),
        (b"old", b"mine", RECORD, ("keep", "changed here only")),
        (b"new", b"mine", RECORD, ("conflict", "changed on both sides since the last sync")),
        (b"new", b"new", {}, ("keep", "equal")),
        (
            b"new",
            b"mine",
            {},
            ("conflict", "differs, and no sync is remembered that tells which side changed"),
        ),
    ],
)
def test_what_is_here_is_overwritten_only_if_it_is_as_the_last_sync_left_it(
    board: bytes, here: bytes, record: dict[str, HostFile], outcome: tuple[str, str]
) -> None:
    found = planned({"/x.py": board}, {"/x.py": here}, record)
    actions: list[Action] = [*found.actions, *found.keeps]
    [action] = actions
    assert (action.kind, action.reason) == outcome
    forced = planned({"/x.py": board}, {"/x.py": here}, record, PlanOptions(overwrite=True))
    assert bool(forced.updates) == (board != here)


def test_what_is_gone_on_the_board_stays_unless_deletes_are_wanted() -> None:
    here = {"/x.py": b"old", "/y.py": b"mine", "/main.py": b"", "/.git": b"", "/sd/z.py": b""}
    assert planned({"/a": b""}, here, RECORD).deletes == ()
    chosen = PlanOptions(delete=True, mounts=frozenset({"/", "/sd"}))
    found = planned({"/a": b""}, here, RECORD, chosen)
    assert [(d.path, d.recorded) for d in found.deletes] == [("/x.py", True), ("/y.py", False)]
    assert [d.path for d in found.losses] == ["/y.py"]
    assert not found.needs_consent
    changed = planned({"/a": b""}, {"/x.py": b"mine"}, RECORD, chosen)
    assert shown(changed) == [
        ("add", "/a", "new"),
        ("conflict", "/x.py", "changed here since the last sync, and gone on the board"),
    ]


def test_more_deletes_than_usual_need_consent() -> None:
    here = {f"/{n}.py": b"" for n in range(11)}
    assert planned({"/a": b""}, here, {}, PlanOptions(delete=True)).needs_consent
    few = PlanOptions(delete=True, max_delete=11)
    assert not planned({"/a": b""}, here, {}, few).needs_consent


def test_an_empty_board_is_a_mistake() -> None:
    with pytest.raises(UnsafeError, match="no file that belongs here"):
        planned({}, {"/x.py": b""}, {}, PlanOptions(delete=True))


def test_what_changed_here_only_is_no_match() -> None:
    found = planned({"/x.py": b"old"}, {"/x.py": b"mine"}, RECORD)
    assert (found.matches, found.actions) == (False, ())
    assert plan_summary(found) == "1 changed here only"


def test_names_of_a_board_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (root / "link").symlink_to(outside)
    (root / "file").write_text("mine")
    (root / "there").write_text("mine")
    names = ["/../x", "/a/../../x", "/link/x", "/file/x", "/there", "//x", "/good"]
    found = planned(dict.fromkeys(names, b"1"), {}, {}, root=root)
    assert [add.path for add in found.adds] == ["/good"]
    assert {conflict.path for conflict in found.conflicts} == set(names) - {"/good"}


@given(board=board_trees, here=host_trees, record=st.dictionaries(paths, contents), chosen=options)
@example({"/a/a": b"1"}, {"/a": b"1"}, {}, PlanOptions())
@example({"/a": b"1"}, {"/a/a": b"1"}, {}, PlanOptions(delete=True))
def test_whatever_there_is_the_files_here_become_those_of_the_board(
    board: dict[str, bytes | None],
    here: dict[str, bytes],
    record: dict[str, bytes],
    chosen: PlanOptions,
) -> None:
    files = MemoryFiles(board)
    if not files.files:
        return
    known = {path: HostFile.of(data) for path, data in record.items()}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path, data in here.items():
            (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
            (root / path[1:]).write_bytes(data)
        first = planned(files.files, here, known, chosen, root)
        pull = PullComparison(first, (), files, SyncRecord(None))  # type: ignore[arg-type]  # has what it needs
        pull.apply(consent=True)
        after = {
            f"/{file.relative_to(root).as_posix()}": file.read_bytes()
            for file in root.rglob("*")
            if file.is_file()
        }
        second = planned(files.files, after, dict(first.record_after), chosen, root)
    disputed = {conflict.path for conflict in first.conflicts}
    kept = {keep.path for keep in first.keeps}
    for path, data in files.files.items():
        assert path in disputed | kept or after[path] == data
    for path in here.keys() & (disputed | kept):
        assert after[path] == here[path]
    if not chosen.overwrite:  # each content that is gone was known from a sync, or may be deleted
        gone = {path for path, data in here.items() if after.get(path) != data}
        deleted = {delete.path for delete in first.deletes}
        assert all(path in deleted or record.get(path) == here[path] for path in gone)
    assert (second.writes, second.deletes) == ((), ())


def test_a_file_that_changes_after_the_look_is_left_alone(tmp_path: Path) -> None:
    files = MemoryFiles({"/x.py": b"new", "/y.py": b"new"})
    (tmp_path / "x.py").write_bytes(b"old")
    found = planned(files.files, {"/x.py": b"old"}, RECORD, root=tmp_path)
    assert [write.path for write in found.writes] == ["/y.py", "/x.py"]
    (tmp_path / "x.py").write_bytes(b"typed meanwhile")
    pull = PullComparison(found, (), files, SyncRecord(None))  # type: ignore[arg-type]  # has what it needs
    with pytest.raises(UnsafeError, match="changed after it was compared"):
        pull.apply()
    assert (tmp_path / "x.py").read_bytes() == b"typed meanwhile"
    assert (tmp_path / "y.py").read_bytes() == b"new"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.py", "y.py"]
