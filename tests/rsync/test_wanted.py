"""Which configuration is a board's: by its uid, and by its place if it has none of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from iot_device import ConfigurationError, Device
from iot_device.rsync import configuration_of, time_of
from iot_device.sharing import SharedTransport
from iot_device.transports.url import parse_url
from session.ports import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow  # a real board

AT_PLACE = "bench: {usb: 1-5.2, time: utc, resources: [x.py]}\n"
OTHER_PLACE = "other: {usb: 1-5, resources: [x.py]}\n"


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    """A board behind a USB adapter at 1-5.2; its uid is that of "anna"."""
    monkeypatch.setenv("IOT_DEVICES", str(tmp_path))
    (tmp_path / "anna" / "flash").mkdir(parents=True)
    with served(tmp_path / "anna") as port:
        on_usb = replace(port, location="1-5.2:1.0")
        transport = SharedTransport(
            parse_url(port.url), wrap=lambda pipe: pipe, attached=lambda: [on_usb]
        )
        with Device(transport) as device:
            device.open()
            yield device


def test_a_place_names_the_board_that_is_plugged_in_there(board: Device, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(OTHER_PLACE)
    with pytest.raises(ConfigurationError, match="no configuration found for: 616e6e61"):
        configuration_of(board)
    assert time_of(board) == "local"
    (tmp_path / "a.yaml").write_text(OTHER_PLACE + AT_PLACE)
    assert configuration_of(board).name == "bench"
    assert time_of(board) == "utc"


def test_a_board_tells_its_place_and_the_name_that_this_gives_it(
    board: Device, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text(AT_PLACE)
    assert (board.location, board.info.name) == ("1-5.2:1.0", "bench")


def test_the_uid_counts_before_the_place(board: Device, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{AT_PLACE}anna: {{uid: {b'anna'.hex()}, resources: [x]}}\n")
    assert configuration_of(board).name == "anna"
    (tmp_path / "a.yaml").write_text("bench: {uid: ab, usb: 1-5.2, resources: [x.py]}\n")
    with pytest.raises(ConfigurationError, match="no configuration found"):
        configuration_of(board)
