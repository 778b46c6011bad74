"""Writes that are cut in the middle, at every moment: by Ctrl-C on the host, by a lost link."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from boards.marks import on_simulators
from iot_device.connecting import transport_of
from iot_device.device import Device
from iot_device.errors import ConnectionLostError
from iot_device.simulator.options import parse_simulator_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boards.boards import StartedBoard
    from iot_device.transports.base import Transport

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    on_simulators,
]

OLD = b"the old file " * 20
_PIECE = 8  # bytes
NEW = b"the new file, longer " * 30
NOISE = random.Random(1).randbytes(100_000)  # takes more than what may be on its way


class Cut:
    """A transport whose read fails: the one that ``left`` counts down to, or all from there on.

    Each read gives few bytes, so that no moment is skipped when the board answers faster.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.url = transport.url
        self.wake = transport.wake
        self.close = transport.close
        self._unread = b""
        self.left = -1
        self.has_struck = False
        self.stays_cut = False
        self.room = 10**9  # bytes that are written until it is cut
        self.error: Callable[[], BaseException] = KeyboardInterrupt

    def open(self) -> None:
        self._unread = b""
        self._transport.open()

    def write(self, data: bytes, timeout: float | None) -> int:
        self.room -= len(data)
        if self.room < 0:
            self.left, self.stays_cut = 1, True
        return self._transport.write(data, timeout)

    def read(self, timeout: float | None) -> bytes:
        if self.left > 0 or not self.stays_cut:
            self.left -= 1
        if self.left == 0:
            self.has_struck = True
            raise self.error()
        if not self._unread:
            self._unread = self._transport.read(timeout)
        given, self._unread = self._unread[:_PIECE], self._unread[_PIECE:]
        return given


@pytest.fixture
def cut(board: StartedBoard, tmp_path: Path) -> Cut:
    """A transport to a board of the same kind with a flash of its own, ``tmp_path``."""
    (tmp_path / "f").write_bytes(OLD)
    url = str(board.target())
    return Cut(transport_of(url.replace(str(parse_simulator_url(url).flash), str(tmp_path))))


def test_a_write_that_is_interrupted_leaves_the_old_file_or_the_new_one(
    cut: Cut, tmp_path: Path
) -> None:
    seen = set()
    with Device(cut) as device:
        device.open()
        before = device.evaluate("dir()")
        device.files.write("/f", OLD)  # what is done only once would hide the last moments
        for moment in range(1, 1000):
            cut.left, cut.has_struck = moment, False
            with suppress(KeyboardInterrupt):
                device.files.write("/f", NEW)
            if not cut.has_struck:
                break
            content = (tmp_path / "f").read_bytes()
            seen.add(content)
            assert content in (OLD, NEW)
            assert not (tmp_path / "f.~iot").exists()
            assert device.evaluate("dir()") == before
            (tmp_path / "f").write_bytes(OLD)
        cut.left = -1
    assert seen == {OLD, NEW}
    assert (tmp_path / "f").read_bytes() == NEW


def test_an_interrupted_write_tells_the_state(cut: Cut) -> None:
    with Device(cut) as device:
        device.open()
        device.files.listdir()
        for moment in range(1, 1000):
            cut.left = moment
            with pytest.raises(KeyboardInterrupt) as caught:
                device.files.write("/f", NEW * 100)
            if notes := getattr(caught.value, "__notes__", []):
                assert notes == ["/f on the board is unchanged"]
                return


def test_after_a_lost_link_the_old_file_is_there_and_the_next_write_tidies_up(
    cut: Cut, tmp_path: Path
) -> None:
    cut.error = lambda: ConnectionLostError("the cable was pulled", port=cut.url)
    left_over = tmp_path / "f.~iot"
    with Device(cut) as device:
        device.open()
        device.files.listdir()
        cut.room = 60_000  # the third frame, behind our functions: so the first one is stored
        with pytest.raises(ConnectionLostError, match="f on the board is unchanged"):
            device.files.write("/f", NOISE)
    assert (tmp_path / "f").read_bytes() == OLD
    assert left_over.exists()
    cut.room, cut.left, cut.stays_cut = 10**9, -1, False
    with Device(cut) as device:
        device.open()
        device.files.write("/f", NEW)
    assert (tmp_path / "f").read_bytes() == NEW
    assert not left_over.exists()
