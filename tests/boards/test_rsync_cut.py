"""A link that is cut in the middle of an rsync: what is on the board then, and the next one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from boards.boards import registry
from iot_device.connecting import transport_of
from iot_device.errors import TransportError
from iot_device.opening import open_device
from iot_device.rsync import HostFile, PlanOptions, compare
from iot_device.testing import Fault, FaultyTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boards.boards import StartedBoard

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

BEFORE = {"/a.py": b"old a", "/big.py": b"# old line\n" * 800, "/lib": b"a file", "/old.py": b"x"}
AFTER = {"/a.py": b"new a", "/big.py": b"# old line\n" * 799 + b"new\n", "/lib/b.py": b"b" * 900}
OPTIONS = PlanOptions(delete=True)


@pytest.fixture(scope="module")
def board() -> Iterator[StartedBoard]:
    [entry] = [board for board in registry() if board.id == "simulator-micropython"]
    with entry.start() as started:
        yield started


def host_of(tree: dict[str, bytes]) -> dict[str, HostFile]:
    return {path: HostFile.of(data) for path, data in tree.items()}


def files_on(target: str) -> dict[str, bytes]:
    with open_device(target) as device:
        entries = device.files.list_tree("/")
        return {e.path: device.files.read(e.path) for e in entries if e.type == "file"}


@pytest.mark.parametrize("offset", [200, 2000, 4000, 6000, 9000, 12_000, 15_000])
@pytest.mark.parametrize("direction", ["to_board", "to_host"])
def test_old_or_new_is_there_after_a_cut_and_the_next_rsync_ends_it(
    board: StartedBoard, direction: str, offset: int
) -> None:
    target = board.target()
    assert isinstance(target, str)
    with open_device(target) as device:
        whatever = replace(OPTIONS, overwrite=True)  # what the test before left
        compare(device, host_of(BEFORE), whatever).apply(consent=True, delete_first=True)
    faulty = FaultyTransport(transport_of(target), [])
    with open_device(faulty) as device:
        found = compare(device, host_of(AFTER), OPTIONS)
        faulty.plan(Fault("cut", direction, offset))  # type: ignore[arg-type]  # one of the two
        try:
            found.apply(consent=True)
        except TransportError:
            pass
        else:
            assert not faulty.happened
    left = files_on(target)
    for path in ("/a.py", "/big.py"):
        assert left[path] in (BEFORE[path], AFTER[path])
    if "/lib/b.py" not in left:
        assert b"a file" in (left.get("/lib"), left.get("/lib.~iot-old"))
    assert left.get("/lib/b.py") in (None, AFTER["/lib/b.py"])
    with open_device(target) as device:
        compare(device, host_of(AFTER), OPTIONS).apply(consent=True)
        assert compare(device, host_of(AFTER), OPTIONS).plan.matches
    assert files_on(target) == AFTER
