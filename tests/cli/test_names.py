"""Names of boards on ports that say nothing unasked, with ports that a file tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.test_discover import Computer, port
from cli.test_sim import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # starts real processes


@pytest.fixture
def computer(
    iot: Iot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Computer, str]]:
    """Give a computer to which a board is attached that has the name anna, and its port."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("IOT_PROJECTS", str(tmp_path / "projects"))
    devices = tmp_path / "projects" / "devices"
    devices.mkdir(parents=True)
    (devices / "a.yaml").write_text("anna: {uid: a0a0a0a0}\n")
    place = str(tmp_path / "port")
    (iot.flash / "main.py").write_text("import time\nwhile True:\n    time.sleep(0.1)\n")
    with serving(iot, "--pty", place, "--uid", "a0a0a0a0"):
        computer = Computer(iot, tmp_path / "ports.json")
        computer.plug(port(place, 0x1A86, pid=0x7523, location="1-4"))
        yield computer, place


def test_a_name_finds_its_board_and_says_which_program_it_stopped(
    computer: tuple[Computer, str],
) -> None:
    ended = computer[0].run("-d", "anna", "eval", "6 * 7")
    url = f"serial://{computer[1]}"
    assert (ended.code, ended.out) == (0, b"42\n")
    assert f"iot: {url}: main.py was stopped; iot -d {url} softreset --main starts it" in ended.err


def test_discover_shows_who_was_seen_and_says_that_it_did_not_check(
    computer: tuple[Computer, str],
) -> None:
    here, place = computer
    before = here.run("--json", "discover").json[0]
    assert (before["name"], before["uid"], before["checked"]) == (None, None, False)
    assert here.run("-d", "anna", "eval", "1").code == 0
    heading, line = here.run("discover").out.decode().splitlines()
    assert heading.startswith("NAME")
    assert line.startswith(f"anna (not checked)  serial://{place}")
    after = here.run("--json", "discover").json[0]
    assert (after["name"], after["uid"], after["checked"]) == ("anna", "a0a0a0a0", False)
    probed = here.run("--json", "discover", "--probe").json[0]
    assert (probed["name"], probed["checked"]) == ("anna", True)
    assert here.run("discover", "--probe").out.decode().splitlines()[1].startswith("anna  serial:")
