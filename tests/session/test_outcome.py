"""What the end of a run tells."""

from __future__ import annotations

import pytest

from iot_device.results import ExecutionResult
from iot_device.session.outcome import arrived_damaged


def ended_with(error: str) -> ExecutionResult:
    traceback = f'Traceback (most recent call last):\n  File "<stdin>", line 8\n{error}\n'
    return ExecutionResult(output=b"", traceback=traceback, status="error")


@pytest.mark.parametrize("error", ["SyntaxError: ", "IndentationError: unexpected indent"])
def test_a_program_that_was_not_even_compiled_arrived_damaged(error: str) -> None:
    assert arrived_damaged(ended_with(error))


@pytest.mark.parametrize("error", ["NameError: name 'x' isn't defined", "MemoryError: "])
def test_a_program_that_ran_did_not(error: str) -> None:
    assert not arrived_damaged(ended_with(error))


def test_a_message_may_have_several_lines() -> None:
    result = ended_with("ValueError: one\nMemoryError: two\n  three\n")
    assert result.exception == "ValueError"
    assert result.message == "one\nMemoryError: two\n  three"
    assert result.summary == "ValueError: one"


def test_of_chained_exceptions_the_last_counts() -> None:
    first = ended_with("OSError: 5").traceback
    between = "\nDuring handling of the above exception, another exception occurred:\n\n"
    last = ended_with("KeyError: 'a'").traceback
    assert ExecutionResult(b"", traceback=f"{first}{between}{last}").summary == "KeyError: 'a'"
