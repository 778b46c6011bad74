"""A check of what a board answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device.doctor.findings import Finding
from iot_device.errors import InvalidTargetError, IotError
from iot_device.opening import open_device

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_board"]


def check_board(target: str) -> Iterator[Finding]:
    """Ask a board who it is; that stops its program.

    Raises:
        InvalidTargetError: The target names no board, or several.
    """
    try:
        with open_device(target) as device:
            info, url, was_running = device.info, device.url, device.stopped_program
    except InvalidTargetError:
        raise
    except IotError as error:
        yield Finding("board", "problem", f"{target}: {error.message}", error.hint)
        return
    firmware = f"{info.implementation} {info.version}".strip()
    yield Finding("board", "good", f"{url} answers: {firmware}, {info.machine or info.platform}")
    if was_running:
        text = f"{url}: main.py was stopped by the question"
        yield Finding("board", "note", text, f"iot -d {target} softreset --main starts it")
