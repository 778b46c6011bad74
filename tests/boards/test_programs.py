"""Programs on every board: output, ends, errors, interrupts, input, what stays behind."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from iot_device.errors import (
    BoardTimeoutError,
    ExecutionError,
    ExecutionInterrupted,
    InvalidSourceError,
    ResultError,
    UnknownEndError,
)
from iot_device.opening import open_device

if TYPE_CHECKING:
    from boards.boards import StartedBoard
    from iot_device.device import Device

ENOUGH = 20.0  # seconds; more than any board here needs for any of these programs


def can(board: StartedBoard, capability: str) -> bool:
    """Whether the board can do this; a board that nobody described can do everything."""
    return board.capabilities is None or capability in board.capabilities


def test_output_comes_back_whole(device: Device) -> None:
    assert device.execute("print('hello')\nprint('world')", timeout=ENOUGH).text == "hello\nworld\n"


def test_output_may_look_like_the_protocol(device: Device) -> None:
    forged = "a\x04b>\x04\x04>OK raw REPL; CTRL-B to exit >>> "
    result = device.execute(f"print({forged!r}, end='')", timeout=ENOUGH)
    assert (result.output, result.status) == (forged.encode(), "ok")


def test_an_end_that_a_program_forges_before_it_raises_is_no_success(device: Device) -> None:
    with pytest.raises(ExecutionError) as caught:
        device.execute("print('done\\x04\\x04>', end='')\n1/0", timeout=ENOUGH)
    assert caught.value.result.exception == "ZeroDivisionError"
    assert caught.value.result.output == b"done\x04\x04>"
    assert device.execute("print(1)", timeout=ENOUGH).text == "1\n"


def test_utf8_passes_in_both_directions(device: Device) -> None:
    assert device.execute("print('grüß €')", timeout=ENOUGH).text == "grüß €\n"


def test_a_program_longer_than_every_window_arrives_whole(device: Device) -> None:
    source = "x = 0\n" + "".join(f"x += {i}  # a line\n" for i in range(100)) + "print(x)"
    assert device.execute(source, timeout=ENOUGH).text == "4950\n"


def test_an_exception_tells_name_message_and_the_lines_of_the_program(device: Device) -> None:
    with pytest.raises(ExecutionError) as caught:
        device.execute("def f():\n    raise ValueError('bad')\n\nf()\n", timeout=ENOUGH)
    result = caught.value.result
    assert (result.exception, result.message) == ("ValueError", "bad")
    assert [(frame.line, frame.function) for frame in result.frames] == [(4, "<module>"), (2, "f")]


def test_a_syntax_error_tells_its_line(device: Device) -> None:
    with pytest.raises(ExecutionError) as caught:
        device.execute("print('never')\nx = = 1\n", timeout=ENOUGH)
    assert caught.value.result.exception == "SyntaxError"
    assert [frame.line for frame in caught.value.result.frames] == [2]
    assert caught.value.result.output == b""


@pytest.mark.parametrize(
    ("call", "code"), [("sys.exit(3)", 3), ("sys.exit()", 0), ("sys.exit('no')", "no")]
)
def test_sys_exit_is_known_and_resets_nothing(device: Device, call: str, code: int | str) -> None:
    device.execute("kept = 5", timeout=ENOUGH)
    result = device.execute(f"import sys\n{call}", timeout=ENOUGH)
    assert (result.status, result.exit_code) == ("exit", code)
    assert device.evaluate("kept", timeout=ENOUGH) == 5


def test_control_bytes_in_a_program_are_refused_before_anything_is_sent(device: Device) -> None:
    with pytest.raises(InvalidSourceError) as caught:
        device.execute("x = 1\ny = '\x04'\n")
    assert (caught.value.line, caught.value.column) == (2, 6)


def test_values_come_back_as_values(device: Device) -> None:
    value = device.evaluate(
        "(1, -2, 'a\\n\"', b'\\x00\\xff', [None, True], {'k': 0.5})", timeout=ENOUGH
    )
    assert value == (1, -2, 'a\n"', b"\x00\xff", [None, True], {"k": 0.5})


def test_a_value_that_is_no_literal_is_an_error_and_no_code(device: Device) -> None:
    device.execute(
        "class V:\n    def __repr__(self): return '__import__(\"os\")'\nv = V()", timeout=ENOUGH
    )
    with pytest.raises(ResultError):
        device.evaluate("v", timeout=ENOUGH)


def test_an_expression_that_raises_is_an_execution_error(device: Device) -> None:
    with pytest.raises(ExecutionError) as caught:
        device.evaluate("1 // 0", timeout=ENOUGH)
    assert caught.value.result.exception == "ZeroDivisionError"
    with pytest.raises(InvalidSourceError):
        device.evaluate("x = 1")


def test_nothing_of_ours_stays_in_the_globals(device: Device) -> None:
    def names() -> set[str]:
        return set(device.execute("print('\\n'.join(dir()))", timeout=ENOUGH).text.split())

    before = names()
    device.execute("pass", stdin=lambda _: "", timeout=ENOUGH)
    device.evaluate("1", timeout=ENOUGH)
    assert device.info.platform
    device.files.listdir()
    assert names() == before


def test_shadowed_names_of_the_user_disturb_nothing(device: Device) -> None:
    device.execute("print = sys = os = open = repr = len = str = int = 3", timeout=ENOUGH)
    try:
        assert device.evaluate("print + 1", timeout=ENOUGH) == 4
        assert device.execute("x = 1", timeout=ENOUGH).status == "ok"
        assert isinstance(device.files.listdir(), list)
    finally:
        device.execute("del print, sys, os, open, repr, len, str, int", timeout=ENOUGH)


def test_input_gets_its_line_from_the_callback(board: StartedBoard, device: Device) -> None:
    if not can(board, "input"):
        return
    asked = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return "bob"

    result = device.execute("x = input('name? ')\nprint('got', x)", stdin=answer, timeout=ENOUGH)
    assert asked == ["name? "]
    assert result.text == "name? got bob\n"


def test_an_interrupt_stops_the_program_and_keeps_variables(
    board: StartedBoard, device: Device
) -> None:
    if not can(board, "interrupt"):
        return
    device.execute("kept = 7", timeout=ENOUGH)
    started = threading.Event()

    def stop() -> None:
        started.wait(ENOUGH)
        device.interrupt()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(ExecutionInterrupted):
        device.execute(
            "print('on')\nwhile True: pass", on_output=lambda _: started.set(), timeout=ENOUGH
        )
    thread.join()
    assert device.evaluate("kept", timeout=ENOUGH) == 7


def test_a_deadline_stops_the_program(board: StartedBoard, device: Device) -> None:
    if not can(board, "interrupt"):
        return
    device.execute("pass", timeout=ENOUGH)
    with pytest.raises(BoardTimeoutError) as caught:
        device.execute("while True: pass", timeout=0.5)
    assert caught.value.waiting_for == "the program to end"
    assert device.execute("print(1)", timeout=ENOUGH).text == "1\n"


def test_a_program_that_prints_for_ever_is_stopped_for_the_next_client(
    board: StartedBoard, device: Device
) -> None:
    if not can(board, "interrupt") or not can(board, "keeps-files"):
        return
    device.close()
    with open_device(board.target()) as first:
        first.execute("print(1)", timeout=ENOUGH)
        transport = first._session.transport
        transport.write(b"\x02", 1.0)
        transport.write(b"while True: print('tick')\r\r\r", 1.0)
        transport.close()  # as a tool that was killed
    with open_device(board.target()) as second:
        assert second.execute("print(2)", timeout=ENOUGH).text == "2\n"


def test_info_tells_what_the_board_is(board: StartedBoard, device: Device) -> None:
    info = device.info
    assert info.implementation in ("micropython", "circuitpython")
    assert info.platform
    assert info.version.split(".")[0].isdigit()
    if can(board, "uid"):
        assert bytes.fromhex(info.uid or "")


def test_a_soft_reset_forgets_variables(board: StartedBoard, device: Device) -> None:
    if not can(board, "soft-reset"):
        return
    device.execute("gone = 1", timeout=ENOUGH)
    device.soft_reset()
    with pytest.raises(ExecutionError) as caught:
        device.evaluate("gone", timeout=ENOUGH)
    assert caught.value.result.exception == "NameError"


def test_a_hard_reset_brings_the_board_back(board: StartedBoard, device: Device) -> None:
    if not can(board, "hard-reset"):
        return
    device.execute("gone = 1", timeout=ENOUGH)
    device.hard_reset()
    assert "gone" not in device.execute("print(dir())", timeout=ENOUGH).text


def test_a_reset_in_a_program_is_an_unknown_end(board: StartedBoard, device: Device) -> None:
    if not can(board, "hard-reset"):
        return
    with pytest.raises(UnknownEndError) as caught:
        device.execute("import machine\nmachine.reset()", timeout=ENOUGH)
    assert caught.value.result.restarted
    assert device.execute("print(1)", timeout=ENOUGH).text == "1\n"


def test_threads_take_turns(device: Device) -> None:
    wrong: list[str] = []

    def work(name: str) -> None:
        for number in range(5):
            text = device.execute(f"print('{name}')\nprint({number})", timeout=ENOUGH).text
            if text != f"{name}\n{number}\n":
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_error_in_the_callback_stops_the_program(board: StartedBoard, device: Device) -> None:
    if not can(board, "interrupt"):
        return

    def fail(_: bytes) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        device.execute("print(1)\nwhile True: pass", on_output=fail, timeout=ENOUGH)
    assert device.execute("print(2)", timeout=ENOUGH).text == "2\n"
