"""The parts of the simulator that need no virtual machine."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_device.errors import ConnectionLostError
from iot_device.simulator.messages import DriverMessage, MessageReader
from iot_device.simulator.source_check import source_is_broken
from iot_device.simulator.wire import MAX_WAITING, Wire

TOKEN = b"0123456789abcdef"


def _message(kind: bytes, payload: bytes) -> bytes:
    return TOKEN + kind + len(payload).to_bytes(4, "big") + payload


@given(
    st.lists(st.binary(max_size=40) | st.tuples(st.binary(min_size=1, max_size=1), st.binary())),
    st.data(),
)
def test_messages_are_found_however_the_bytes_are_cut(
    items: list[bytes | tuple[bytes, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(_message(*item) if isinstance(item, tuple) else item for item in items)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    reader = MessageReader(TOKEN)
    found: list[bytes | DriverMessage] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.feed(stream[start:end], more_waits=True)
    found += reader.feed(b"", more_waits=False)
    messages = [item for item in found if isinstance(item, DriverMessage)]
    assert [(message.kind, message.payload) for message in messages] == [
        item for item in items if isinstance(item, tuple)
    ]
    assert b"".join(item for item in found if isinstance(item, bytes)) == b"".join(
        item for item in items if isinstance(item, bytes)
    )


def test_output_that_looks_like_the_beginning_of_a_token_is_not_held_back() -> None:
    reader = MessageReader(TOKEN)
    assert list(reader.feed(b"end 0123", more_waits=False)) == [b"end 0123"]


@pytest.mark.parametrize("source", [b"x = = 1\n", b"x = 1\ndef f(:\n", b"a b\n"])
def test_what_no_line_can_mend_is_broken(source: bytes) -> None:
    assert source_is_broken(source)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"if x:\n",
        b"if x:\n    y\n",
        b"try:\n    y\n",
        b"x = (1,\n",
        b"x = '''a\n",
        b"x = 1 + \\\n",
        b"@micropython.viper\n",
        b"def f():\n  if x:\n    y\n  z\n",
        b"  indented\n",
        b"\xff\n",
        b"x = '\0'\n",
        b"class A:\n\n    def f(self): pass\n",
        b"x = {\n  'a': [\n",
    ],
)
def test_what_may_go_on_is_not_broken(source: bytes) -> None:
    assert not source_is_broken(source)


def test_a_wire_takes_no_more_than_its_limit() -> None:
    changed = threading.Condition()
    wire = Wire(changed, "sim://")
    assert wire.write(bytes(MAX_WAITING + 10), 0) == MAX_WAITING
    assert wire.write(b"x", 0) == 0
    with changed:
        assert wire.take() == bytes(MAX_WAITING)
    assert wire.write(b"x", 0) == 1


def test_a_wire_that_ended_gives_first_what_was_sent() -> None:
    changed = threading.Condition()
    wire = Wire(changed, "sim://")
    with changed:
        wire.send(b"last words")
        wire.end()
    assert wire.read(1) == b"last words"
    for _ in range(2):
        with pytest.raises(ConnectionLostError):
            wire.read(1)
    with pytest.raises(ConnectionLostError):
        wire.write(b"x", 0)
