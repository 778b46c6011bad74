"""Whatever there is: rsync makes the board what it should be, and touches nothing protected."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from hypothesis import assume, example, given
from hypothesis import strategies as st

from iot_device.rsync import HostFile, KnownFile, PlanOptions, apply, plan
from rsync.memory_files import MemoryFiles
from rsync.trees import above, board_trees, contents, host_trees, paths

if TYPE_CHECKING:
    from iot_device.rsync import Plan

SPECIAL = {"settings.toml", "boot_out.txt", "webrepl_cfg.py"}

hosts = host_trees.map(lambda tree: {path: HostFile.of(data) for path, data in tree.items()})
records = st.dictionaries(paths, contents, max_size=4).map(
    lambda tree: {path: HostFile.of(data) for path, data in tree.items()}
)
excluded_names = st.sampled_from([frozenset[str](), frozenset({"data"}), frozenset({"lib", "a"})])
options = st.builds(
    lambda delete, overwrite, names: PlanOptions(
        delete=delete,
        overwrite=overwrite,
        excludes=lambda path, /, *, is_folder: not names.isdisjoint(path.split("/")),  # noqa: ARG005
    ),
    st.booleans(),
    st.booleans(),
    excluded_names,
)


def compared(
    host: dict[str, HostFile],
    files: MemoryFiles,
    record: dict[str, KnownFile],
    chosen: PlanOptions,
) -> Plan:
    sizes = {file.size for file in (*host.values(), *record.values())}
    return plan(host, files.list_tree("/", digests=True, sizes=sizes), record, chosen)


def is_special(path: str) -> bool:
    """Whether a path must survive on every board, whatever rsync is told."""
    return posixpath.basename(path) in SPECIAL or any(p[:1] == "." for p in path.split("/"))


@given(host=hosts, board=board_trees, record=records, chosen=options)
@example({"/a": HostFile.of(b"1")}, {"/a/a": b"1"}, {}, PlanOptions(delete=True))
@example({"/a/a": HostFile.of(b"1")}, {"/a": b"1"}, {}, PlanOptions(delete=True))
@example({"/a/a": HostFile.of(b"1")}, {"/a": b"1"}, {}, PlanOptions(delete=False))
def test_rsync_makes_the_board_what_it_should_be(
    host: dict[str, HostFile],
    board: dict[str, bytes | None],
    record: dict[str, KnownFile],
    chosen: PlanOptions,
) -> None:
    files = MemoryFiles(board)
    before = dict(files.files)
    first = compared(host, files, record, chosen)
    apply(first, files, consent=True)  # type: ignore[arg-type]  # has what it needs
    after = files.files
    disputed = {conflict.path for conflict in first.conflicts}
    for path, file in host.items():
        if path not in disputed:
            assert after[path] == file.source
    for path in before.keys() - host.keys():
        if is_special(path) or not chosen.delete or chosen.excludes(path, is_folder=False):
            assert after[path] == before[path]
    for path in disputed & before.keys():
        assert after[path] == before[path]
    kept = {keep.path for keep in first.keeps}
    assert after.keys() <= host.keys() | kept | disputed
    second = compared(host, files, dict(first.record_after), chosen)
    assert (second.changes, second.folders) == ((), ())
    assert second.conflicts == first.conflicts


@given(host=hosts, board=board_trees)
def test_names_that_differ_in_case_only_do_not_cost_a_file(
    host: dict[str, HostFile], board: dict[str, bytes | None]
) -> None:
    names = {name for path in host for name in (path, *above(path))}
    assume(len({name.casefold() for name in names}) == len(names))  # such a board cannot have both
    files = MemoryFiles(board, folds=True)
    first = compared(host, files, {}, PlanOptions(delete=True))
    disputed = {conflict.path for conflict in first.conflicts}
    try:
        apply(first, files, consent=True)  # type: ignore[arg-type]  # has what it needs
    except OSError:  # a name that must stay is in the way
        removed = {path for kind, path in files.log if kind == "remove"}
        assert removed <= set(first.folders)
        return
    after = {path.casefold(): data for path, data in files.files.items()}
    for path, file in host.items():
        if path not in disputed:
            assert after[path.casefold()] == file.source


@given(host=hosts, board=board_trees, record=records)
def test_a_failure_on_the_way_loses_nothing_that_was_to_stay_or_go(
    host: dict[str, HostFile], board: dict[str, bytes | None], record: dict[str, KnownFile]
) -> None:
    files = MemoryFiles(board)
    before = dict(files.files)
    found = compared(host, files, record, PlanOptions(delete=True))
    assume(found.writes)
    files.fails_at = found.writes[-1].path
    try:
        apply(found, files, consent=True)  # type: ignore[arg-type]  # has what it needs
    except OSError:
        written = {path for kind, path in files.log if kind == "write"}
        left = list(files.files.values())
        for path, data in before.items():
            assert data in left or path in written
        removed = {path for kind, path in files.log if kind == "remove"}
        assert removed <= set(found.folders)  # those that it had made itself
    else:
        raise AssertionError("the failure was lost")
