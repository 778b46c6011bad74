"""The fixture ``board``: each board of the registry in turn."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from boards.boards import Board, Capability, StartedBoard, registry
from iot_device.opening import open_device

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device.device import Device


# What cannot be asked without harm is expected of every board.
ASSUMED: frozenset[Capability] = frozenset({"input", "interrupt", "keeps-files", "soft-reset"})

# Programs that raise where the firmware lacks something.
PROBES: dict[Capability, str] = {
    "digest": "import hashlib; hashlib.sha256",
    "files": "import os; os.listdir(); open",
    "folders": "import os; os.stat; os.mkdir; os.rename",
    "hard-reset": "import machine; machine.reset",
    "rtc": "import machine; machine.RTC",
    "uid": "import machine; machine.unique_id",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all tests of one board in one process, where several are used."""
    for item in items:
        board = item.callspec.params.get("board") if hasattr(item, "callspec") else None
        if isinstance(board, Board):
            item.add_marker(pytest.mark.xdist_group(board.id))


@pytest.fixture(scope="module", params=registry(), ids=lambda board: board.id)
def board(request: pytest.FixtureRequest) -> Iterator[StartedBoard]:
    """A running board, one for all tests of a module.

    One that cannot start is skipped, with reason and remedy; with ``IOT_REQUIRE_BOARDS=1`` it is
    a failure.
    """
    entry: Board = request.param
    if reason := entry.unavailable_reason():
        if os.environ.get("IOT_REQUIRE_BOARDS") == "1":
            pytest.fail(f"{entry.id}: {reason}", pytrace=False)
        pytest.skip(f"{entry.id}: {reason}")
    with entry.start() as started:
        yield started if started.capabilities is not None else described(started)


def described(board: StartedBoard) -> StartedBoard:
    """Find out what a board can do that nobody described, by asking it."""
    with open_device(board.target()) as device:
        found = {
            capability
            for capability, expression in PROBES.items()
            if device.execute(expression, check=False, timeout=20).status == "ok"
        }
    return replace(board, capabilities=ASSUMED | found)


@pytest.fixture
def device(board: StartedBoard) -> Iterator[Device]:
    """The board, opened for one test.

    It begins with a fresh heap where that is known to be harmless: what one test leaves in 16 KB of
    RAM is too much for the next.
    """
    with open_device(board.target()) as opened:
        if "soft-reset" in (board.capabilities or ()):
            opened.soft_reset()
        yield opened
