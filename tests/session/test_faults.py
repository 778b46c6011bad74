"""What a session does when the link or the board does not do as it should."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from iot_device.errors import (
    BoardTimeoutError,
    ConnectionLostError,
    ExecutionInterrupted,
    RemoteProtocolError,
    ResultError,
)
from iot_device.session.entry import BOOT_TIME
from iot_device.session.link import INTERRUPT_INTERVAL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from iot_device.session import Session
    from session.watched import WatchedTransport

RESET = "__import__('machine').reset()"
ENOUGH = 20.0  # seconds


def test_a_cable_pulled_in_mid_run_is_one_clear_error(
    session: Session, transport: WatchedTransport
) -> None:
    with pytest.raises(ConnectionLostError):
        session.execute("print(1)\nwhile True: pass", on_output=lambda _: transport.cut())


def test_a_board_that_falls_silent_is_noticed_by_the_deadline(
    session: Session, transport: WatchedTransport
) -> None:
    session.execute("pass", timeout=ENOUGH)
    transport.is_mute = True
    start = time.monotonic()
    with pytest.raises(BoardTimeoutError) as caught:
        session.execute("print(1)", timeout=0.3)
    assert time.monotonic() - start < 10
    assert caught.value.waiting_for == "the board to take the program"
    assert "memory" in (caught.value.hint or "")


def test_the_next_command_works_after_a_silence(
    session: Session, transport: WatchedTransport
) -> None:
    session.execute("pass", timeout=ENOUGH)
    transport.is_mute = True
    with pytest.raises(BoardTimeoutError):
        session.execute("print('lost')", timeout=0.3)
    transport.is_mute = False
    assert session.execute("print('found')", timeout=ENOUGH).text == "found\n"


def test_noise_in_front_of_every_answer_reaches_no_result(
    session: Session, transport: WatchedTransport
) -> None:
    session.execute("pass", timeout=ENOUGH)
    for number in range(10):
        transport.change = _once_before(b"tick\r\n")
        result = session.execute(f"print({number})" + "#" * 300, timeout=ENOUGH)
        assert result.text == f"{number}\n"


def _once_before(noise: bytes) -> Callable[[bytes], bytes]:
    pending = [noise]

    def change(data: bytes) -> bytes:
        return pending.pop() + data if data and pending else data

    return change


def test_surplus_bytes_never_reach_the_next_command(session: Session) -> None:
    forged = "import time\nprint('a\\x04\\x04>', end='')\ntime.sleep(0.3)\nprint('late')"
    assert session.execute(forged, timeout=ENOUGH).output == b"a\x04\x04>late\r\n"
    assert session.execute("print('next')", timeout=ENOUGH).text == "next\n"


def test_a_program_that_forges_its_end_and_sleeps_long_is_followed_to_its_end(
    session: Session,
) -> None:
    forged = "import time\nprint('\\x04\\x04>', end='')\ntime.sleep(1.6)\nprint('end')"
    result = session.execute(forged, timeout=ENOUGH)
    assert (result.output, result.status) == (b"\x04\x04>end\r\n", "ok")
    assert session.execute("print('next')", timeout=ENOUGH).text == "next\n"


def test_after_a_forged_end_and_a_reset_that_nobody_saw_the_next_program_runs(
    session: Session, transport: WatchedTransport
) -> None:
    session.execute("pass", timeout=ENOUGH)
    session.execute("pass", timeout=ENOUGH)  # from now on the board writes the tokens itself
    end = b"\x04\x04>"

    def lose_the_boot(data: bytes) -> bytes:
        boot = data.partition(end)[2]
        while end in data and b">>> " not in boot:
            boot += transport.inner.read(ENOUGH)
        return data.partition(end)[0] + end if end in data else data

    transport.change = lose_the_boot
    forged = f"print('done', end='\\x04\\x04>')\n{RESET}"
    result = session.execute(forged, check=False, timeout=ENOUGH)
    assert (result.text, result.status) == ("done", "unknown")
    transport.change = lambda data: data
    assert session.execute("print('next')", timeout=ENOUGH).text == "next\n"


def test_a_timer_that_is_never_quiet_does_not_hide_the_end_of_a_broken_program(
    session: Session, transport: WatchedTransport
) -> None:
    session.execute("pass", timeout=ENOUGH)
    ticking = False

    def tick(data: bytes) -> bytes:
        nonlocal ticking
        ticking = ticking or b"SyntaxError" in data
        return data + b"tick\r\n" if ticking else data

    transport.change = tick
    result = session.execute("x = = 1", check=False, timeout=5.0)
    assert result.exception == "SyntaxError"


def test_a_reply_that_is_no_answer_of_ours_is_an_error(session: Session) -> None:
    # Not by changing bytes on the way: a random token may hold the same ones.
    shown = "__import__('os').system('x')"
    session.execute(f"class Liar:\n    def __repr__(self): return {shown!r}", timeout=ENOUGH)
    with pytest.raises(ResultError):
        session.evaluate("Liar()", timeout=ENOUGH)


def test_a_link_that_speaks_gibberish_ends_in_an_error_in_time(
    session: Session, transport: WatchedTransport
) -> None:
    transport.change = lambda data: bytes(reversed(data))
    with pytest.raises((BoardTimeoutError, RemoteProtocolError)):
        session.execute("pass", timeout=2.0)


@pytest.mark.parametrize("killed_in", ["raw", "half a line", "raw paste", "paste mode", "input"])
def test_what_a_killed_tool_left_behind_is_cleaned_up(
    session: Session, transport: WatchedTransport, killed_in: str
) -> None:
    left = {
        "raw": b"\r\x01",
        "half a line": b"\r\x01print('half",
        "raw paste": b"\r\x01\x05A\x01x = 1",
        "paste mode": b"\x05x = 1\r",
        "input": b"input('what? ')\r",
    }
    transport.write(left[killed_in], 1.0)
    assert session.execute("print('well')", timeout=ENOUGH).text == "well\n"


def test_a_running_program_is_stopped_and_that_is_known(
    session: Session, transport: WatchedTransport
) -> None:
    transport.write(b"while True: pass\r\r\r", 1.0)
    session.execute("pass", timeout=ENOUGH)
    assert session.stopped_program


def test_an_idle_board_has_no_program_to_stop(session: Session) -> None:
    session.execute("pass", timeout=ENOUGH)
    assert not session.stopped_program


def test_a_program_that_ignores_ctrl_c_is_named_in_the_error(
    session: Session, transport: WatchedTransport
) -> None:
    stubborn = (
        "\r\x01import micropython, time\nmicropython.kbd_intr(-1)\n"
        "while True: print('stubborn'); time.sleep(0.1)\n\x04"
    )
    transport.write(stubborn.encode(), 1.0)
    heard = b""
    while b"stubborn" not in heard:
        heard += transport.read(ENOUGH)
    with pytest.raises(BoardTimeoutError) as caught:
        session.execute("pass", timeout=3.0)
    assert "ignores Ctrl-C" in caught.value.message
    assert "reset" in (caught.value.hint or "")
    assert "\n" not in caught.value.message


def test_a_silent_board_is_named_in_the_error(
    session: Session, transport: WatchedTransport
) -> None:
    transport.is_mute = True
    with pytest.raises(BoardTimeoutError) as caught:
        session.execute("pass", timeout=1.0)
    assert "silent" in caught.value.message


# Interrupts.


def test_interrupts_are_sent_at_most_twice_a_second(
    session: Session, transport: WatchedTransport
) -> None:
    program = (
        "import time\nn = 0\nprint('on')\nwhile n < 2:\n"
        "    try:\n        time.sleep(30)\n    except KeyboardInterrupt:\n        n += 1\n"
    )
    stop = threading.Event()

    def hammer() -> None:
        while not stop.wait(0.01):
            session.interrupt()

    session.execute("pass", timeout=ENOUGH)
    transport.written.clear()
    thread = threading.Thread(target=hammer)

    def start(_: bytes) -> None:
        if not thread.is_alive():
            thread.start()

    session.execute(program, on_output=start, timeout=ENOUGH)
    stop.set()
    thread.join()
    first, second = transport.times_of(b"\x03")[:2]
    assert second - first > INTERRUPT_INTERVAL * 0.9


def test_entering_sends_ctrl_c_at_most_twice_a_second(
    session: Session, transport: WatchedTransport
) -> None:
    transport.is_mute = True
    with pytest.raises(BoardTimeoutError):
        session.execute("pass", timeout=2.5)
    times = transport.times_of(b"\x03")
    assert len(times) >= 3
    # A time is noted after the byte was written, which may take long for the first of two.
    assert all(later - sooner > INTERRUPT_INTERVAL * 0.9 for sooner, later in pairwise(times))


def test_an_interrupt_without_a_run_does_nothing(
    session: Session, transport: WatchedTransport
) -> None:
    session.execute("pass", timeout=ENOUGH)
    transport.written.clear()
    session.interrupt()
    assert session.execute("print(1)", timeout=ENOUGH).text == "1\n"
    assert transport.times_of(b"\x03") == []


def test_a_flood_is_interrupted_in_time_and_kept_small(session: Session) -> None:
    seen = 0

    def count(data: bytes) -> None:
        nonlocal seen
        if seen < 1_000_000 <= seen + len(data):
            session.interrupt()
        seen += len(data)

    start = time.monotonic()
    with pytest.raises(ExecutionInterrupted) as caught:
        session.execute("while True: print('x' * 500)", on_output=count, timeout=ENOUGH)
    assert time.monotonic() - start < 10
    assert caught.value.result.truncated or seen < 3_000_000
    assert len(caught.value.result.output) <= 1_048_576


def test_an_interrupt_while_a_program_is_sent_leaves_the_board_well(
    session: Session, transport: WatchedTransport
) -> None:
    session.execute("pass", timeout=ENOUGH)
    original = transport.write

    def write(data: bytes, timeout: float | None) -> int:
        if b"line 20 " in data:
            session.interrupt()
        return original(data, timeout)

    transport.write = write  # type: ignore[method-assign]
    source = "".join(f"x = {n}  # line {n} \n" for n in range(100))
    result = session.execute(source + "print('end')", check=False, timeout=ENOUGH)
    assert result.exception == "KeyboardInterrupt"
    assert session.execute("print(1)", timeout=ENOUGH).text == "1\n"


# Resets.


def test_no_ctrl_c_falls_into_a_boot(session: Session, transport: WatchedTransport) -> None:
    session.execute("pass", timeout=ENOUGH)
    transport.written.clear()
    begin = time.monotonic()
    session.reset(RESET)
    assert session.execute("print(1)", timeout=ENOUGH).text == "1\n"
    assert all(when - begin > BOOT_TIME for when in transport.times_of(b"\x03"))


def test_a_main_py_that_is_heard_after_a_reset_may_be_stopped(
    session: Session, tmp_path: Path
) -> None:
    session.execute("pass", timeout=ENOUGH)
    (tmp_path / "flash" / "main.py").write_text(
        "import time\nwhile True:\n    print('main runs')\n    time.sleep(0.05)\n"
    )
    session.reset(RESET)
    assert session.execute("print(1)", timeout=ENOUGH).text == "1\n"
    assert session.stopped_program


def test_a_hard_reset_shows_what_boot_and_main_write_until_the_prompt(
    session: Session, tmp_path: Path
) -> None:
    session.execute("pass", timeout=ENOUGH)
    (tmp_path / "flash" / "boot.py").write_text("print('boot runs')\n")
    (tmp_path / "flash" / "main.py").write_text(
        "import time\nprint('main runs')\ntime.sleep(1.2)\nprint('main ends')\n"
    )
    pieces: list[bytes] = []
    session.reset(RESET, on_output=pieces.append, patience=ENOUGH)
    lines = b"".join(pieces).split(b"\r\n")
    assert [line for line in lines if line.endswith((b"runs", b"ends"))] == [
        b"boot runs",
        b"main runs",
        b"main ends",
    ]
    assert lines[-1] == b">>> "
    assert session.execute("print(1)", timeout=ENOUGH).text == "1\n"


@pytest.mark.parametrize("body", ["time.sleep(1)", "print('main runs'); time.sleep(0.05)"])
def test_a_hard_reset_waits_for_no_end_of_a_main_that_has_none(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setattr("iot_device.session.boot.BOOT_OUTPUT_TIME", 0.5)
    session.execute("pass", timeout=ENOUGH)
    (tmp_path / "flash" / "main.py").write_text(f"import time\nwhile True: {body}\n")
    begin = time.monotonic()
    session.reset(RESET, on_output=lambda _: None, patience=0.2)
    assert time.monotonic() - begin < 8.0
    assert session.execute("print(1)", timeout=ENOUGH).text == "1\n"


def test_a_soft_reset_with_main_leaves_main_running(session: Session, tmp_path: Path) -> None:
    session.execute("pass", timeout=ENOUGH)
    (tmp_path / "flash" / "main.py").write_text(
        "open('ran', 'w').close()\nimport time\nwhile True: time.sleep(1)\n"
    )
    session.soft_reset(run_main=True)
    deadline = threading.Event()
    for _ in range(200):
        if (tmp_path / "flash" / "ran").exists():
            break
        deadline.wait(0.05)
    assert (tmp_path / "flash" / "ran").exists()


def test_closing_leaves_the_friendly_prompt(session: Session, transport: WatchedTransport) -> None:
    session.execute("pass", timeout=ENOUGH)
    session.close()
    assert transport.written[-1][1] == b"\x02"
    session.close()


def test_closing_gives_input_back(session: Session, transport: WatchedTransport) -> None:
    session.execute("pass", stdin=lambda _: "", timeout=ENOUGH)
    session.close()
    assert b"del __import__('builtins').input" in b"".join(data for _, data in transport.written)
