"""The registry: a file of the user, shared by all processes."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iot_device.errors import ConfigurationError
from iot_device.names import normal_uid
from iot_device.registry.records import (
    Address,
    KnownBoard,
    UsbIdentity,
    boards_from,
    document_of,
    preferred,
)
from iot_device.state_files import state_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iot_device.discovery import BoardCandidate

__all__ = ["EXPIRY", "Registry"]

EXPIRY: Final = 90 * 24 * 3600.0  # seconds for which an address counts that nobody registered
_LOCK_TIME: Final = 10.0  # seconds; another process needs it for milliseconds
_FRESH: Final = 60.0  # seconds in which the same board at the same address is no news


class Registry:
    """The boards that are known.

    Args:
        file: Where they are kept; ``None``: in the user's folder for such.
        now: Gives the time, as ``time.time`` does.
    """

    def __init__(self, file: Path | None = None, *, now: Callable[[], float] = time.time) -> None:
        self.file: Path = file or state_file("boards.json")
        self._now = now

    def boards(self) -> list[KnownBoard]:
        """Return the known boards, the last seen first."""
        return sorted(self._load().values(), key=lambda board: -board.last_seen)

    def get(self, uid: str) -> KnownBoard | None:
        """Return what is known of a board."""
        return self._load().get(normal_uid(uid))

    def saw(self, uid: str, url: str, candidate: BoardCandidate | None = None) -> None:
        """Remember where a board answered; that it cannot be written down is no error.

        Args:
            uid: The board's unique id.
            url: Where it answered.
            candidate: The port, if it is one of this computer.
        """
        usb = None if candidate is None else UsbIdentity.of(candidate)
        if self._is_news(normal_uid(uid), url, usb):
            with suppress(OSError):
                self._add(normal_uid(uid), Address(url, self._now(), usb=usb))

    def saw_again(self, uid: str, url: str) -> None:
        """Remember when a board answered at an address that is known; others stay unknown.

        Args:
            uid: The board's unique id.
            url: Where it answered.
        """
        board = self.get(uid)
        if board is not None and any(address.url == url for address in board.addresses):
            self.saw(uid, url)

    def register(self, uid: str, url: str) -> KnownBoard:
        """Remember an address for good; return what is known of the board.

        Raises:
            OSError: That cannot be written down.
        """
        board = self.get(uid)
        known = board and next((a for a in board.addresses if a.url == url), None)
        usb = known.usb if known else None
        address = Address(url, self._now(), is_registered=True, usb=usb)
        return self._add(normal_uid(uid), address)

    def unregister(self, url_or_uid: str) -> list[str]:
        """Forget an address, or a board; return the URLs that are forgotten.

        Raises:
            ConfigurationError: Nothing is known by that.
            OSError: That cannot be written down.
        """
        forgotten: list[str] = []
        with self._changing() as boards:
            for board in list(boards.values()):
                is_it = board.uid == normal_uid(url_or_uid)
                gone = [a for a in board.addresses if is_it or a.url == url_or_uid]
                forgotten += [address.url for address in gone]
                _keep(boards, board, [a for a in board.addresses if a not in gone])
        if not forgotten:
            raise ConfigurationError(
                f"no known board has the address or uid {url_or_uid}",
                file=self.file,
                hint="iot devices lists what is known",
            )
        return forgotten

    def _is_news(self, uid: str, url: str, usb: UsbIdentity | None) -> bool:
        board = self._load().get(uid)
        known = board and next((a for a in board.addresses if a.url == url), None)
        return not known or known.usb != usb or self._now() - known.last_seen > _FRESH

    def _add(self, uid: str, address: Address) -> KnownBoard:
        with self._changing() as boards:
            for board in list(boards.values()):
                is_it = board.uid == uid
                kept = [
                    known
                    for known in board.addresses
                    if not (_is_over(known, address, same_board=is_it) or _is_gone(known))
                ]
                _keep(boards, board, kept)
            others = boards[uid].addresses if uid in boards else ()
            known = next((other for other in others if other.url == address.url), None)
            if known is not None:  # registered, or it would be over
                address = replace(address, is_registered=True)
            rest = (other for other in others if other is not known)
            boards[uid] = KnownBoard(uid, preferred([*rest, address]))
            return boards[uid]

    @contextmanager
    def _changing(self) -> Iterator[dict[str, KnownBoard]]:
        """Give the boards; what the block makes of them is written."""
        from filelock import FileLock, Timeout  # noqa: PLC0415  (start-up)

        self.file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.file.with_suffix(".lock"), timeout=_LOCK_TIME):
                boards = self._load()
                yield boards
                self._store(boards)
        except Timeout as error:
            raise OSError(f"another process holds {self.file.with_suffix('.lock')}") from error

    def _load(self) -> dict[str, KnownBoard]:
        try:
            text = self.file.read_text(encoding="utf-8")
        except OSError:  # there is none yet
            return {}
        try:
            boards = boards_from(json.loads(text))
        except ValueError:
            with suppress(OSError):  # begin anew, but let the person look at it
                self.file.replace(self.file.with_suffix(".damaged"))
            return {}
        for board in list(boards.values()):
            _keep(boards, board, [a for a in board.addresses if not self._is_expired(a)])
        return boards

    def _is_expired(self, address: Address) -> bool:
        return not address.is_registered and self._now() - address.last_seen > EXPIRY

    def _store(self, boards: dict[str, KnownBoard]) -> None:
        """Write the file as a whole; whoever reads sees the old one or the new one."""
        import tempfile  # noqa: PLC0415  (start-up)

        text = json.dumps(document_of(boards.values()), indent=1)
        handle, name = tempfile.mkstemp(dir=self.file.parent, prefix=self.file.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(self.file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _keep(boards: dict[str, KnownBoard], board: KnownBoard, addresses: list[Address]) -> None:
    if addresses:
        boards[board.uid] = KnownBoard(board.uid, preferred(addresses))
    else:
        boards.pop(board.uid, None)


def _is_gone(address: Address) -> bool:
    """Whether a port that is not on USB is no more: the pty of a simulated board."""
    path = address.url.removeprefix("serial://").partition("?")[0]
    if address.is_registered or address.usb is not None or not path.startswith("/"):
        return False
    return not Path(path).exists()


def _is_over(old: Address, new: Address, *, same_board: bool) -> bool:
    """Whether an address is out of date because a board was seen at another one."""
    if old.is_registered:
        return False
    if old.url == new.url:
        return True
    if old.usb is None or new.usb is None:
        return False
    return old.usb.is_alike(new.usb) if same_board else old.usb == new.usb
