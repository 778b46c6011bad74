"""Raw paste on the board's side: credits, the early end, and hosts that ignore the window."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iot_device.protocol.events import RunSource
from iot_device.protocol.repl_profile import CURRENT, UNIX_1_29
from iot_device.protocol.repl_server import ReplServer, State

REQUEST = b"\x05A\x01"
# Any byte but Ctrl-C and Ctrl-D, which end a paste.
CODE = st.lists(st.sampled_from([byte for byte in range(256) if byte not in (3, 4)])).map(bytes)


def _server(window: int = 128, **options: object) -> ReplServer:
    server = ReplServer(banner="board", profile=replace(CURRENT, window=window), **options)  # type: ignore[arg-type]  # the test's own options
    server.start()
    server.receive_data(b"\x01")
    server.data_to_send()
    return server


def _begin(server: ReplServer) -> bytes:
    server.receive_data(REQUEST)
    return server.data_to_send()


@pytest.mark.parametrize("window", [1, 32, 128, 255, 256, 300, 65535])
def test_answer_holds_the_window_low_byte_first(window: int) -> None:
    assert _begin(_server(window)) == b"R\x01" + bytes([window & 255, window >> 8]) + b"\x01"


@given(window=st.integers(1, 300), code=CODE, data=st.data())
@example(window=4, code=b"12345678", data=None)
@example(window=1, code=b"", data=None)
def test_code_of_a_host_that_keeps_the_window_arrives_whole(
    window: int, code: bytes, data: st.DataObject | None
) -> None:
    server = _server(window)
    _begin(server)
    credit, sent, granted = 2 * window, 0, 0
    while sent < len(code):
        most = min(credit, len(code) - sent)
        size = data.draw(st.integers(1, most)) if data else most
        server.receive_data(code[sent : sent + size])
        sent += size
        answer = server.data_to_send()
        assert answer == b"\x01" * (sent // window - granted), "one 0x01 for each whole window"
        granted = sent // window
        credit += window * len(answer) - size
    server.receive_data(b"\x04")
    assert server.data_to_send() == b"\x04"
    assert server.next_event() == RunSource(code, "exec")
    assert server.window_overruns == 0


@given(window=st.integers(1, 300), cuts=st.lists(st.integers(0, 1000), max_size=5).map(sorted))
def test_credits_do_not_depend_on_the_cuts(window: int, cuts: list[int]) -> None:
    server = _server(window)
    code = b"x" * 1000
    edges = [0, *cuts, len(code)]
    _begin(server)
    for start, end in pairwise(edges):
        server.receive_data(code[start:end])
    assert server.data_to_send() == b"\x01" * (len(code) // window)


def test_host_that_ignores_the_window_is_detected() -> None:
    server = _server(128)
    _begin(server)
    server.receive_data(b"x" * 300)
    assert server.window_overruns == 300 - 256


def test_a_credit_counts_only_when_the_host_can_have_it() -> None:
    server = _server(10)
    _begin(server)
    server.receive_data(b"x" * 20)
    server.receive_data(b"x")  # two credits were granted, but nobody fetched them
    assert server.window_overruns == 1
    server.data_to_send()
    server.receive_data(b"x" * 19)
    assert server.window_overruns == 1
    server.receive_data(b"x" * 2)
    assert server.window_overruns == 3


def test_host_that_does_not_wait_for_the_answer_is_detected() -> None:
    server = _server()
    server.receive_data(REQUEST + b"print(1)\x04")
    assert server.window_overruns == len(b"print(1)")


def test_the_end_of_the_paste_needs_no_credit() -> None:
    server = _server(4)
    _begin(server)
    server.receive_data(b"12345678\x04")
    assert server.window_overruns == 0


def test_the_next_paste_begins_with_new_credit() -> None:
    server = _server(4)
    for code in (b"1234567", b"8"):
        assert _begin(server) == b"R\x01\x04\x00\x01"
        server.receive_data(code + b"\x04")
        assert server.data_to_send().endswith(b"\x04")
        assert server.next_event() == RunSource(code, "exec")
        server.program_finished()
        assert server.data_to_send() == b"\x04\x04>"
    assert server.window_overruns == 0
    _begin(server)
    server.receive_data(b"123456789")
    assert server.window_overruns == 1, "what was left of older credit is gone"


def test_ctrl_c_ends_the_paste_and_nothing_runs() -> None:
    server = _server()
    _begin(server)
    server.receive_data(b"print(1)\n\x03")
    assert server.data_to_send() == b"\x04\x04KeyboardInterrupt: \r\n\x04>"
    assert server.next_event() is None
    assert server.state is State.RAW


def test_tracebacks_end_as_the_port_ends_lines() -> None:
    server = ReplServer(banner="board", profile=UNIX_1_29)
    server.start()
    server.receive_data(b"\x01" + REQUEST)
    server.data_to_send()
    server.receive_data(b"\x03")
    assert server.data_to_send() == b"\x04\x04KeyboardInterrupt: \n\x04>"


@pytest.mark.parametrize("end", [b"\x03", b"\x04"])
def test_broken_source_ends_the_paste_at_its_line(end: bytes) -> None:
    server = _server(8, source_is_broken=lambda source: b"= =" in source)
    _begin(server)
    server.receive_data(b"a = 1\nb = = 2\nc")
    assert server.data_to_send() == b"\x01\x04", "no credit for what is thrown away"
    server.receive_data(b" = 3\nd = 4\n")
    assert server.data_to_send() == b""
    assert server.next_event() is None
    server.receive_data(end)
    assert server.data_to_send() == b""
    assert server.next_event() == RunSource(b"a = 1\nb = = 2\n", "exec")
    server.program_finished(b"SyntaxError: invalid syntax\r\n")
    assert server.data_to_send() == b"\x04SyntaxError: invalid syntax\r\n\x04>"


def test_a_host_that_goes_on_after_the_early_end_is_still_held_to_its_credit() -> None:
    server = _server(8, source_is_broken=lambda _: True)
    _begin(server)
    server.receive_data(b"=\n" + b"x" * 20)
    assert server.window_overruns == 22 - 16


def test_source_is_looked_at_at_line_ends_only() -> None:
    seen: list[bytes] = []

    def is_broken(source: bytes) -> bool:
        seen.append(source)
        return False

    server = _server(4, source_is_broken=is_broken)
    _begin(server)
    for byte in b"a = 1\n\nif a:\n  pass":
        server.receive_data(bytes([byte]))
    assert seen == [b"a = 1\n", b"a = 1\n\n", b"a = 1\n\nif a:\n"]


def test_a_long_source_is_looked_at_rarely() -> None:
    sizes: list[int] = []

    def is_broken(source: bytes) -> bool:
        sizes.append(len(source))
        return False

    server = _server(source_is_broken=is_broken)
    _begin(server)
    server.receive_data(b"a = 1\n" * 20000 + b"\x04")
    assert sum(sizes) < 20 * 120000
    assert server.next_event() == RunSource(b"a = 1\n" * 20000, "exec")


@pytest.mark.parametrize("end", [b"\x03", b"\x04"])
def test_a_program_that_is_too_long_ends_the_paste(end: bytes) -> None:
    server = _server(8, max_source=10)
    _begin(server)
    server.receive_data(b"0123456789")
    assert server.data_to_send() == b"\x01"
    server.receive_data(b"A" * 100)
    assert server.data_to_send() == b"\x01\x04", "no credit after the end"
    server.receive_data(end)
    assert server.data_to_send() == (
        b"\x04MemoryError: memory allocation failed, allocating 11 bytes\r\n\x04>"
    )
    assert server.next_event() is None
    _begin(server)
    server.receive_data(b"0123456789\x04")
    assert server.next_event() == RunSource(b"0123456789", "exec")


@pytest.mark.parametrize("request_", [b"\x05B\x01", b"\x05\x05\x01", b"\x05\x00\x01", b"\x05>\x01"])
def test_other_variants_are_known_but_refused(request_: bytes) -> None:
    server = _server()
    server.receive_data(request_)
    assert server.data_to_send() == b"R\x00>"
    server.receive_data(b"1\x04")
    assert server.next_event() == RunSource(b"1", "exec")


@pytest.mark.parametrize("line", [b"\x01", b"\x05\x01", b"\x05AA\x01", b"xA\x01", b"AA\x01"])
def test_other_lines_before_ctrl_a_begin_again(line: bytes) -> None:
    server = _server()
    server.receive_data(line)
    assert server.data_to_send() == b"raw REPL; CTRL-B to exit\r\n>"


def test_firmware_without_raw_paste_begins_again() -> None:
    server = ReplServer(banner="board", profile=replace(CURRENT, window=None))
    server.start()
    server.receive_data(b"\x01")
    server.data_to_send()
    assert _begin(server) == b"raw REPL; CTRL-B to exit\r\n>"
