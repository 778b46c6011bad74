"""``iot config``: what it says about configurations, and the one that it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iot_device import load_configurations

if TYPE_CHECKING:
    from pathlib import Path

    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # starts real processes


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of configurations; beside it is what they name."""
    devices = tmp_path / "projects" / "devices"
    devices.mkdir(parents=True)
    monkeypatch.setenv("IOT_PROJECTS", str(devices.parent))
    (devices.parent / "app").mkdir()
    for name in ("main.py", "test_main.py", "notes.txt"):
        (devices.parent / "app" / name).write_text(name)
    return devices


APP = "pico:\n  uid: aabb\n  groups: lab\n  resources: [app]\n"


def test_check_counts_the_files_of_each_board(iot: Iot, devices: Path) -> None:
    (devices / "a.yaml").write_text(APP)
    ended = iot("config", "check")
    assert (ended.code, ended.out) == (0, b"pico: files: 2, left out: 1\n")


def test_check_lists_what_the_earlier_rules_would_have_done_otherwise(
    iot: Iot, devices: Path
) -> None:
    (devices / "a.yaml").write_text(APP + "  exclude-patterns: [test_*]\n")
    app = devices.parent / "app"
    (app / "__pycache__").mkdir()
    (app / "__pycache__" / "main.py").touch()
    differences = iot("--json", "config", "check", "pico").json["boards"][0]["differences"]
    assert [(found["path"], found["belongs_now"]) for found in differences] == [
        ("/__pycache__/main.py", False),
        ("/test_main.py", False),
    ]
    assert differences[1]["file"] == str(app / "test_main.py")


def test_check_finds_what_is_new_as_well(iot: Iot, devices: Path) -> None:
    app = 'pico:\n  uid: aabb\n  include-patterns: ["/notes.txt"]\n  resources: [app, x/y]\n'
    (devices / "a.yaml").write_text(app)
    for folder in ("x", "x/y"):
        (devices.parent / folder).mkdir()
    (devices.parent / "x" / "y" / "notes.txt").touch()
    ended = iot("config", "check")
    assert ended.out.decode().splitlines()[1] == (
        "pico: /notes.txt belongs on the board; by the earlier rules it did not"
    )


def test_check_says_all_problems_and_ends_with_exit_code_2(iot: Iot, devices: Path) -> None:
    (devices / "a.yaml").write_text(APP.replace("app", "typo"))
    ended = iot("config", "check")
    assert (ended.code, ended.out) == (2, b"")
    assert ended.last_line.startswith("iot: error[configuration]: typo: there is no ")
    (devices / "b.yaml").write_text("nano: [")
    ended = iot("config", "check")
    assert ended.code == 2
    assert ended.last_line.startswith("iot: error[configuration]: there are 2 problems")
    assert "b.yaml:1)" in ended.err
    assert "a.yaml:4)" in ended.err
    document = iot("--json", "config", "check").json
    assert [problem["line"] for problem in document["problems"]] == [1, 4]


def test_show_tells_what_a_configuration_means(iot: Iot, devices: Path) -> None:
    (devices / "a.yaml").write_text(APP)
    ended = iot("config", "show", "aa:bb")
    lines = ended.out.decode().splitlines()
    assert lines[0].split() == ["name", "pico"]
    assert lines[-2].split() == ["7", "/main.py", str(devices.parent / "app" / "main.py")]
    document = iot("--json", "config", "show", "pico").json
    assert (document["uid"], document["groups"]) == (["aabb"], ["lab"])
    assert [file["path"] for file in document["files"]] == ["/main.py", "/test_main.py"]
    assert iot("config", "show", "nobody").code == 2


def test_new_writes_a_configuration_for_the_attached_board(iot: Iot, devices: Path) -> None:
    uid = iot("uid").out.decode().strip()
    ended = iot("config", "new", "nano")
    file = devices / "nano.yaml"
    assert (ended.code, ended.out.decode()) == (0, f"{file}\n")
    nano = load_configurations().get("nano")
    assert (nano.uids, nano.path) == ((uid,), devices.parent / "nano")
    assert [resource.name for resource in nano.resources] == ["main.py"]
    assert iot("name").out == b"nano\n"
    assert iot("--json", "info").json["name"] == "nano"


def test_new_overwrites_nothing_and_gives_no_second_name(iot: Iot, devices: Path) -> None:
    assert iot("config", "new", "nano").code == 0
    again, other = iot("config", "new", "nano"), iot("config", "new", "mini")
    assert "there is a configuration for nano" in again.last_line
    assert "this board has the name nano" in other.last_line
    assert (again.code, other.code) == (2, 2)
    assert iot("config", "new", "a/b").last_line.startswith("iot: error[invalid-target]")
    assert [file.name for file in devices.iterdir()] == ["nano.yaml"]


def test_a_name_that_yaml_takes_for_something_else_is_quoted(iot: Iot, devices: Path) -> None:
    assert iot("config", "new", "# 1").code == 0
    assert load_configurations(devices).names() == ["# 1"]


def test_no_board_is_opened_for_a_name_that_cannot_be(iot: Iot) -> None:
    ended = iot.board("/dev/nowhere")("config", "new", "all")
    assert ended.code == 2
    assert "cannot be a board's name" in ended.last_line


def test_check_says_where_it_found_nothing(iot: Iot, devices: Path) -> None:
    ended = iot("config", "check")
    assert (ended.code, ended.out) == (0, b"")
    assert ended.err.startswith(f"iot: there is no configuration in {devices}; 'iot config new ")
