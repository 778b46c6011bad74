"""Finding and keeping secrets: environment, keyring, our file, and the old ``secrets.py``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from iot_device.config.environment import old_secrets_file
from iot_device.errors import ConfigurationError
from iot_device.secret_store.secret import Secret
from iot_device.secret_store.secret_file import (
    changing,
    read_old_file,
    read_old_lines,
    read_secret_file,
)
from iot_device.secret_store.system_keyring import SystemKeyring

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iot_device.secret_store.secret_file import OldLine

__all__ = [
    "LeftOutLine",
    "MigratedSecrets",
    "SecretPlace",
    "find_secret",
    "list_secrets",
    "migrate_secrets",
    "remove_secret",
    "set_secret",
]

SecretPlace: TypeAlias = Literal["environment", "keyring", "file", "secrets.py"]

# In our file, in the place of a value that is in the keyring, which cannot list what it has.
_IN_KEYRING: Final = "\0keyring"
# Variables of other meaning, which are no secrets.
_TAKEN: Final = {"device", "devices", "libs", "micropython", "projects", "secrets"}
# Names in the secrets.py of the earlier system -> ours.
_OLD_NAMES: Final = {"webrepl_pwd": "webrepl_password", "wifi_pwd": "wifi_password"}


def find_secret(name: str, *, board: str | None = None) -> Secret | None:
    """Return a secret: from the environment, the keyring, our file, or ``secrets.py``.

    The variable is ``IOT_`` and the name in capitals: ``webrepl_password`` is in
    ``IOT_WEBREPL_PASSWORD``.

    Args:
        name: Its name, small letters and underscores.
        board: The name of a board, whose own secret (``BOARD/NAME``) comes before that for all.

    Returns:
        The secret; ``None`` if there is none.

    Raises:
        ConfigurationError: The name makes no sense, or a file has another form.
        UnsafeError: Others may read a file with secrets.
    """
    if board is not None:
        own = _stored(f"{board}/{name}")
        if own is not None:
            return Secret(own)
    given = os.environ.get(f"IOT_{_checked(name).upper()}")
    value = given or _stored(name) or _old().get(name)
    return Secret(value) if value else None


def set_secret(name: str, value: Secret) -> SecretPlace:
    """Keep a secret in the keyring, or, without a real one, in our file; return where.

    Args:
        name: Its name; ``BOARD/NAME`` for that of one board.
        value: The secret.

    Raises:
        ConfigurationError: The name makes no sense.
        UnsafeError: Others may read our file.
        OSError: It cannot be written.
    """
    _checked(name)
    in_keyring = SystemKeyring().set(name, value.reveal())
    with changing(_our_file()) as values:
        values[name] = _IN_KEYRING if in_keyring else value.reveal()
    return "keyring" if in_keyring else "file"


def remove_secret(name: str) -> None:
    """Forget a secret, in the keyring and in our file.

    Raises:
        ConfigurationError: We keep none of this name.
        UnsafeError: Others may read our file.
        OSError: It cannot be written.
    """
    file = _our_file()
    with changing(file) as values:
        if values.pop(name, None) is None:
            raise ConfigurationError(
                f"no secret is kept by the name {name}",
                file=file,
                hint="iot secrets list shows where each comes from",
            )
    SystemKeyring().remove(name)


def list_secrets() -> list[tuple[str, SecretPlace]]:
    """Return the names of all secrets and where each comes from, sorted; never a value.

    Raises:
        ConfigurationError: A file has another form.
        UnsafeError: Others may read a file with secrets.
    """
    return sorted(dict(reversed(list(_places()))).items())


@dataclass(frozen=True)
class LeftOutLine:
    """A line of an old ``secrets.py`` that gave no secret.

    Attributes:
        line: Which one, from 1.
        name: The variable that it sets; ``None``: it sets none.
        reason: Why it gave none; without its text, which may hold a password.
    """

    line: int
    name: str | None
    reason: str


@dataclass(frozen=True)
class MigratedSecrets:
    """What became of an old ``secrets.py``.

    Attributes:
        kept: The names, and where each is kept now; sorted.
        left_out: The lines that gave no secret, in their order.
    """

    kept: tuple[tuple[str, SecretPlace], ...]
    left_out: tuple[LeftOutLine, ...]


def migrate_secrets(file: Path | None = None) -> MigratedSecrets:
    """Keep what an old ``secrets.py`` says as secrets of ours; the file stays as it is.

    Args:
        file: The file; ``None``: ``$IOT_SECRETS``, else ``secrets.py`` in ``$IOT_LIBS``.

    Raises:
        ConfigurationError: It is not there, or no Python.
        UnsafeError: Others may read it.
        OSError: Something cannot be read or written.
    """
    place = file or old_secrets_file()
    if not place.is_file():
        raise ConfigurationError("there is no such file", file=place)
    found: dict[str, str] = {}
    left_out = []
    for line in read_old_lines(place):
        if (reason := _reason_to_leave_out(line)) is not None:
            left_out.append(LeftOutLine(line.line, line.name, reason))
        elif line.name and line.value:
            found[_new_name(line.name)] = line.value
    kept = [(name, set_secret(name, Secret(value))) for name, value in sorted(found.items())]
    return MigratedSecrets(tuple(kept), tuple(left_out))


def _reason_to_leave_out(line: OldLine) -> str | None:
    if line.name is None:
        return "it is no line like NAME = 'text'"
    if line.value is None:
        return "its value is no literal text or number"
    if not line.value:
        return "its value is empty"
    return None if _is_good(_new_name(line.name)) else "no secret can have this name"


def _places() -> Iterator[tuple[str, SecretPlace]]:
    """Give each name once for each place that has it, the one that counts first."""
    kept, old = read_secret_file(_our_file()), _old()
    for name in (*kept, *old, "webrepl_password"):
        if os.environ.get(f"IOT_{name.upper()}"):
            yield name, "environment"
    for name, value in kept.items():
        yield name, "keyring" if value == _IN_KEYRING else "file"
    for name in old:
        yield name, "secrets.py"


def _stored(name: str) -> str | None:
    value = read_secret_file(_our_file()).get(name)
    return SystemKeyring().get(name) if value == _IN_KEYRING else value


def _checked(name: str) -> str:
    last = name.rpartition("/")[2]
    if last in _TAKEN:
        raise ConfigurationError(
            f"{name!r} cannot be the name of a secret: IOT_{last.upper()} means something else",
            file=_our_file(),
        )
    if not _is_good(last):
        raise ConfigurationError(
            f"{name!r} cannot be the name of a secret: expected small letters, digits and _",
            file=_our_file(),
        )
    return name


def _is_good(name: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_]*", name) is not None and name not in _TAKEN


def _our_file() -> Path:
    from platformdirs import user_config_path  # noqa: PLC0415  (start-up)

    return user_config_path("iot", appauthor=False) / "secrets.json"


def _old() -> dict[str, str]:
    return _renamed(read_old_file(old_secrets_file()))


def _renamed(values: dict[str, str]) -> dict[str, str]:
    """Return the secrets of a ``secrets.py`` by the names that they have here."""
    found = {_new_name(name): value for name, value in values.items()}
    return {name: value for name, value in found.items() if _is_good(name)}


def _new_name(name: str) -> str:
    return _OLD_NAMES.get(name.lower(), name.lower())
