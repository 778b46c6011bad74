"""Names on the command line: ``register``, ``unregister``, ``devices``, and facts of a board."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.test_sim import serving
from iot_device.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # starts real processes


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    devices = tmp_path / "projects" / "devices"
    devices.mkdir(parents=True)
    monkeypatch.setenv("IOT_PROJECTS", str(devices.parent))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (devices / "a.yaml").write_text(
        "anna: {uid: a0a0a0a0, groups: lab}\nbert: {uid: b0b0b0b0, groups: lab}\n"
    )


def sim(iot: Iot, uid: str) -> str:
    return f"sim://{iot.flash.parent / uid}?vm=cpython&uid={uid}"


def test_a_registered_board_is_used_by_its_name(iot: Iot) -> None:
    ended = iot("register", sim(iot, "a0a0a0a0"))
    assert (ended.code, ended.err.split("://")[0]) == (0, "iot: anna is at sim")
    assert iot("-d", "anna", "eval", "6 * 7").out == b"42\n"
    assert iot("-d", "A0:a0:A0:a0", "name").out == b"anna\n"
    assert iot("-d", "anna", "uid").out == b"a0a0a0a0\n"
    assert iot("-d", "anna", "platform").out == b"simulator\n"
    assert iot("-d", "anna", "--json", "url").json["url"].startswith("sim://")


def test_devices_lists_who_was_seen_and_who_has_a_name(iot: Iot) -> None:
    assert iot("register", sim(iot, "a0a0a0a0")).code == 0
    heading, *lines = iot("devices").out.decode().splitlines()
    assert heading.split() == ["NAME", "UID", "LAST", "SEEN", "URL"]
    assert [line.split()[:2] for line in lines] == [["anna", "a0a0a0a0"], ["bert", "b0b0b0b0"]]
    assert "never" in lines[1]
    anna, bert = iot("--json", "devices").json
    assert (anna["name"], anna["urls"], bert["urls"]) == ("anna", anna["registered"], [])
    assert anna["last_seen"].endswith("+00:00")


def test_a_registered_board_that_answers_again_was_seen_just_now(iot: Iot) -> None:
    url = sim(iot, "a0a0a0a0")
    Registry(now=lambda: 1e9).register("a0a0a0a0", url)
    assert iot("-d", "anna", "eval", "1").code == 0
    anna = iot("--json", "devices").json[0]
    assert anna["last_seen"] > "2002"
    assert anna["registered"] == [url]


@pytest.mark.parametrize("word", ["anna", "a0a0a0a0", "URL"])
def test_unregister_forgets_by_name_uid_or_url(iot: Iot, word: str) -> None:
    url = iot("--json", "register", sim(iot, "a0a0a0a0")).json["urls"][0]
    word = url if word == "URL" else word
    assert iot("--json", "unregister", word).json == {"forgotten": [url]}
    assert iot("--json", "devices").json[0]["urls"] == []
    again = iot("unregister", word)
    assert (again.code, again.last_line[:25]) == (2, "iot: error[configuration]")


def test_a_group_works_on_all_its_boards(iot: Iot) -> None:
    for uid in ("a0a0a0a0", "b0b0b0b0"):
        assert iot("register", sim(iot, uid)).code == 0
    ended = iot("-q", "-d", "@lab", "name")
    assert sorted(ended.out.splitlines()) == [b"anna: anna", b"bert: bert"]


def test_a_board_of_a_group_that_is_missing_does_not_stop_the_others(iot: Iot) -> None:
    assert iot("register", sim(iot, "a0a0a0a0")).code == 0
    ended = iot("-d", "@lab", "eval", "1 + 1")
    assert (ended.code, ended.out) == (8, b"anna: 2\n")
    assert "bert: error[not-found]: bert is not attached" in ended.err


def test_a_project_says_which_board_it_is_for(iot: Iot) -> None:
    assert iot("register", sim(iot, "a0a0a0a0")).code == 0
    (iot.cwd / "iot.toml").write_text('device = "anna"\n')
    iot.target = ""
    assert iot("name").out == b"anna\n"
    assert iot.board("nobody")("name").code == 2  # IOT_DEVICE comes before it
    assert iot.board("nobody")("-d", "anna", "name").out == b"anna\n"


def test_a_board_with_a_name_is_remembered_where_it_was_opened(iot: Iot, tmp_path: Path) -> None:
    place = tmp_path / "port"
    with serving(iot, "--pty", str(place), "--uid", "a0a0a0a0"):
        assert iot("-d", str(place), "name").out == b"anna\n"
        assert iot("-d", "anna", "eval", "1").out == b"1\n"
        known = Registry().get("a0a0a0a0")
        assert known is not None
        assert known.last_address.url == f"serial://{place}"
