"""Secrets: where they come from, who may read them, and that they do not show."""

from __future__ import annotations

import json
import logging
import os
import pickle
import traceback
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail

from iot_device import (
    ConfigurationError,
    Secret,
    UnsafeError,
    find_secret,
    list_secrets,
    load_configurations,
    migrate_secrets,
    model_of,
    remove_secret,
    set_secret,
)

WORD = "correct horse battery"


class Safe(KeyringBackend):
    """A keyring of the operating system, as far as we use one."""

    priority = 5.0
    words: dict[tuple[str, str], str]

    def __init__(self) -> None:
        self.words = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.words.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.words[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.words[service, username]


class Plaintext(Safe):
    """One that keeps passwords readable; such say so by their priority."""

    priority = 0.5


class Locked(Safe):
    """One that its owner does not unlock."""

    @property
    def words(self) -> dict[tuple[str, str], str]:
        raise RuntimeError("locked")

    @words.setter
    def words(self, _: object) -> None:
        """Keep nothing."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of projects; there is no keyring at first."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("IOT_PROJECTS", str(tmp_path / "projects"))
    (tmp_path / "projects" / "libs").mkdir(parents=True)
    (tmp_path / "projects" / "devices").mkdir()
    use(monkeypatch, fail.Keyring())  # type: ignore[no-untyped-call]  # keyring has no types here
    return tmp_path / "projects"


def use(monkeypatch: pytest.MonkeyPatch, backend: KeyringBackend) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)


def our_file() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"]) / "iot" / "secrets.json"


def old_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "libs" / "secrets.py"
    file.write_text(text)
    file.chmod(mode)
    return file


def found(name: str, board: str | None = None) -> str | None:
    secret = find_secret(name, board=board)
    return None if secret is None else secret.reveal()


# They do not show.


def test_a_secret_shows_its_value_nowhere_but_where_it_is_revealed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret = Secret(WORD)
    logging.getLogger("any").warning("%s %r %s", secret, secret, [secret])
    shown = f"{secret} {secret!r} {secret:>20} {{'a': {[secret]}}} {caplog.text}"
    assert WORD not in shown
    assert "<secret>" in shown
    assert secret.reveal() == WORD
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps({"password": secret})


def test_secrets_can_be_compared_and_be_empty() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")


@pytest.mark.parametrize("text", [f"wifi = '{WORD}", f"wifi = '{WORD}'\n\0", f"{WORD}"])
def test_an_error_in_a_file_of_secrets_does_not_show_its_lines(folder: Path, text: str) -> None:
    old_file(folder, text)
    with pytest.raises(ConfigurationError) as caught:
        find_secret("wifi")
    assert WORD not in "".join(traceback.format_exception(caught.value))


def test_an_error_in_our_file_does_not_show_it() -> None:
    set_secret("wifi", Secret(WORD))
    our_file().write_text(f'{{"wifi": "{WORD}"')
    with pytest.raises(ConfigurationError) as caught:
        find_secret("wifi")
    assert WORD not in "".join(traceback.format_exception(caught.value))


# Where they come from.


def test_the_environment_comes_before_what_is_kept_and_that_before_secrets_py(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found("wifi_password") is None
    old_file(folder, "wifi_pwd = 'old'\n")
    assert found("wifi_password") == "old"
    set_secret("wifi_password", Secret("kept"))
    assert found("wifi_password") == "kept"
    monkeypatch.setenv("IOT_WIFI_PASSWORD", "given")
    assert found("wifi_password") == "given"


def test_a_board_may_have_a_secret_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    set_secret("webrepl_password", Secret("for all"))
    set_secret("pico/webrepl_password", Secret("its own"))
    monkeypatch.setenv("IOT_WEBREPL_PASSWORD", "given")
    assert found("webrepl_password", board="pico") == "its own"
    assert found("webrepl_password", board="nano") == "given"


def test_the_keyring_is_used_where_there_is_a_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    safe = Safe()
    use(monkeypatch, safe)
    assert set_secret("wifi", Secret(WORD)) == "keyring"
    assert safe.words == {("iot", "wifi"): WORD}
    assert WORD not in our_file().read_text()
    assert found("wifi") == WORD
    assert list_secrets() == [("wifi", "keyring")]
    remove_secret("wifi")
    assert (safe.words, found("wifi")) == ({}, None)


@pytest.mark.parametrize("backend", [fail.Keyring, Plaintext, Locked])
def test_without_a_real_keyring_the_file_is_used(
    monkeypatch: pytest.MonkeyPatch, backend: type[KeyringBackend]
) -> None:
    use(monkeypatch, backend())
    assert set_secret("wifi", Secret(WORD)) == "file"
    assert found("wifi") == WORD


def test_removing_what_is_not_kept_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="no secret is kept by the name wifi"):
        remove_secret("wifi")


@pytest.mark.parametrize("name", ["", "Wifi", "a b", "x/y z", "device", "projects", "pico/", "a-b"])
def test_a_name_is_of_small_letters_and_means_nothing_else(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be the name of a secret"):
        set_secret(name, Secret(WORD))
    assert not our_file().exists()


def test_a_name_whose_variable_means_something_else_is_refused_with_the_reason() -> None:
    with pytest.raises(ConfigurationError, match="IOT_DEVICES means something else"):
        set_secret("pico/devices", Secret(WORD))


# Files.


@pytest.mark.skipif(os.name != "posix", reason="files have no modes there")
def test_our_file_can_be_read_by_its_owner_only_and_is_refused_otherwise() -> None:
    set_secret("wifi", Secret(WORD))
    assert our_file().stat().st_mode & 0o777 == 0o600
    our_file().chmod(0o640)
    for use_it in (lambda: find_secret("wifi"), list_secrets, lambda: remove_secret("wifi")):
        with pytest.raises(UnsafeError, match="others may read") as caught:
            use_it()
        assert caught.value.hint == f"chmod 600 {our_file()}"


@pytest.mark.skipif(os.name != "posix", reason="files have no modes there")
def test_an_old_file_that_others_may_read_is_refused(folder: Path) -> None:
    old_file(folder, "wifi = 'x'\n", mode=0o644)
    with pytest.raises(UnsafeError, match=r"others may read .*secrets\.py"):
        find_secret("wifi")


def test_the_old_file_is_parsed_and_never_run(folder: Path) -> None:
    trap = folder / "trap"
    old_file(
        folder,
        f"import pathlib\npathlib.Path({str(trap)!r}).touch()\n"
        "webrepl_pwd = 'secret'\nwifi_ssid: str = 'net'\ntz_offset = 8\n"
        f"computed = 'a' + 'b'\nflag = True\n_hidden = 'x'\nlist = ['a']\n",
    )
    assert list_secrets() == [
        ("tz_offset", "secrets.py"),
        ("webrepl_password", "secrets.py"),
        ("wifi_ssid", "secrets.py"),
    ]
    assert found("webrepl_password") == "secret"
    assert not trap.exists()


def test_an_old_file_can_be_migrated_and_stays(folder: Path) -> None:
    file = old_file(folder, "webrepl_pwd = 'one'\nwifi_ssid = 'two'\n")
    assert migrate_secrets().kept == (("webrepl_password", "file"), ("wifi_ssid", "file"))
    assert file.exists()
    file.unlink()
    assert (found("webrepl_password"), found("wifi_ssid")) == ("one", "two")
    with pytest.raises(ConfigurationError, match="there is no such file"):
        migrate_secrets()


def test_each_line_of_an_old_file_that_gives_no_secret_is_told_without_its_text(
    folder: Path,
) -> None:
    old_file(
        folder,
        '"""Mine."""\nimport os\nfrom safe import mqtt\nwifi_pwd = "a" + "b"\nkey: str\n'
        "on = True\n_own = 'correct'\ndevice = 'pico'\nnone = ''\na = b = 'horse'\n"
        "wifi_ssid = 'n'\n",
    )
    done = migrate_secrets()
    assert done.kept == (("wifi_ssid", "file"),)
    assert [(line.line, line.name, line.reason) for line in done.left_out] == [
        (3, None, "it is no line like NAME = 'text'"),
        (4, "wifi_pwd", "its value is no literal text or number"),
        (5, None, "it is no line like NAME = 'text'"),
        (6, "on", "its value is no literal text or number"),
        (7, "_own", "no secret can have this name"),
        (8, "device", "no secret can have this name"),
        (9, "none", "its value is empty"),
        (10, None, "it is no line like NAME = 'text'"),
    ]
    assert "correct" not in repr(done)
    assert "horse" not in repr(done)


# Boards.


def board_files(folder: Path, resource: str) -> list[str]:
    (folder / "devices" / "a.yaml").write_text(f"pico:\n  uid: aa\n  resources: [{resource}]\n")
    return list(model_of(load_configurations().get("pico")).files)


def test_a_file_of_secrets_goes_to_a_board_only_if_its_configuration_names_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_file(folder, "")
    (folder / "libs" / "a.py").touch()
    assert board_files(folder, "libs") == ["/a.py"]
    assert board_files(folder, "secrets.py: {path: libs}") == ["/secrets.py"]
    named = "libs: {include-patterns: [./a.py, ./secrets.py]}"
    assert board_files(folder, named) == ["/a.py", "/secrets.py"]
    monkeypatch.setenv("IOT_SECRETS", str(folder / "libs" / "a.py"))
    (folder / "libs" / "b.py").touch()
    assert board_files(folder, "libs") == ["/b.py"]
