"""A board that computes digests slowly is not given up for dead: it shows signs of life."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import pytest

from boards.marks import on_simulators
from iot_device.errors import BoardTimeoutError
from iot_device.opening import open_device
from iot_device.session import session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boards.boards import StartedBoard
    from iot_device.filesystem import FileSystem

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    on_simulators,
]

PATIENCE = 2.0  # seconds of silence
NOISE = random.Random(3).randbytes(300_000)

# Three seconds for the file; or silence at once, which no sign of life can break.
SLOW = """
import hashlib, time
class Slow:
    def __init__(self, data=b''):
        self.real = real(data)
    def update(self, data):
        time.sleep({seconds})
        self.real.update(data)
    def digest(self):
        return self.real.digest()
real = hashlib.sha256
class Module:
    sha256 = Slow
__import__('sys').modules['hashlib'] = Module
"""


@pytest.fixture
def slow(
    board: StartedBoard, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[float], FileSystem]]:
    """Make the board take so many seconds for each 512 bytes, once the file is there."""
    monkeypatch.setattr(session, "IDLE_TIME", PATIENCE)
    with open_device(board.target()) as device:

        def begin(seconds: float) -> FileSystem:
            device.files.write("/big", NOISE)
            device.execute(SLOW.format(seconds=seconds))
            return device.files

        yield begin


WAYS: dict[str, Callable[[FileSystem], object]] = {
    "digest": lambda files: files.digest("/big"),
    "digest_many": lambda files: files.digest_many(["/big"])[0],
    "list_tree": lambda files: next(
        entry.digest for entry in files.list_tree("/", digests=True) if entry.name == "big"
    ),
    "read": lambda files: hashlib.sha256(files.read("/big")).hexdigest(),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_digest_may_take_longer_than_a_board_may_be_silent(
    slow: Callable[[float], FileSystem], way: str
) -> None:
    assert WAYS[way](slow(0.006)) == hashlib.sha256(NOISE).hexdigest()


def test_a_file_is_put_together_for_longer_than_a_board_may_be_silent(
    slow: Callable[[float], FileSystem],
) -> None:
    files, new = slow(0.006), NOISE[:150_000] + b"new" + NOISE[150_000:]
    result = files.write_changes("/big", new, NOISE)
    assert result is not None
    assert result.size == len(new)


def test_a_board_that_hashes_nothing_is_given_up(slow: Callable[[float], FileSystem]) -> None:
    with pytest.raises(BoardTimeoutError):
        slow(60.0).digest("/big")
