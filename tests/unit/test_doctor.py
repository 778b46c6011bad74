"""What the checks find, in surroundings of real files, ports and processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from iot_device import BoardCandidate, Finding, Surroundings, examine

PICO = BoardCandidate(
    "/dev/ttyACM0", 0x2E8A, 5, "e66", "1-1.2", "Raspberry Pi Pico", None, None, None, known=True
)


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    """A computer on which nothing is."""
    return Surroundings(
        candidates=[],
        processes=tmp_path / "proc",
        groups=tmp_path / "group",
        own_groups=[1000],
        python_path=[],
        jupyter_folders=[],
    )


def found(surroundings: Surroundings, *checks: str) -> list[Finding]:
    return [item for item in examine(surroundings=surroundings) if item.check in checks]


def test_without_a_board_it_says_what_to_look_at_and_nothing_is_a_problem(
    surroundings: Surroundings,
) -> None:
    [finding] = examine(surroundings=surroundings)
    assert (finding.check, finding.level) == ("ports", "note")
    assert "cable that carries data" in (finding.remedy or "")


def test_known_ports_are_good_and_unknown_ones_are_noted(surroundings: Surroundings) -> None:
    modem = replace(PICO, port="/dev/ttyACM1", description="LTE modem", known=False)
    findings = found(replace(surroundings, candidates=[PICO, modem]), "ports")
    assert [(item.level, item.text) for item in findings] == [
        ("good", "/dev/ttyACM0: Raspberry Pi Pico"),
        ("note", "/dev/ttyACM1: LTE modem, which our table does not know"),
    ]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_port_that_may_not_be_opened_is_a_problem() -> None:
    master, slave = os.openpty()
    port = os.ttyname(slave)
    Path(port).chmod(0)
    program = (
        "import getpass, grp, os\n"
        "from iot_device.doctor.ports import check_permissions\n"
        "from iot_device import BoardCandidate, Surroundings\n"
        f"board = BoardCandidate({port!r}, 1, 2, None, None, '', None, None, None, known=True)\n"
        "surroundings = Surroundings(candidates=[board])\n"
        "if os.getuid() == 0: os.setgroups([]), os.setgid(65534), os.setuid(65534)\n"
        "for found in check_permissions(surroundings): print(found.level, found.text)\n"
    )
    # Root, which may open everything, becomes nobody.
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    os.close(master)
    os.close(slave)
    assert ended.stderr == ""
    assert ended.stdout.startswith(f"problem you may not open {port}")


def test_a_group_that_is_missing_is_noted_unless_a_port_can_be_opened(
    surroundings: Surroundings,
) -> None:
    surroundings.groups.write_text("root:x:0:\nuucp:x:10:\ndialout:x:20:somebody\nodd line\n")
    [finding] = found(surroundings, "permission")
    assert finding.text == "you are not in the group dialout, to which serial ports belong"
    assert finding.remedy == "sudo usermod -a -G dialout $USER, then log out and in again"
    assert found(replace(surroundings, own_groups=[20, 1000]), "permission") == []
    master, slave = os.openpty()
    usable = replace(PICO, port=os.ttyname(slave))
    assert found(replace(surroundings, candidates=[usable]), "permission") == []
    os.close(master)
    os.close(slave)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows who holds a port")
def test_a_program_that_has_the_port_open_is_named(surroundings: Surroundings) -> None:
    master, slave = os.openpty()
    port = os.ttyname(slave)
    os.close(slave)
    with subprocess.Popen(
        ["sh", "-c", 'exec 3<>"$0"; echo open; read _', port],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        [finding] = found(replace(surroundings, candidates=[replace(PICO, port=port)]), "holder")
        holder.communicate(b"\n")
    os.close(master)
    assert finding.level == "problem"
    assert finding.text.endswith(f"(pid {holder.pid})")
    assert f"kill {holder.pid}" in (finding.remedy or "")


def test_services_that_take_ports_are_found_among_the_processes(
    surroundings: Surroundings,
) -> None:
    for pid, name in (("1", "systemd"), ("77", "ModemManager"), ("78", "brltty")):
        (surroundings.processes / pid).mkdir(parents=True)
        (surroundings.processes / pid / "comm").write_text(f"{name}\n")
    (surroundings.processes / "99").mkdir()  # it has ended meanwhile
    assert [(item.level, item.text.split()[0]) for item in found(surroundings, "services")] == [
        ("note", "ModemManager"),
        ("problem", "brltty"),
    ]


def test_packages_of_the_earlier_project_are_found_and_ours_are_not(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    for name, version in (("iot_device", "0.5.28"), ("iot_kernel", "1.0.0"), ("other", "0.1")):
        folder = tmp_path / f"{name}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    [finding] = found(replace(surroundings, python_path=[str(tmp_path)]), "packages")
    assert finding.level == "problem"
    assert finding.text.startswith("iot-device 0.5.28, of an earlier project, is in ")
    assert finding.remedy == "python -m pip uninstall iot-device, with the Python of that folder"


def kernel(folder: Path, name: str, *command: str) -> None:
    """Write a kernelspec."""
    place = folder / "kernels" / name
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps({"argv": command}))


def test_kernels_that_start_the_earlier_kernel_or_nothing_are_found(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    (old / "bin").mkdir(parents=True)
    (old / "bin" / "python").touch()
    (old / "lib/python3.9/site-packages/iot_kernel-0.5.28.dist-info").mkdir(parents=True)
    jupyter = tmp_path / "jupyter"
    kernel(jupyter, "earlier", str(old / "bin" / "python"), "-m", "iot_kernel")
    kernel(jupyter, "gone", str(tmp_path / "gone" / "python"), "-m", "iot_kernel")
    kernel(jupyter, "ours", sys.executable, "-m", "iot_kernel")
    kernel(jupyter, "python3", str(tmp_path / "gone" / "python"), "-m", "ipykernel")
    kernel(jupyter, "odd")
    (jupyter / "kernels" / "odd" / "kernel.json").write_text("[1]")
    findings = found(replace(surroundings, jupyter_folders=[jupyter]), "kernelspec")
    assert [item.text for item in findings] == [
        f"the kernel in {jupyter}/kernels/earlier starts iot-kernel 0.5.28, of an earlier project",
        f"the kernel in {jupyter}/kernels/gone starts {tmp_path}/gone/python, which is gone",
    ]
    assert findings[0].remedy == (
        "jupyter kernelspec remove earlier, then python -m iot_kernel.install"
    )


@pytest.mark.slow
def test_a_board_is_asked_only_if_it_is_named(tmp_path: Path, surroundings: Surroundings) -> None:
    (tmp_path / "boot.py").write_text("print('booted', file=open('booted', 'w'))\n")
    target = f"sim://{tmp_path}?vm=cpython"
    assert found(surroundings, "board") == []
    assert not (tmp_path / "booted").exists()
    [finding] = [
        item for item in examine(target, surroundings=surroundings) if item.check == "board"
    ]
    assert (finding.level, " answers: micropython 1." in finding.text) == ("good", True)
