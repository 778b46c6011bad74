"""The server's states, its talk with the virtual machine, and its bounds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_device.errors import LocalProtocolError
from iot_device.protocol.events import InterruptProgram, ProgramInput, RunSource, SoftReset
from iot_device.protocol.repl_profile import (
    CURRENT,
    MICROBIT_1_9_2,
    MPS2_1_29,
    PROFILES,
    RP2_1_19_1,
    RP2_1_28,
    ReplProfile,
)
from iot_device.protocol.repl_server import ReplServer, State
from iot_device.protocol.source_buffer import SourceBuffer

BANNER = b'board\r\nType "help()" for more information.\r\n>>> '
PASTE = b"\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== "
# What the host sends to get from the friendly prompt to a state.
WAYS = {
    State.FIRST_LINE: b"",
    State.NEXT_LINE: b"if a:\r",
    State.PASTE_MODE: b"\x05",
    State.RAW: b"\x01",
    State.RAW_PASTE: b"\x01\x05A\x01",
    State.RUNNING: b"1\r",
    State.BOOTING: b"\x04",
}


def _server(
    way: bytes = b"", profile: ReplProfile = CURRENT, *, max_source: int = 1000
) -> ReplServer:
    server = ReplServer(banner="board", profile=profile, max_source=max_source)
    server.start()
    server.receive_data(way)
    server.data_to_send()
    return server


def _events(server: ReplServer) -> list[object]:
    events: list[object] = []
    while (event := server.next_event()) is not None:
        events.append(event)
    return events


def _type(server: ReplServer, data: bytes) -> bytes:
    server.receive_data(data)
    return server.data_to_send()


# Power-on, boot and resets.


def test_a_new_server_boots_and_says_nothing() -> None:
    server = ReplServer(banner="board")
    assert server.is_running
    assert server.state is State.BOOTING
    assert _events(server) == []
    assert server.data_to_send() == b""


def test_power_on_ends_in_banner_and_friendly_prompt() -> None:
    server = ReplServer(banner="board")
    server.program_output(b"main.py here\r\n")
    server.start()
    assert server.data_to_send() == b"main.py here\r\n" + BANNER
    assert not server.is_running


def test_boot_can_be_interrupted_and_gets_input() -> None:
    server = ReplServer(banner="board")
    server.receive_data(b"ab\x03c")
    assert _events(server) == [InterruptProgram(), ProgramInput(b"c")]
    server.start(unread_input=b"c")
    assert server.data_to_send() == BANNER + b"c"


def test_hard_reset_forgets_mode_and_history() -> None:
    server = _server(b"1\r")
    server.program_finished()
    server.receive_data(b"\x01machine.reset()\x04")
    server.data_to_send()
    server.start()
    assert server.data_to_send() == BANNER
    assert _type(server, b"\x1b[A") == b""


@pytest.mark.parametrize(
    ("way", "said", "run_main"),
    [(b"", b"\r\n", True), (b"\x01", b"OK\r\n", False)],
)
def test_ctrl_d_is_a_soft_reset_and_keeps_the_mode(
    way: bytes, said: bytes, *, run_main: bool
) -> None:
    server = _server(way)
    assert _type(server, b"\x04") == said + b"MPY: soft reboot\r\n"
    assert _events(server) == [SoftReset(run_main=run_main)]
    assert server.state is State.BOOTING
    server.program_finished(b"an error in boot.py\r\n")
    end = BANNER if run_main else b"raw REPL; CTRL-B to exit\r\n>"
    assert server.data_to_send() == b"an error in boot.py\r\n" + end


def test_old_firmware_words_its_soft_reset_otherwise() -> None:
    assert _type(_server(b"", MICROBIT_1_9_2), b"\x04") == b"\r\nsoft reboot\r\n"


def test_input_sent_during_a_soft_reset_is_not_lost() -> None:
    server = _server(b"\x01")
    server.receive_data(b"\x04print(1)\x04")
    assert _events(server) == [SoftReset(run_main=False), ProgramInput(b"print(1)\x04")]
    server.program_finished(unread_input=b"print(1)\x04")
    assert _events(server) == [RunSource(b"print(1)", "exec")]


def test_system_exit_in_main_resets_again() -> None:
    server = _server(b"\x04")
    _events(server)
    server.program_finished(system_exit=True)
    assert server.data_to_send() == b"MPY: soft reboot\r\n"
    assert _events(server) == [SoftReset(run_main=True)]


@pytest.mark.parametrize("way", [b"1\r", b"\x051\x04"])
@pytest.mark.parametrize("profile", [RP2_1_28, RP2_1_19_1])
def test_system_exit_at_the_friendly_prompt(way: bytes, profile: ReplProfile) -> None:
    server = _server(way, profile)
    _events(server)
    server.program_finished(system_exit=True)
    if profile is RP2_1_28:
        assert server.data_to_send() == b"MPY: soft reboot\r\n"
        assert _events(server) == [SoftReset(run_main=True)]
    else:
        assert server.data_to_send() == b">>> "


# Programs.


@pytest.mark.parametrize(
    ("way", "typed", "event", "end"),
    [
        (b"", b"1\r", RunSource(b"1", "single"), b"tb>>> "),
        (b"if a:\r", b"b\r\r", None, b""),
        (b"if a:\r", b"b\r\x7f\x04", RunSource(b"if a:\n    b\n", "single"), b"tb>>> "),
        (b"\x05", b"a\rb\x04", RunSource(b"a\rb", "exec"), b"tb>>> "),
        (b"\x01", b"a\nb\x04", RunSource(b"a\nb", "exec"), b"\x04tb\x04>"),
        (b"\x01\x05A\x01", b"a\nb\x04", RunSource(b"a\nb", "exec"), b"\x04tb\x04>"),
    ],
)
def test_programs_run_and_their_end_is_shown(
    way: bytes, typed: bytes, event: RunSource | None, end: bytes
) -> None:
    server = _server(way)
    server.receive_data(typed)
    if event is None:
        assert not server.is_running
        return
    assert _events(server) == [event]
    server.data_to_send()
    server.program_output(b"text")
    server.program_finished(b"tb")
    assert server.data_to_send() == b"text" + end


def test_a_program_cannot_end_when_none_runs() -> None:
    with pytest.raises(LocalProtocolError) as caught:
        _server().program_finished()
    assert caught.value.state == "FIRST_LINE"


def test_output_between_runs_appears_where_it_falls() -> None:
    server = _server(b"\x01")
    server.receive_data(b"1\x04")
    _events(server)
    server.program_finished()
    server.program_output(b"tick\r\n")
    assert server.data_to_send() == b"OK\x04\x04>tick\r\n"


def test_input_that_the_program_left_is_typed_at_the_prompt() -> None:
    server = _server(b"\x01")
    server.receive_data(b"1\x04bob\rprint(2)\x04rest")
    assert _events(server) == [RunSource(b"1", "exec"), ProgramInput(b"bob\rprint(2)\x04rest")]
    server.program_finished(unread_input=b"print(2)\x04rest")
    assert server.data_to_send() == b"OK\x04\x04>OK"
    assert _events(server) == [RunSource(b"print(2)", "exec"), ProgramInput(b"rest")]


def test_input_that_the_driver_did_not_fetch_follows_what_the_program_left() -> None:
    server = _server()
    server.receive_data(b"1\r")
    assert server.next_event() == RunSource(b"1", "single")
    server.receive_data(b"a")
    assert server.next_event() == ProgramInput(b"a")
    server.receive_data(b"b")
    server.receive_data(b"c")
    server.data_to_send()
    server.program_finished(unread_input=b"a")
    assert server.data_to_send() == b">>> abc"
    assert _events(server) == []


# Interrupts.


def test_interrupts_that_nobody_fetched_are_one() -> None:
    server = _server(b"1\r")
    _events(server)
    server.receive_data(b"\x03\x03")
    assert _events(server) == [InterruptProgram()]
    server.receive_data(b"\x03")
    assert _events(server) == [InterruptProgram()]


def test_an_interrupt_that_came_too_late_is_forgotten() -> None:
    server = _server(b"1\r")
    assert server.next_event() == RunSource(b"1", "single")
    server.receive_data(b"\x03")
    server.program_finished()
    assert _events(server) == []
    assert server.data_to_send() == b">>> "


@pytest.mark.parametrize("fetched", [False, True])
@pytest.mark.parametrize(("profile", "left"), [(RP2_1_28, b"cd"), (RP2_1_19_1, b"abcd")])
def test_an_interrupt_clears_waiting_input_on_some_firmwares(
    profile: ReplProfile, left: bytes, *, fetched: bool
) -> None:
    server = _server(b"1\r", profile)
    assert server.next_event() == RunSource(b"1", "single")
    unread = b""
    for data in (b"ab", b"\x03c", b"d"):
        server.receive_data(data)
        events = _events(server) if fetched else []
        unread += b"".join(event.data for event in events if isinstance(event, ProgramInput))
    server.program_finished(unread_input=unread)
    assert server.data_to_send() == b">>> " + left


def test_input_before_an_interrupt_that_the_program_had_read_changes_nothing() -> None:
    server = _server(b"1\r")
    _events(server)
    server.receive_data(b"abc\x03de")
    server.program_finished(unread_input=b"")
    assert server.data_to_send() == b">>> de"


def test_a_port_that_does_not_listen_takes_ctrl_c_as_input() -> None:
    server = _server(b"1\r", MPS2_1_29)
    server.receive_data(b"a\x03b")
    assert _events(server)[1:] == [ProgramInput(b"a\x03b")]


def test_the_interrupt_character_can_be_changed_and_is_reset_by_the_next_run() -> None:
    server = _server(b"1\r")
    _events(server)
    server.set_interrupt_character(-1)
    server.receive_data(b"a\x03b")
    assert _events(server) == [ProgramInput(b"a\x03b")]
    server.set_interrupt_character(ord("q"))
    server.receive_data(b"\x03qz")
    assert _events(server) == [InterruptProgram(), ProgramInput(b"z")]
    server.program_finished()
    server.receive_data(b"1\r\x03")
    assert _events(server) == [RunSource(b"1", "single"), InterruptProgram()]


# Paste mode and the raw REPL.


def test_paste_mode_echoes_every_byte() -> None:
    server = _server()
    assert _type(server, b"\x05") == PASTE
    assert _type(server, b"a\xff\x00\x01\n\rb") == b"a\xff\x00\x01\n\r\n=== b"
    server.receive_data(b"\x04")
    assert _events(server) == [RunSource(b"a\xff\x00\x01\n\rb", "exec")]


def test_paste_mode_given_up_runs_nothing() -> None:
    server = _server(b"\x05")
    assert _type(server, b"a\r\x03") == b"a\r\n=== \r\n>>> "
    assert _events(server) == []
    server.receive_data(b"\x05\x04")
    assert _events(server) == [RunSource(b"", "exec")]


def test_ctrl_c_clears_the_raw_line_silently() -> None:
    server = _server(b"\x01")
    assert _type(server, b"half\x03") == b""
    server.receive_data(b"whole\x04")
    assert _events(server) == [RunSource(b"whole", "exec")]


def test_ctrl_b_leaves_the_raw_repl_and_drops_its_line() -> None:
    server = _server(b"\x01")
    assert _type(server, b"half\x02") == b"\r\n" + BANNER
    assert _type(server, b"x") == b"x"


# Bounds and garbage.


@pytest.mark.parametrize(
    ("way", "answer"), [(b"\x01", b"OK\x04%b\x04>"), (b"\x05", b"0123456789AB\r\n%b>>> ")]
)
def test_a_program_that_is_too_long_is_dropped(way: bytes, answer: bytes) -> None:
    server = _server(way, max_source=10)
    error = b"MemoryError: memory allocation failed, allocating 11 bytes\r\n"
    assert _type(server, b"0123456789AB\x04") == answer % error
    assert _events(server) == []
    server.receive_data(way[:1] if way == b"\x05" else b"")
    server.receive_data(b"0123456789\x04")
    assert _events(server) == [RunSource(b"0123456789", "exec")]


def test_a_source_that_is_too_long_takes_no_memory() -> None:
    source = SourceBuffer(10)
    source.add(b"0123456789")
    assert (bytes(source), source.is_too_long) == (b"0123456789", False)
    source.add(b"A")
    source.add(b"B")
    assert (len(source), source.is_too_long, source.is_empty) == (0, True, False)


def test_ctrl_c_gives_a_too_long_program_up() -> None:
    server = _server(b"\x01", max_source=10)
    server.receive_data(b"0123456789A\x03print(1)\x04")
    assert _events(server) == [RunSource(b"print(1)", "exec")]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
@pytest.mark.parametrize("state", State)
def test_every_byte_in_every_state_leads_to_a_state(profile: ReplProfile, state: State) -> None:
    if state is State.RAW_PASTE and profile.window is None:
        return
    for byte in range(256):
        server = _server(WAYS[state], profile)
        assert server.state is state
        server.receive_data(bytes([byte]))
        _events(server)
        if server.is_running:
            server.program_finished()
        assert server.state in WAYS


@settings(max_examples=200, deadline=None)
@given(
    profile=st.sampled_from(list(PROFILES.values())),
    pieces=st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.sampled_from([b"\x01", b"\x02", b"\x03", b"\x04", b"\x05", b"\x05A\x01", b"\x1b[A"]),
            st.sampled_from([b"if a:\r", b"print(1)\r", b"x = 1\n", b"\r"]),
        ),
        max_size=30,
    ),
)
def test_any_input_is_taken_in_any_cut(profile: ReplProfile, pieces: list[bytes]) -> None:
    """Two boards get the same bytes, one of them byte by byte, and behave the same."""
    whole, cut = _server(b"", profile), _server(b"", profile)
    for piece in pieces:
        whole.receive_data(piece)
        for byte in piece:
            cut.receive_data(bytes([byte]))
        assert whole.state is cut.state
        assert whole.data_to_send() == cut.data_to_send()
        if whole.is_running:
            runs = [e for e in _events(whole) if not isinstance(e, ProgramInput)]
            assert runs == [e for e in _events(cut) if not isinstance(e, ProgramInput)]
            whole.program_finished()
            cut.program_finished()
