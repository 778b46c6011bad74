"""``iot doctor``: its lines, its document, its exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.test_sim import serving

if TYPE_CHECKING:
    from pathlib import Path

    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # starts real processes


def test_a_board_that_answers_is_no_problem(iot: Iot, tmp_path: Path) -> None:
    (iot.flash / "main.py").write_text("while True: pass\n")
    port = tmp_path / "port"
    with serving(iot, "--pty", str(port)):
        document = iot("--json", "-d", str(port), "doctor").json
        good, note = [item for item in document["findings"] if item["check"] == "board"]
    assert good["text"].startswith(f"serial://{port} answers: micropython 1.")
    assert (good["level"], good["remedy"]) == ("good", None)
    assert note == {
        "check": "board",
        "level": "note",
        "text": f"serial://{port}: main.py was stopped by the question",
        "remedy": f"iot -d {port} softreset --main starts it",
    }


def test_a_problem_is_told_with_its_remedy_and_gives_1(iot: Iot) -> None:
    ended = iot("-d", "socket://127.0.0.1:1", "doctor")
    assert (ended.code, ended.err) == (1, "")
    lines = ended.out.decode().splitlines()
    assert lines[-2].startswith("problem: socket://127.0.0.1:1: ")
    assert lines[-1].startswith("         ")
    assert "no problem was found" not in lines
    assert iot("--json", "-d", "socket://127.0.0.1:1", "doctor").json["problems"] >= 1


def test_a_target_that_makes_no_sense_is_an_error_of_usage(iot: Iot) -> None:
    ended = iot("-d", "frob://x", "doctor")
    assert ended.code == 2
    assert ended.last_line.startswith("iot: error[invalid-target]: ")
