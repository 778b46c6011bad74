"""The command line, for tests: real processes, each test with a simulated board of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.iot_process import Iot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def iot(tmp_path: Path) -> Iterator[Iot]:
    flash, cwd = tmp_path / "flash", tmp_path / "host"
    flash.mkdir()
    cwd.mkdir()
    iot = Iot(flash, cwd)
    yield iot
    iot.close()
