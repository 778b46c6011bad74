"""What the host says to a function of the board while that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from iot_device.errors import ExecutionError, ExecutionInterrupted

if TYPE_CHECKING:
    from iot_device.session import Session
    from session.watched import WatchedTransport


class Listener:
    """Says nothing, and notes what it hears and when it is told of a silence."""

    is_settled = True

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.items: list[Any] = []
        self.silences = 0

    def receive_data(self, data: bytes) -> bytes:
        return data

    def receive_item(self, item: Any) -> None:
        self.items.append(item)

    def data_to_send(self) -> bytes:
        return b""

    def silence(self, *, unsent: bool) -> bool:
        assert not unsent
        self.silences += 1
        return True


def test_output_that_is_held_back_as_a_possible_end_is_no_silence(session: Session) -> None:
    for _ in range(20):
        listener = Listener(patience=30.0)
        session.call("files_stats", ("/nothing",), exchange=listener)
        assert (listener.items, listener.silences) == ([2], 0)


def test_a_board_that_says_nothing_for_so_long_is_silent(session: Session) -> None:
    session.execute(
        "import os, time\n"
        "old = os.stat\n"
        "def slow(path):\n"
        "    time.sleep(0.5)\n"
        "    return old(path)\n"
        "os.stat = slow\n"
    )
    listener = Listener(patience=0.05)
    session.call("files_stats", ("/nothing",), exchange=listener)
    assert listener.silences > 1


def test_a_board_that_did_not_read_the_question_is_asked_again(
    session: Session, transport: WatchedTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Impatient(Listener):
        def silence(self, *, unsent: bool) -> bool:
            super().silence(unsent=unsent)
            monkeypatch.setattr(transport, "write", lose_one_question)
            return False

    lost: list[bytes] = []

    def lose_one_question(data: bytes, timeout: float | None) -> int:
        if not b"".join(lost).endswith(b"\x01"):  # Ctrl-C and Ctrl-A may be written apart
            lost.append(data)
            return len(data)
        return write(data, timeout)

    write = transport.write
    session.execute("import os, time\nos.stat = lambda path: time.sleep(60)")
    with pytest.raises(ExecutionInterrupted):
        session.call("files_stats", ("/nothing",), exchange=Impatient(patience=0.05))
    assert b"".join(lost) == b"\x03\x01"


def test_a_function_without_memory_says_what_frees_some(session: Session) -> None:
    session.execute("import os\ndef stat(path):\n    raise MemoryError\nos.stat = stat")
    with pytest.raises(ExecutionError, match="MemoryError") as caught:
        session.call("files_stats", ("/nothing",))
    assert "iot softreset" in (caught.value.hint or "")
