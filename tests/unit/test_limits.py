"""The limits are kept by all files, and the checker finds what it shall find."""

from __future__ import annotations

import pytest

from check_limits import violations

LONG_FUNCTION = "def f():\n" + "    x = 1\n" * 40
LONG_DOCSTRING = 'def f():\n    """Say.\n' + "    more\n" * 40 + '    """\n    return 1\n'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1\n" * 501, "a.py:501: file of 501 lines, more than 500"),
        (LONG_FUNCTION, "a.py:1: function f of 41 lines, more than 40"),
        ("import time\ntime.sleep(1)\n", "a.py:2: no time.sleep"),
        ("from time import sleep\n", "a.py:1: no time.sleep"),
        ("import pytest\n@pytest.mark.flaky\ndef f(): ...\n", "a.py:2: a test that fails now"),
        ("from flaky import flaky\n", "a.py:1: a test that fails now"),
    ],
)
def test_each_limit_is_found_with_its_line(source: str, expected: str) -> None:
    (found,) = violations(source, "a.py")
    assert found.startswith(expected)


@pytest.mark.parametrize(
    "source", ["x = 1\n" * 500, LONG_FUNCTION.removesuffix("    x = 1\n"), LONG_DOCSTRING]
)
def test_what_is_just_within_the_limits_passes(source: str) -> None:
    assert violations(source, "a.py") == []


def test_programs_of_the_board_may_sleep() -> None:
    source = "import time\ntime.sleep(1)\n"
    assert violations(source, "src/iot_device/board_code/_functions/blink.py") == []
