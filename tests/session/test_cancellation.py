"""Work with a board that another thread stops."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from iot_device import Cancellation

if TYPE_CHECKING:
    from iot_device.session import Session

FOREVER = "print('runs')\nwhile True: pass"


def test_a_program_is_stopped_on_the_board_and_its_variables_stay(session: Session) -> None:
    cancellation = Cancellation()
    with cancellation, pytest.raises(KeyboardInterrupt):
        session.execute(f"kept = 7\n{FOREVER}", on_output=lambda _: stop_from(cancellation))
    assert session.evaluate("kept") == 7


def test_a_call_of_our_own_is_stopped_at_its_next_step(session: Session) -> None:
    cancellation = Cancellation()
    session.evaluate("0")
    cancellation.cancel()
    with cancellation, pytest.raises(KeyboardInterrupt):
        session.call("files_list", "", 0)
    assert session.evaluate("1 + 1") == 2


def test_a_reset_that_is_stopped_has_happened(session: Session) -> None:
    for number in range(3):
        session.execute(f"gone = {number}")
    cancellation = Cancellation()
    with cancellation, pytest.raises(KeyboardInterrupt):
        session.reset("__import__('machine').reset()", on_output=lambda _: stop_from(cancellation))
    assert session.evaluate("'gone' in globals()") is False
    assert session.execute("print(2 + 2)").text == "4\n"
    assert session.execute("print(3 + 3)").text == "6\n"


def test_only_the_thread_inside_the_with_is_stopped(session: Session) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    assert session.evaluate("1") == 1
    values: list[int] = []
    with cancellation:
        other = threading.Thread(target=lambda: values.append(session.evaluate("2")))
        other.start()
        other.join()
    assert values == [2]


def stop_from(cancellation: Cancellation) -> None:
    """Call it from another thread, as the button of a notebook does."""
    thread = threading.Thread(target=cancellation.cancel)
    thread.start()
    thread.join()
