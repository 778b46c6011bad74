r"""The line editor of the friendly REPL draws what the firmware's ``readline`` draws.

The expected bytes were compared with those of MicroPython 1.25 (unix build) on a pseudo terminal.
"""

from __future__ import annotations

import pytest

from iot_device.protocol.events import RunSource
from iot_device.protocol.repl_profile import CURRENT, MICROBIT_1_9_2, ReplProfile
from iot_device.protocol.repl_server import ReplServer


def _server(profile: ReplProfile = CURRENT, max_line: int = 65536) -> ReplServer:
    server = ReplServer(banner="board", profile=profile, max_line=max_line)
    server.start()
    server.data_to_send()
    return server


def _type(server: ReplServer, keys: bytes) -> bytes:
    server.receive_data(keys)
    return server.data_to_send()


def _run(server: ReplServer, keys: bytes) -> bytes:
    """Type a line that runs; return its source."""
    server.receive_data(keys)
    event = server.next_event()
    assert isinstance(event, RunSource)
    assert event.kind == "single"
    assert server.next_event() is None
    server.program_finished()
    server.data_to_send()
    return event.source


@pytest.mark.parametrize(
    ("keys", "drawn"),
    [
        pytest.param(b"ab", b"ab", id="characters"),
        pytest.param(b"ab\x1b[D\x1b[D", b"ab\b\b", id="left"),
        pytest.param(b"ab\x02", b"ab\b", id="left by Ctrl-B"),
        pytest.param(b"a\x1b[D\x1b[D", b"a\b", id="left stops at the start"),
        pytest.param(b"ab\x1b[D\x1b[C\x1b[C", b"ab\bb", id="right draws, and stops at the end"),
        pytest.param(b"ab\x02\x06", b"ab\bb", id="right by Ctrl-F"),
        pytest.param(b"abc\x01", b"abc\b\b\b", id="start by Ctrl-A"),
        pytest.param(b"abcde\x1b[H", b"abcde\x1b[5D", id="start by Home, far"),
        pytest.param(b"abc\x1b[1~", b"abc\b\b\b", id="start by another Home"),
        pytest.param(b"abc\x1b[7~", b"abc\b\b\b", id="start by a third Home"),
        pytest.param(b"abc\x1bOH", b"abc\b\b\b", id="start by a fourth Home"),
        pytest.param(b"abc\x01\x05", b"abc\b\b\babc", id="end by Ctrl-E"),
        pytest.param(b"abc\x01\x1b[F", b"abc\b\b\babc", id="end by End"),
        pytest.param(b"abc\x01\x1b[4~", b"abc\b\b\babc", id="end by another End"),
        pytest.param(b"abc\x01\x1b[8~", b"abc\b\b\babc", id="end by a third End"),
        pytest.param(b"abc\x01\x1bOF", b"abc\b\b\babc", id="end by a fourth End"),
        pytest.param(b"bc\x01a", b"bc\b\babc\b\b", id="insert"),
        pytest.param(b"abc\x7f", b"abc\b\x1b[K", id="backspace"),
        pytest.param(b"abc\x02\x08", b"abc\b\b\x1b[Kc\b", id="backspace inside"),
        pytest.param(b"\x7f", b"", id="backspace at the start"),
        pytest.param(b"     \x7f", b"     \b\b\b\b\x1b[K", id="backspace takes an indent"),
        pytest.param(b"   \x7f", b"   \b\x1b[K", id="backspace takes one of three spaces"),
        pytest.param(b"abc\x01\x04", b"abc\b\b\b\x1b[Kbc\b\b", id="delete by Ctrl-D"),
        pytest.param(b"abc\x02\x1b[3~", b"abc\b\x1b[K", id="delete by Delete"),
        pytest.param(b"a\x1b[3~", b"a", id="delete at the end"),
        pytest.param(b"abcd\x02\x02\x0b", b"abcd\b\b\x1b[K", id="cut to the end"),
        pytest.param(b"abcd\x02\x02\x15", b"abcd\b\b\b\b\x1b[Kcd\b\b", id="cut to the start"),
        pytest.param(b"a\t", b"a", id="tab after a letter"),
        pytest.param(b"\t", b"", id="tab in an empty line"),
        pytest.param(b"a \t", b"a     ", id="tab after a space"),
        pytest.param(b"a\x1b[Za", b"aa", id="unknown key"),
        pytest.param(b"a\x1b[9~a", b"aa", id="unknown numbered key"),
        pytest.param(b"a\x1b[12a", b"aa", id="key with too many digits"),
        pytest.param(b"a\x1bxa", b"aa", id="unknown escape"),
        pytest.param(b"a\x1b\x03a", b"aa", id="Ctrl-C belongs to the escape"),
        pytest.param(b"a\x00\x07\x0c\xc3\xa9\xff", b"a", id="other bytes"),
        pytest.param(b"a\x03", b"a\r\n>>> ", id="Ctrl-C"),
        pytest.param(b"\r", b"\r\n>>> ", id="Enter in an empty line"),
        pytest.param(b"\n", b"\r\n>>> ", id="line feed"),
        pytest.param(b"\r\n\r\n", b"\r\n>>> \r\n>>> ", id="carriage return and line feed"),
        pytest.param(b"\n\n", b"\r\n>>> \r\n>>> ", id="two line feeds"),
        pytest.param(b"if a:\r", b"if a:\r\n...     ", id="indent"),
        pytest.param(b"f(\r", b"f(\r\n... ", id="no indent in brackets"),
        pytest.param(b"if a:\r\x7f", b"if a:\r\n...     \b\b\b\b\x1b[K", id="indent taken back"),
        pytest.param(b"if a:\r b", b"if a:\r\n...     \b\b\bb", id="space stands for the indent"),
        pytest.param(b"if a:\r\tb", b"if a:\r\n...     b", id="tab leaves the indent"),
        pytest.param(b"if a:\rb \r", b"if a:\r\n...     b \r\n...     ", id="indent is kept"),
        pytest.param(
            b"if a:\r if b:\r", b"if a:\r\n...     \b\b\bif b:\r\n... ", id="no more indents"
        ),
        pytest.param(b"if a:\r\tb\r", b"if a:\r\n...     b\r\n... ", id="no more after a tab"),
        pytest.param(
            b"if a:\rif b:\r", b"if a:\r\n...     if b:\r\n...         ", id="indent in an indent"
        ),
        pytest.param(
            b"if a:\r\r\r",
            b"if a:\r\n...     \r\n...     \r\n... ",
            id="two lines of spaces end the indent",
        ),
        pytest.param(b"f(\r\r\r", b"f(\r\n... \r\n... \r\n... ", id="empty lines in brackets"),
        pytest.param(b"f(\r\x01\x02\x05", b"f(\r\n... ... ... ... ", id="Ctrl-A, B and E go on"),
        pytest.param(b"f(\r\x03", b"f(\r\n... \r\n>>> ", id="Ctrl-C in the second line"),
        pytest.param(b"if a:\rb\x15c", b"if a:\r\n...     b\x1b[5D\x1b[Kc", id="cut in line two"),
    ],
)
def test_keys_are_drawn(keys: bytes, drawn: bytes) -> None:
    assert _type(_server(), keys) == drawn


@pytest.mark.parametrize(
    ("keys", "source"),
    [
        (b"prnt(1)\x02\x02\x02\x02\x02i\r", b"print(1)"),
        (b"aXb\x02\x08\r", b"ab"),
        (b"abc\x01\x04\r", b"bc"),
        (b"a b c\x02\x02\x0b\r", b"a b"),
        (b"a b c\x02\x02\x15\r", b" c"),
        (b"if a:\r\tb\r\r", b"if a:\n    b\n"),
        (b"if a:\r b\r\r", b"if a:\n b\n"),
        (b"if a:\rb\r\x7f\x04", b"if a:\n    b\n"),
        (b"f(\r1)\r", b"f(\n1)"),
        (b"(1)\n", b"(1)"),
    ],
)
def test_edited_text_runs(keys: bytes, source: bytes) -> None:
    assert _run(_server(), keys) == source


def test_older_firmware_knows_no_line_feed() -> None:
    server = _server(MICROBIT_1_9_2)
    assert _type(server, b"1\n2") == b"12"
    assert _run(server, b"\r") == b"12"


def test_history_recalls_the_lines_newest_first() -> None:
    server = _server()
    for line in (b"one\r", b"two\r", b"two\r"):
        _run(server, line)
    assert _type(server, b"x\x1b[A") == b"x\btwo"
    assert _type(server, b"\x1b[A") == b"\b\b\bone"
    assert _type(server, b"\x10") == b"", "there is no older line"
    assert _type(server, b"\x1b[B") == b"\b\b\btwo"
    assert _type(server, b"\x0e") == b"\b\b\b\x1b[K"
    assert _type(server, b"\x1b[B") == b""
    assert _run(server, b"\x10\r") == b"two"


def test_history_keeps_eight_lines() -> None:
    server = _server()
    for number in range(9):
        _run(server, b"%d\r" % number)
    assert _run(server, b"\x10" * 20 + b"\r") == b"1"


def test_history_is_lost_by_a_soft_reset() -> None:
    server = _server()
    _run(server, b"one\r")
    server.receive_data(b"\x04")
    server.program_finished()
    server.data_to_send()
    assert _type(server, b"\x1b[A") == b""


def test_a_line_that_is_too_long_is_dropped() -> None:
    server = _server(max_line=10)
    assert _type(server, b"0123456789ABC") == b"0123456789"
    assert _type(server, b"\r") == (
        b"\r\nMemoryError: memory allocation failed, allocating 11 bytes\r\n>>> "
    )
    assert server.next_event() is None
    assert _run(server, b"0123456789\r") == b"0123456789"


def test_many_short_lines_are_dropped_too() -> None:
    server = _server(max_line=10)
    assert _type(server, b"(" + b"\r" * 12).count(b"MemoryError") == 1
    assert server.next_event() is None


def test_a_history_line_that_does_not_fit_is_not_recalled() -> None:
    server = _server(max_line=10)
    _run(server, b"12345678\r")
    assert _type(server, b"(((\r\x1b[A\x1b[A") == b"(((\r\n... ((("
