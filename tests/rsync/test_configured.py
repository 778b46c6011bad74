"""Random projects with random patterns: rsync makes the model true and leaves excludes alone."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from iot_device.config.configuration import BoardIdentity, DeviceConfiguration, Place, Resource
from iot_device.config.patterns import BoardPatterns
from iot_device.rsync import PlanOptions, apply, plan, wanted_by_configuration
from rsync.memory_files import MemoryFiles
from rsync.trees import board_trees, host_trees

PLACE = Place(Path("boards.yaml"), 1)
INCLUDES = ("./**/*", "./**/")
excludes = st.lists(
    st.sampled_from(["/data", "*.py", "lib/", "/a*", "A", "boot.py", "/lib/**/a", "!a", "!/lib/*"]),
    max_size=3,
).map(tuple)
roots = st.sampled_from(["/", "/flash", "/lib"])


def configuration(folder: Path, patterns: tuple[str, ...], root: str) -> DeviceConfiguration:
    resource = Resource("project", folder, root, INCLUDES, patterns, unpack=True, place=PLACE)
    identity = BoardIdentity("pico", ("ab",), None, (), PLACE)
    return DeviceConfiguration(
        identity, folder, root, INCLUDES, patterns, (resource,), "none", None
    )


@settings(max_examples=60)
@given(tree=host_trees, board=board_trees, patterns=excludes, root=roots)
def test_the_board_becomes_what_its_configuration_says(
    tree: dict[str, bytes], board: dict[str, bytes | None], patterns: tuple[str, ...], root: str
) -> None:
    is_excluded = BoardPatterns(patterns).match  # tests/config compares that with git
    with tempfile.TemporaryDirectory() as folder:
        for path, data in tree.items():
            file = Path(folder, "project", path[1:])
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        expected = {
            f"{root.rstrip('/')}{path}": data
            for path, data in tree.items()
            if not any(part.startswith(".") for part in path.split("/"))
        }
        expected = {path: data for path, data in expected.items() if not is_excluded(path)}
        if not expected:
            return
        wanted = wanted_by_configuration(configuration(Path(folder), patterns, root))
        files = MemoryFiles(board)
        before = dict(files.files)
        found = plan(wanted.files, files.list_tree("/", digests=True), {}, wanted.options)
        apply(found, files, consent=True)  # type: ignore[arg-type]  # has what it needs
    after = files.files
    disputed = {conflict.path for conflict in found.conflicts}
    assert {path: after.get(path) for path in expected if path not in disputed} == {
        path: data for path, data in expected.items() if path not in disputed
    }
    left_alone = {path for path in before if is_excluded(path) and path not in expected}
    assert {path: after[path] for path in left_alone} == {path: before[path] for path in left_alone}
    entries = files.list_tree("/", digests=True)
    second = plan(wanted.files, entries, found.record_after, wanted.options)
    assert (second.changes, second.folders) == ((), ())
    assert isinstance(wanted.options, PlanOptions)
