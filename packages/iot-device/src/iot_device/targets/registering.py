"""Adding addresses to what is known of boards, and taking them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device.connecting import transport_of
from iot_device.device import Device
from iot_device.errors import UnsupportedError
from iot_device.registry import Registry
from iot_device.sharing import WAIT
from iot_device.targets.boards import find_board
from iot_device.targets.words import Words

if TYPE_CHECKING:
    from iot_device.registry import KnownBoard

__all__ = ["register_board", "unregister_board"]


def register_board(target: str, *, wait: float = WAIT) -> KnownBoard:
    """Ask a board who it is, and remember its address for good.

    Args:
        target: As for ``open_device``; a URL as a rule.
        wait: Seconds to wait for a board that another program uses.

    Raises:
        UnsupportedError: The board has no unique id.
        IotError: It cannot be opened, or does not answer.
        OSError: The address cannot be written down.
    """
    url = find_board(target).url
    device = Device(transport_of(url, wait=wait))
    with device:
        device.open()
        uid = device.info.uid
    if uid is None:
        raise UnsupportedError(
            f"the board at {url} has no unique id",
            feature="machine.unique_id",
            hint="a configuration with usb: LOCATION gives a board without one a name",
        )
    return Registry().register(uid, url)


def unregister_board(word: str) -> list[str]:
    """Forget an address of a board, or all of them; return the URLs that are forgotten.

    Args:
        word: A URL, or the name or uid of a board.

    Raises:
        ConfigurationError: Nothing is known by that.
        OSError: That cannot be written down.
    """
    if "://" in word:
        return Registry().unregister(word)
    boards = [board for board in Words().configurations.identities if board.name == word]
    uids = [uid for board in boards for uid in board.uids if Registry().get(uid)]
    forgotten = [url for uid in uids for url in Registry().unregister(uid)]
    return forgotten or Registry().unregister(word)
