"""Passwords and the like: where they come from, and how they are kept out of sight."""

from __future__ import annotations

from iot_device.secret_store.secret import Secret
from iot_device.secret_store.store import (
    LeftOutLine,
    MigratedSecrets,
    SecretPlace,
    find_secret,
    list_secrets,
    migrate_secrets,
    remove_secret,
    set_secret,
)

__all__ = [
    "LeftOutLine",
    "MigratedSecrets",
    "Secret",
    "SecretPlace",
    "find_secret",
    "list_secrets",
    "migrate_secrets",
    "remove_secret",
    "set_secret",
]
