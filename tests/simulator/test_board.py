"""A simulated board boots, resets and keeps its files as a board does."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from iot_device.errors import ConnectError, InvalidTargetError, PortBusyError
from iot_device.simulator import SimulatorTransport, parse_simulator_url
from simulator.client import RAW_READY, Client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from iot_device.simulator import SimulatedBoard
    from iot_device.simulator.vm import VirtualMachine

pytestmark = pytest.mark.slow


def _vm(board: SimulatedBoard) -> VirtualMachine | None:
    assert board._mainboard is not None
    return board._mainboard.vm


posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")


def test_boot_and_main_run_at_power_on(switch_on: Callable[..., Client], flash: Path) -> None:
    (flash / "boot.py").write_text("print('boot', __name__)\nfrom_boot = 1\n")
    (flash / "main.py").write_text("print('main', from_boot)\n")
    client = switch_on()
    started = client.until(b">>> ").replace(b"\r\n", b"\n")
    assert started.startswith(b"boot __main__\nmain 1\nMicroPython v1.")
    client.write(b"print(from_boot)\r")
    assert b"\n1" in client.until(b">>> ")


def test_main_does_not_run_after_a_boot_that_raised(
    switch_on: Callable[..., Client], flash: Path
) -> None:
    (flash / "boot.py").write_text("1 / 0\n")
    (flash / "main.py").write_text("print('main')\n")
    started = switch_on().until(b">>> ")
    assert b'Traceback (most recent call last):\r\n  File "boot.py", line 1' in started
    assert b"main\n" not in started.replace(b"\r\n", b"\n")


def test_an_endless_main_is_interrupted(switch_on: Callable[..., Client], flash: Path) -> None:
    (flash / "main.py").write_text("print('main')\nwhile True: pass\n")
    client = switch_on()
    client.until(b"main")
    client.write(b"\x03")
    assert b'  File "main.py", line ' in client.until(b">>> ")


def test_an_interrupt_at_the_very_beginning_stops_main(
    switch_on: Callable[..., Client], flash: Path
) -> None:
    (flash / "main.py").write_text("while True: pass\n")
    client = switch_on()
    client.write(b"\x03")
    assert b"KeyboardInterrupt" in client.until(b">>> ")


def test_a_main_that_exits_begins_again_until_it_is_interrupted(
    switch_on: Callable[..., Client], flash: Path
) -> None:
    (flash / "main.py").write_text("import sys\nprint('main')\nsys.exit()\n")
    client = switch_on()
    for _ in range(3):
        client.until(b"main")
        client.until(b"MPY: soft reboot\r\n")
    client.write(b"\x03")
    assert b"KeyboardInterrupt" in client.until(b">>> ")


def test_a_soft_reset_in_the_raw_repl_runs_boot_only(board: Client, flash: Path) -> None:
    (flash / "boot.py").write_text("print('boot')\n")
    (flash / "main.py").write_text("print('main')\n")
    board.output("kept = 1")
    board.write(b"\x04")
    assert board.until(RAW_READY).replace(b"\r\n", b"\n") == (
        b"OK\nMPY: soft reboot\nboot\n" + RAW_READY.replace(b"\r\n", b"\n")
    )
    assert "NameError" in board.run("kept")[1]


def test_a_soft_reset_in_the_friendly_repl_runs_both(
    switch_on: Callable[..., Client], flash: Path
) -> None:
    client = switch_on()
    client.until(b">>> ")
    (flash / "boot.py").write_text("print('boot')\n")
    (flash / "main.py").write_text("print('main')\n")
    client.write(b"\x04")
    assert b"MPY: soft reboot\nboot\nmain\n" in client.until(b">>> ").replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    "reset", ["import sys\nsys.exit(3)", "import machine\nmachine.soft_reset()"]
)
def test_a_program_that_exits_is_a_soft_reset(board: Client, reset: str) -> None:
    board.begin(reset)
    assert board.until(b"\x04\x04") == b"\x04\x04"
    assert board.until(RAW_READY) == b"MPY: soft reboot\r\n" + RAW_READY


def test_a_hard_reset_boots_to_the_friendly_repl_and_keeps_files_and_clock(
    board: Client, flash: Path
) -> None:
    (flash / "main.py").write_text("print('main')\n")
    board.output("import machine\nmachine.RTC().datetime((2001, 2, 3, 5, 4, 5, 6, 0))")
    board.begin("kept = 1\nmachine.reset()")
    assert board.until(b">>> ").replace(b"\r\n", b"\n").startswith(b"main\nMicroPython v1.")
    board.write(b"\x01")
    board.until(RAW_READY)
    assert "NameError" in board.run("kept")[1]
    assert board.output("import time\nprint(time.localtime()[:5])") == "(2001, 2, 3, 4, 5)\n"


def test_deep_sleep_ends_with_a_reset(board: Client) -> None:
    board.begin("import machine\nmachine.deepsleep(50)")
    assert board.until(b">>> ").startswith(b"MicroPython v1.")


def test_the_bootloader_is_silent_until_the_reset_button(board: Client) -> None:
    simulated = board.transport._board
    assert simulated is not None
    board.begin("import machine\nmachine.bootloader()")
    with simulated._changed:
        assert simulated._changed.wait_for(lambda: _vm(simulated) is None, 20)
    board.write(b"\x03\r\x03")
    assert board.is_silent(0.3)
    simulated.hard_reset()
    assert b"MicroPython v1." in board.until(b">>> ")


@posix_only
def test_the_death_of_the_virtual_machine_is_a_hard_reset(board: Client) -> None:
    simulated = board.transport._board
    assert simulated is not None
    vm = _vm(simulated)
    assert vm is not None
    os.kill(vm._process.pid, signal.SIGKILL)
    assert b"hard reset\r\nMicroPython v1." in board.until(b">>> ")


def test_the_uid_stays_and_can_be_given(switch_on: Callable[..., Client]) -> None:
    show = "import machine, binascii\nprint(binascii.hexlify(machine.unique_id()).decode())"
    uids = []
    for options in ({}, {}, {"uid": "00c0ffee"}):
        client = switch_on(**options)
        client.enter_raw()
        uids.append(client.output(show))
        client.close()
    assert uids[0] == uids[1] != uids[2] == "00c0ffee\n"


def test_files_stay_and_ram_is_lost_when_it_is_switched_off(
    switch_on: Callable[..., Client], flash: Path
) -> None:
    client = switch_on()
    client.enter_raw()
    client.output("kept = 1\nwith open('a.txt', 'w') as file: n = file.write('kept')")
    client.close()
    assert (flash / "a.txt").read_text() == "kept"
    client = switch_on()
    client.enter_raw()
    assert client.run("print(open('/a.txt').read())\nkept")[0] == "kept\n"


def test_one_folder_is_one_board(board: Client) -> None:
    with pytest.raises(PortBusyError) as caught:
        Client(board.transport.url)
    assert caught.value.pid == os.getpid()
    assert "another folder" in (caught.value.hint or "")
    assert board.output("print('undisturbed')") == "undisturbed\n"


def test_a_virtual_machine_that_is_not_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    transport = SimulatorTransport.from_url(f"sim://{tmp_path}?vm=/no/such/program")
    with pytest.raises(ConnectError, match="no MicroPython at") as caught:
        transport.open()
    assert "vm=cpython" in (caught.value.hint or "")


@posix_only
def test_a_virtual_machine_that_does_not_start_tells_why(tmp_path: Path) -> None:
    program = tmp_path / "broken"
    program.write_text("#!/bin/sh\necho no such thing\nexit 3\n")
    program.chmod(0o700)
    transport = SimulatorTransport.from_url(f"sim://{tmp_path}/flash?vm={program}")
    with pytest.raises(ConnectError, match="no such thing"):
        transport.open()


@pytest.mark.parametrize("url", ["sim://folder", "sim:///f?heap=1", "socket://a:1"])
def test_urls_that_make_no_sense_are_refused(url: str) -> None:
    with pytest.raises(InvalidTargetError):
        parse_simulator_url(url)


@posix_only
def test_a_virtual_machine_that_is_stuck_is_ended_by_an_interrupt(
    board: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iot_device.simulator.vm._LONGEST_COMPILE", 0.0)
    assert board.transport._board is not None
    vm = _vm(board.transport._board)
    assert vm is not None
    os.kill(vm._process.pid, signal.SIGSTOP)
    board.write(b"print('never')\x04")
    board.until(b"OK")
    board.write(b"\x03")
    assert b"hard reset\r\nMicroPython v1." in board.until(b">>> ")
