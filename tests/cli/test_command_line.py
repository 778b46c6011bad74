"""The command line itself: help, usage errors, start-up, and how errors are told."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

import iot_device
from iot_cli import exit_codes
from iot_cli.candidates import candidate_table
from iot_cli.context import Options, Work
from iot_cli.errors import report
from iot_cli.main import cli
from iot_cli.output import ReaderGoneError
from iot_cli.signals import TerminatedError, TimeIsUpError
from iot_device import BoardCandidate, BoardTimeoutError, PortBusyError, VerificationError

if TYPE_CHECKING:
    from pathlib import Path

    from cli.iot_process import Iot

ROOT = click.Context(cli, info_name="iot")
NAMES = cli.list_commands(ROOT)


def help_of(name: str) -> str:
    """Return the help text of a command; of ``iot`` itself if the name is empty."""
    command = cli.get_command(ROOT, name) if name else cli
    assert command is not None
    with click.Context(command, info_name=name or "iot", parent=ROOT if name else None) as context:
        context.terminal_width = 80
        return command.get_help(context)


@pytest.mark.parametrize("name", ["", *NAMES])
def test_help_fits_in_80_columns_and_shows_an_example(name: str) -> None:
    text = help_of(name)
    assert max(map(len, text.splitlines())) <= 80
    assert re.search(rf"^  Examples:\n +iot .*\b{name}\b", text, re.MULTILINE)


def test_the_commands_are_those_that_are_promised() -> None:
    promised = (
        "discover devices register unregister info name uid url platform exec eval run repl "
        "monitor ls rlist tree cat sha256sum df cp mv rm mkdir mkdirs touch edit backup restore "
        "rdiff rsync config secrets gettime synctime softreset hardreset "
        "bootloader rescue doctor script sim completion"
    )
    assert " ".join(NAMES) == promised


@pytest.mark.parametrize("name", NAMES)
def test_a_command_is_called_as_it_is_listed(name: str) -> None:
    command = cli.get_command(ROOT, name)
    assert command is not None
    assert command.name == name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "words"),  # the sentences are click's and change from release to release
    [
        (["exce"], ["command 'exce'", "Did you mean 'exec'?"]),
        (["frobnicate"], ["command 'frobnicate'."]),
        (["--tiemout", "3", "ls"], ["--tiemout", "--timeout"]),
        (["--timeout", "0", "ls"], ["--timeout", "range x>0"]),
        (["exec"], ["Missing argument 'CODE'"]),
        (["--json", "exec", "--binary", "1"], ["--binary and --json exclude each other"]),
    ],
)
def test_usage_errors_give_2_and_say_what_is_meant(
    iot: Iot, arguments: list[str], words: list[str]
) -> None:
    ended = iot(*arguments)
    assert (ended.code, ended.out) == (2, b"")
    assert ended.err.startswith("Usage: iot ")
    assert ended.last_line.startswith("iot: error[usage]: ")
    assert [word for word in words if word not in ended.last_line] == []


@pytest.mark.slow
@pytest.mark.parametrize("text", ["nan", "inf", "1e400", "2000001"])
@pytest.mark.parametrize(
    "words",
    [
        ["--timeout", "TIME", "info"],
        ["--wait", "TIME", "info"],
        ["monitor", "--timeout", "TIME"],
        ["hardreset", "-t", "TIME"],
        ["synctime", "--tolerance", "TIME"],
    ],
)
def test_what_no_system_can_wait_for_is_refused(words: list[str], text: str) -> None:
    arguments = [text if word == "TIME" else word for word in words]
    with pytest.raises(click.BadParameter, match=f"{text} is no time to wait: at most 2000000"):
        cli.main(arguments, standalone_mode=False, obj=Work())


def test_a_global_option_after_the_command_gets_a_hint(iot: Iot) -> None:
    ended = iot("ls", "--json")
    assert ended.code == 2
    assert "iot: hint: it stands before the command: iot --json ... ls ...\n" in ended.err


@pytest.mark.slow
def test_no_arguments_show_the_help(iot: Iot) -> None:
    ended = iot()
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == iot("--help").out


@pytest.mark.slow
def test_the_version_is_that_of_all_packages(iot: Iot) -> None:
    assert iot("--version").out.decode().split() == ["iot", iot_device.__version__]
    for name in ("iot-device", "iot-cli", "iot-kernel"):
        assert importlib.metadata.version(name) == iot_device.__version__


def modules_of(*arguments: str) -> set[str]:
    """Return what ``iot`` has loaded at its end."""
    program = (
        "import sys; from iot_cli.__main__ import main\n"
        f"sys.argv = ['iot', *{arguments!r}]\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print('LOADED', *sys.modules)\n"
    )
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(ended.stdout.partition("LOADED")[2].split())


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--version", "--help"])
def test_start_up_loads_neither_rich_nor_pyserial_nor_the_simulator(option: str) -> None:
    loaded = modules_of(option)
    assert "click" in loaded
    unwanted = {"rich", "serial", "platformdirs", "iot_device.device", "iot_device.simulator"}
    assert loaded & unwanted == set()


@pytest.mark.slow
def test_a_program_on_a_board_loads_nothing_for_files_clock_and_configurations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where a write was not seen to end, it is looked into, for which files are needed.
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    loaded = modules_of("-d", f"sim://{tmp_path}/flash?vm=cpython", "exec", "pass")
    assert "iot_device.device" in loaded
    unwanted = {"filesystem", "protocol.transfer", "clock", "config", "discovery.watch"}
    assert loaded & {f"iot_device.{name}" for name in unwanted} == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "code", "name"),
    [
        ("frob://x", 2, "invalid-target"),
        ("/dev/absent", 3, "not-found"),
        ("socket://127.0.0.1:1", 3, "not-found"),
    ],
)
def test_a_target_that_cannot_be_opened_is_told_with_its_name_and_code(
    iot: Iot, target: str, code: int, name: str
) -> None:
    ended = iot("-d", target, "info")
    assert (ended.code, ended.out) == (code, b"")
    assert ended.last_line.startswith(f"iot: error[{name}]: ")


@pytest.mark.slow
def test_discover_without_boards_says_what_to_do_and_is_no_error(iot: Iot) -> None:
    ended = iot("discover")
    assert ended.code == 0
    if not ended.out:  # unless a board is attached to this machine
        assert "iot -d sim:// info" in ended.err
    assert isinstance(iot("--json", "discover").json, list)


def test_candidates_stand_in_columns_that_are_never_cut_in_a_pipe() -> None:
    pico = BoardCandidate(
        port="/dev/ttyACM0",
        vendor_id=0x2E8A,
        product_id=5,
        serial_number="e66" * 40,
        location=None,
        description="Raspberry Pi Pico\x1b[31m",
        manufacturer=None,
        product=None,
        interface=None,
        known=True,
    )
    assert [re.split("  +", line) for line in candidate_table([pico]).splitlines()] == [
        ["URL", "DESCRIPTION", "SERIAL NUMBER", "LOCATION"],
        ["serial:///dev/ttyACM0", "Raspberry Pi Pico\\x1b[31m", "e66" * 40, "-"],
    ]


def told(
    error: BaseException, capsys: pytest.CaptureFixture[str], *, debug: bool = False
) -> tuple[int, list[str]]:
    """Report an error; return the exit code and the lines on standard error."""
    code = report(error, Options(debug=debug))
    captured = capsys.readouterr()
    assert captured.out == ""
    return code, captured.err.splitlines()


def test_the_hint_stands_before_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    error = PortBusyError("the port is busy", port="COM3", hint="close the other program")
    assert told(error, capsys) == (
        3,
        ["iot: hint: close the other program", "iot: error[busy]: the port is busy"],
    )


def test_an_error_is_one_line_whatever_the_board_says(capsys: pytest.CaptureFixture[str]) -> None:
    error = VerificationError("a\nb\x1b[0m", path="/x", expected="1", actual="2")
    assert told(error, capsys) == (6, ["iot: error[verification]: a\\nb\\x1b[0m"])


def test_debug_shows_the_traceback_and_the_last_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    error = BoardTimeoutError("no prompt", waiting_for="it", received=b"\x1bboot")
    code, lines = told(error, capsys, debug=True)
    assert (code, lines[0].partition(":")[0]) == (4, "iot_device.errors.BoardTimeoutError")
    assert lines[-2:] == [
        "iot: last bytes received: b'\\x1bboot'",
        "iot: error[timeout]: no prompt",
    ]


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "iot: error[interrupted]: stopped by Ctrl-C"),
        (click.Abort(), 130, "iot: error[interrupted]: stopped by Ctrl-C"),
        (TerminatedError(), 130, "iot: error[interrupted]: stopped by SIGTERM"),
        (TimeIsUpError("x"), 4, "iot: error[timeout]: the time is over: waiting for x"),
        (FileNotFoundError(2, "No such file", "f"), 2, "iot: error[host-files]: f: No such file"),
        (RuntimeError("odd"), exit_codes.DEFECT, "iot: error[defect]: RuntimeError: odd"),
    ],
)
def test_whatever_ends_the_tool_has_a_name_and_a_code(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    reported, lines = told(error, capsys)
    assert (reported, lines[-1]) == (code, line)


def test_a_defect_shows_its_traceback_and_asks_for_a_report(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, lines = told(RuntimeError("odd"), capsys)
    assert lines[0] == "RuntimeError: odd"
    assert "please report it" in lines[1]


def test_the_reader_that_went_away_is_no_topic() -> None:
    # In a process of its own: standard output is given up for good.
    program = (
        "from iot_cli.context import Options; from iot_cli.errors import report\n"
        "from iot_cli.output import ReaderGoneError\n"
        "raise SystemExit(report(ReaderGoneError(), Options()))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (exit_codes.BROKEN_PIPE, b"")
    assert not issubclass(ReaderGoneError, OSError)  # no layer may take it for an error of its own
