"""From its second program on a session proves ends in a shorter way; nothing else may change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from iot_device import Device

FORGET = "import builtins\ntry:\n  del builtins._iot\nexcept AttributeError:\n  pass"


@pytest.fixture(autouse=True)
def two_programs(device: Device) -> None:
    for _ in range(2):
        device.execute("pass")


@pytest.mark.parametrize(
    ("program", "status", "code"),
    [
        ("print(1)", "ok", None),
        ("raise SystemExit(3)", "exit", 3),
        ("raise SystemExit", "exit", 0),
        ("raise SystemExit('why')", "exit", "why"),
        ("1/0", "error", None),
        ("x = = 1", "error", None),
    ],
)
def test_it_is_known_how_a_program_ends(
    device: Device, program: str, status: str, code: int | str | None
) -> None:
    for _ in range(2):
        result = device.execute(program, check=False)
        assert (result.status, result.exit_code) == (status, code)


def test_a_traceback_has_the_lines_of_the_program(device: Device) -> None:
    device.execute("def divide():\n  return 1/0")
    result = device.execute("x = 1\n\ndivide()", check=False)
    frames = [(frame.line, frame.function) for frame in result.frames]
    # Firmware before 1.10 names a line again where an exception passes our own statement.
    assert (frames[0], frames[-1]) == ((3, "<module>"), (2, "divide"))


def test_nothing_of_ours_is_in_the_programs_names(device: Device) -> None:
    device.execute("x = 1")
    assert not [name for name in device.evaluate("dir()") if name.startswith("_iot")]


def test_a_program_that_removes_our_part_is_followed_by_others_that_run(device: Device) -> None:
    device.execute(FORGET)
    device.execute("print('lost')", check=False)
    assert device.execute("print('well')").text == "well\n"


def test_nothing_of_ours_is_left_when_the_device_is_closed(device: Device) -> None:
    device.close()
    device.open()
    assert not device.evaluate("hasattr(__import__('builtins'), '_iot')")
