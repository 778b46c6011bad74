"""CircuitPython, as far as its documented behaviour can be played; not run on a real board."""

from __future__ import annotations

import pytest

from iot_device.errors import ExecutionError
from iot_device.session import Session
from session.circuitpython import CircuitPython

ENOUGH = 20.0  # seconds


def test_a_running_code_py_is_stopped_and_the_repl_entered() -> None:
    with CircuitPython() as board:
        session = Session(board.transport)
        session.open()
        assert session.execute("print('hi')", timeout=ENOUGH).text == "hi\n"
        assert (session.implementation, session.platform) == ("circuitpython", "RP2040")
        assert session.stopped_program
        session.close()


def test_safe_mode_is_no_obstacle() -> None:
    with CircuitPython(safe_mode="Your board was reset twice.") as board:
        session = Session(board.transport)
        session.open()
        assert session.execute("print('hi')", timeout=ENOUGH).text == "hi\n"
        assert board.runs_of_code_py == 0
        session.close()


def test_a_soft_reset_runs_code_py_and_the_session_comes_back() -> None:
    with CircuitPython() as board:
        session = Session(board.transport)
        session.open()
        session.execute("kept = 1", timeout=ENOUGH)
        session.soft_reset()
        with pytest.raises(ExecutionError) as caught:
            session.evaluate("kept", timeout=ENOUGH)
        assert caught.value.result.exception == "NameError"
        assert board.runs_of_code_py == 2
        session.close()


def test_a_soft_reset_with_main_leaves_code_py_running() -> None:
    with CircuitPython() as board:
        session = Session(board.transport)
        session.open()
        session.execute("pass", timeout=ENOUGH)
        session.soft_reset(run_main=True)
        assert board.runs_of_code_py == 2
        session.close()
