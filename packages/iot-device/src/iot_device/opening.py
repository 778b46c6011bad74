"""From the words of a user to an open device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device.connecting import transport_of
from iot_device.device import Device
from iot_device.sharing import WAIT
from iot_device.targets import FoundBoard, find_board

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.filesystem import Leftover
    from iot_device.sharing.events import PortEvent
    from iot_device.transports import Transport

__all__ = ["open_device"]


def open_device(
    target: str | FoundBoard | Transport | None = None,
    *,
    wait: float = WAIT,
    gives_way: bool = False,
    on_event: Callable[[PortEvent], object] | None = None,
    on_leftover: Callable[[Leftover], object] | None = None,
    wrap: Callable[[Transport], Transport] | None = None,
) -> Device:
    """Open a board.

    Use it as a context manager::

        with open_device("sim://") as device:
            print(device.evaluate("1 + 1"))

    Opening does not disturb a program that runs on the board; the first call that needs the
    board's REPL stops it. A board with a name or a uid is asked first who it is, unless its USB
    serial number tells.

    Args:
        target: A URL (``sim://``, ``serial:///dev/ttyACM0``, ``socket://HOST:PORT``, ...), a port
            (``/dev/ttyACM0``, ``COM3``), a name or a uid, what ``find_board`` found, or a transport
            of your own; left out: the one in the variable ``IOT_DEVICE`` or a project's
            ``iot.toml``, else the only board that is attached.
        wait: Seconds to wait for a board that another program uses; a transport of your own is
            opened as it is.
        gives_way: As for ``Device``.
        on_event: As for ``Device``.
        on_leftover: As for ``Device``.
        wrap: Puts something around each pipe that is opened.

    Raises:
        InvalidTargetError: The target makes no sense.
        PortBusyError: Another program uses the board, also after ``wait``.
        PortNotFoundError: Another board is there.
        ConnectError: It cannot be opened; the subclass tells why.
    """
    if target is None or isinstance(target, str):
        target = find_board(target)
    uids: frozenset[str] = frozenset()
    if isinstance(target, FoundBoard):
        uids = target.uids
        target = transport_of(target.url, wait=wait, wrap=wrap)
    device = Device(
        target, gives_way=gives_way, on_event=on_event, on_leftover=on_leftover, uids=uids
    )
    device.open()
    return device
