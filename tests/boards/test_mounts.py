"""Where file systems are mounted, on all boards."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boards.boards import StartedBoard
    from iot_device import Device


def test_the_root_is_among_the_mount_points_and_each_is_a_folder(
    board: StartedBoard, device: Device
) -> None:
    if "files" not in (board.capabilities or ()):
        return
    mounts = device.files.mounts()
    assert "/" in mounts
    assert mounts == sorted(set(mounts))
    assert all(device.files.is_dir(place) for place in mounts)
