"""A session with a simulated board, over a transport that tests can look into and disturb."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iot_device.connecting import transport_of
from iot_device.session import Session
from session.watched import WatchedTransport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def transport(tmp_path: Path) -> WatchedTransport:
    return WatchedTransport(transport_of(f"sim://{tmp_path}/flash?vm=cpython"))


@pytest.fixture
def session(transport: WatchedTransport) -> Iterator[Session]:
    opened = Session(transport)
    opened.open()
    yield opened
    opened.close()
