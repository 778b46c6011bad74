"""Each test has a registry of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iot_device.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("IOT_DEVICE", raising=False)
    monkeypatch.chdir(tmp_path)
    return Registry()
