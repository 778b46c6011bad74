"""``iot secrets``: values come by standard input and are never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.terminal_process import in_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # starts real processes

WORD = b"correct horse"


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("IOT_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    (tmp_path / "projects" / "libs").mkdir(parents=True)


def test_a_secret_is_set_listed_and_removed_without_being_shown(iot: Iot) -> None:
    ended = iot("secrets", "set", "webrepl_password", stdin=WORD + b"\n")
    assert (ended.code, ended.out, ended.err) == (0, b"", "iot: webrepl_password is in the file\n")
    listed = iot("secrets", "list")
    assert listed.out == b"webrepl_password  file\n"
    assert iot("--json", "secrets", "list").json == [{"name": "webrepl_password", "place": "file"}]
    assert iot("secrets", "remove", "webrepl_password").code == 0
    assert iot("secrets", "list").out == b""
    assert iot("secrets", "remove", "webrepl_password").code == 2


def test_a_value_is_no_argument(iot: Iot) -> None:
    assert iot("secrets", "set", "wifi", WORD.decode()).code == 2
    ended = iot("secrets", "set", "wifi")
    assert (ended.code, "no value on standard input" in ended.last_line) == (2, True)


def test_an_old_file_is_migrated(iot: Iot, tmp_path: Path) -> None:
    file = tmp_path / "projects" / "libs" / "secrets.py"
    file.write_text(f"wifi_pwd = {WORD.decode()!r}\n")
    file.chmod(0o644)
    refused = iot("secrets", "migrate")
    assert (refused.code, refused.err.splitlines()[0]) == (9, f"iot: hint: chmod 600 {file}")
    file.chmod(0o600)
    ended = iot("secrets", "migrate", str(file))
    assert (ended.code, ended.out) == (0, b"wifi_password  file\n")
    assert WORD.decode() not in ended.err


def test_lines_of_an_old_file_that_are_left_out_are_named_and_end_in_8(
    iot: Iot, tmp_path: Path
) -> None:
    file = tmp_path / "projects" / "libs" / "secrets.py"
    file.touch(0o600)
    file.write_text(f"wifi_ssid = 'net'\nwifi_pwd = {WORD.decode()!r}.strip()\n")
    ended = iot("secrets", "migrate")
    assert (ended.code, ended.out) == (8, b"wifi_ssid  file\n")
    why = "iot: left out: line 2, wifi_pwd: its value is no literal text or number"
    assert why in ended.err.splitlines()
    assert ended.last_line == "iot: error[partly-done]: 1 line left out, 1 kept"
    assert WORD.decode() not in ended.err
    left_out = iot("--json", "secrets", "migrate").json["left_out"]
    assert [line["name"] for line in left_out] == ["wifi_pwd"]


@pytest.mark.parametrize(("keys", "what"), [(b"\x03", "Ctrl-C"), (b"\x04", "the end of the input")])
def test_what_ended_the_question_for_a_value_is_told(iot: Iot, keys: bytes, what: str) -> None:
    with in_terminal(iot, "secrets", "set", "wifi") as asked:
        asked.read_until(b": ")
        asked.type(keys)
        assert asked.end() == 130
        last = asked.rest_of_errors().splitlines()[-1]
        assert last == f"iot: error[interrupted]: stopped by {what}"
