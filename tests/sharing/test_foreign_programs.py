"""Programs that know nothing of our locks: they are named, and waited for."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import pytest

from iot_device import PortBusyError, open_device
from iot_device.sharing.board_lock import BoardLock
from iot_device.sharing.shared_transport import _lock_name
from iot_device.transports import parse_url
from sharing.holding import other_process
from sharing.served import served_board

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ptys"),
]

FOREIGN = """
import sys, serial
with serial.Serial(sys.argv[1], exclusive=True):
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[str]:
    with served_board(tmp_path / "flash", link=tmp_path / "board"):
        yield str(tmp_path / "board")


def test_a_program_that_holds_the_port_is_named_and_our_lock_is_free_again(port: str) -> None:
    with other_process(FOREIGN, port) as other:
        assert other.line() == "open"
        with pytest.raises(PortBusyError) as caught:
            open_device(port, wait=0.0)
        assert caught.value.pid == other.pid
        assert caught.value.since is None
        lock = BoardLock(_lock_name(parse_url(port)), port)
        lock.acquire(0.0)
        lock.release()


def test_a_program_that_holds_the_port_is_waited_for(port: str) -> None:
    values: list[int] = []

    def work() -> None:
        with open_device(port, wait=20.0) as device:
            values.append(device.evaluate("6 * 7"))

    with other_process(FOREIGN, port) as other:
        assert other.line() == "open"
        worker = threading.Thread(target=work)
        worker.start()
        other.end()
        worker.join(20.0)
    assert values == [42]


def test_an_idle_device_that_gives_way_leaves_the_port_to_a_program_of_others(port: str) -> None:
    with open_device(port, gives_way=True) as device:
        device.execute("x = 42")
        device.release()
        with other_process(FOREIGN, port) as other:
            assert other.line() == "open"
            other.end()
        assert device.evaluate("x") == 42
