"""Each board of the registry starts, and bytes go both ways."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from boards.boards import registry
from iot_device.transports.url import transport_for

if TYPE_CHECKING:
    import pytest

    from boards.boards import StartedBoard
    from iot_device.transports.base import Transport


def exchange(transport: Transport, data: bytes, answer: bytes) -> bytes:
    """Send bytes and read until the answer ends in what is expected, for 20 seconds at most."""
    assert transport.write(data, 5.0) == len(data)
    deadline = time.monotonic() + 20.0
    received = b""
    while not received.endswith(answer):
        left = deadline - time.monotonic()
        assert left > 0, received
        received += transport.read(left)
    return received


def transport_of(target: str | Transport) -> Transport:
    """Make the transport of a target, not yet open."""
    if not isinstance(target, str):
        return target
    if target.startswith("sim:"):
        from iot_device.simulator.options import parse_simulator_url
        from iot_device.simulator.transport import SimulatorTransport

        return SimulatorTransport(parse_simulator_url(target))
    return transport_for(target)


def test_a_program_runs_in_the_raw_repl_of_every_board(board: StartedBoard) -> None:
    transport = transport_of(board.target())
    transport.open()
    try:
        exchange(transport, b"\r\x03", b">>> ")
        exchange(transport, b"\r\x01", b"raw REPL; CTRL-B to exit\r\n>")
        # The program's own line ends are "\r\n" on some firmwares and "\n" on others.
        answer = exchange(transport, b"print(1)\x04", b"\x04\x04>")
        assert answer.replace(b"\r\n", b"\n") == b"OK1\n\x04\x04>"
        exchange(transport, b"\x02", b">>> ")
    finally:
        transport.close()


def test_boards_have_ids_of_their_own() -> None:
    ids = [board.id for board in registry()]
    assert sorted(ids) == sorted(set(ids))


def test_boards_given_by_url_join_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOT_TEST_BOARDS", "serial:///dev/ttyACM0,socket://127.0.0.1:2323")
    *_, first, second = registry()
    assert (first.id, second.id) == ("serial:///dev/ttyACM0", "socket://127.0.0.1:2323")
    assert first.capabilities is None
    with second.start() as started:
        assert started.target() == "socket://127.0.0.1:2323"


def test_a_board_that_lacks_its_program_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    reasons = {board.id: board.unavailable_reason() for board in registry()}
    assert reasons["microbit-qemu"] == "no QEMU; apt-get install qemu-system-arm"
    assert reasons["node-wasm"] == "no Node.js; apt-get install nodejs npm"
    assert reasons["simulator-cpython"] is None
