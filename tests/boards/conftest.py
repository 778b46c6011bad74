"""The fixture ``board``: each board of the registry in turn."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from boards.boards import Board, StartedBoard, registry
from iot_device.device import Device, open_device

if TYPE_CHECKING:
    from collections.abc import Iterator


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
        yield started


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
