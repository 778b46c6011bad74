"""Calls of board code for files: what the firmware offers, and errors translated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from iot_device.errors import ResultError, UnsupportedError
from iot_device.filesystem.board_errors import board_error, board_errors, named_error, numbering
from iot_device.filesystem.journal import WriteJournal
from iot_device.filesystem.link_memory import LinkMemory, kind_of_link
from iot_device.filesystem.pace import LinkPace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iot_device.errors import BoardOSError
    from iot_device.protocol.transfer import Check
    from iot_device.session import Exchange, Session

__all__ = ["TIMEOUT_WITH_SIGNS", "BoardCalls", "Features"]

TIMEOUT: Final = 60.0  # seconds; flash that must be erased first is slow
# Seconds for what yields signs of life: a board that falls silent is given up long before.
TIMEOUT_WITH_SIGNS: Final = 3600.0

_MEMORY_TO_KEEP: Final = 65536  # bytes; the functions below need some 6 KB of them
_KEPT: Final = frozenset(
    {
        "files_before",
        "files_before_many",
        "files_blocks",
        "files_close",
        "files_digest",
        "files_open",
        "files_os",
        "files_rebuild",
    }
)
_KEPT_FOR_STREAMS: Final = frozenset({"files_receive", "files_send", "files_store"})
_KEPT_FOR_PIECES: Final = frozenset({"files_piece", "files_read"})
# Who needs them once seldom needs them again, and then often: on a board that is watched.
_KEPT_IF_USED_AGAIN: Final = frozenset(
    {"files_digests", "files_list", "files_make_folders", "files_mounts"}
)


@dataclass(frozen=True)
class Features:
    """What the firmware offers for work with files, as it said itself.

    Attributes:
        names: ``os.mkdir``, ``hashlib.sha256``, ...
        errors: How the board numbers errors.
        memory: Bytes that are free for programs; 0 if unknown.
        firmware: The board's ``sys.version``.
    """

    names: frozenset[str]
    errors: Mapping[int, str]
    memory: int = 0
    firmware: str = ""

    @property
    def flat(self) -> bool:
        """Whether there are no folders, as on the micro:bit: no ``os.stat`` to tell them."""
        return "os.stat" not in self.names

    @property
    def has_blocks(self) -> bool:
        """Whether the board can tell the crc32 of each block of a file."""
        return {"binascii.crc32", "binascii.b2a_base64"} <= self.names

    @property
    def check(self) -> Check | None:
        """How the board can check a frame of a stream; ``None``: there can be none."""
        if not {"stdin.buffer", "stdout.buffer"} <= self.names:
            return None
        if "binascii.crc32" in self.names:
            return "crc32"
        return "sha256" if "hashlib.sha256" in self.names else None

    @property
    def inflates_programs(self) -> bool:
        """Whether the board can inflate a program, and check what it inflates."""
        return {"deflate.DeflateIO", "binascii.a2b_base64", "binascii.crc32"} <= self.names

    @property
    def deflate(self) -> bool:
        """Whether the board can inflate what streams to it."""
        return "deflate.DeflateIO" in self.names

    def has_digest(self, algorithm: str) -> bool:
        """Whether the board computes this digest itself; CircuitPython has ``hashlib.new``."""
        return not self.names.isdisjoint({f"hashlib.{algorithm}", "hashlib.new"})


class BoardCalls:
    """Runs board code for files; probes the board at the first use.

    Args:
        session: The session with the board.

    Attributes:
        link: What is known of the link.
        being_written: The temporary names of the files that are written now.
        finished: The temporary names that this connection has put in their places, with digests.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.being_written: frozenset[str] = frozenset()
        self.finished: dict[str, str] = {}
        self.link: LinkPace = LinkPace(session.transport.url)
        self._kept: frozenset[str] = frozenset()

    @property
    def journal(self) -> WriteJournal:
        """The writes to this board that have begun."""
        # What stands behind the question mark is how the board is opened, not which one it is.
        url = self._session.transport.url.partition("?")[0]
        return WriteJournal(self._session.meeting.board.uid or url)

    @property
    def can_stream(self) -> bool:
        """Whether files can go to the board as a stream, as far as is known."""
        return self._session.reads_input and self.link.works and self.features.check is not None

    @cached_property
    def features(self) -> Features:
        """What the board can do; asked once."""
        features = _features_from(self._session.call("files_features"))
        uid, kind = self._session.meeting.board.uid, kind_of_link(self._session.transport.url)
        self.link.recall(LinkMemory(uid, kind, features.firmware))
        if features.memory >= _MEMORY_TO_KEEP:
            for_files = _KEPT_FOR_STREAMS if features.check else _KEPT_FOR_PIECES
            self._keep(_KEPT | for_files, features)
        return features

    def forget(self) -> None:
        """Probe again at the next use."""
        self.link = LinkPace(self._session.transport.url)
        self.__dict__.pop("features", None)
        self._kept = frozenset()

    def _keep(self, names: frozenset[str], features: Features) -> None:
        self._kept = names
        self._session.keep(names, inflates=features.inflates_programs)

    def need(self, name: str) -> None:
        """Raise if the firmware lacks a function.

        Raises:
            UnsupportedError: It does; ``.feature`` is the name.
        """
        if name not in self.features.names:
            raise UnsupportedError(f"this board's firmware has no {name}", feature=name)

    def call(self, name: str, *arguments: object, path: str, timeout: float = TIMEOUT) -> list[Any]:
        """Run board code that is about ``path``; return what it yields.

        Raises:
            BoardOSError: It raised ``OSError``.
        """
        with board_errors(path, self.features.errors):
            items = self._session.call(name, *arguments, timeout=timeout)
        if name in _KEPT_IF_USED_AGAIN - self._kept and self._kept:
            self._keep(self._kept | {name}, self.features)
        return items

    def stream(self, name: str, *arguments: object, exchange: Exchange, path: str) -> list[Any]:
        """Run board code that talks with ``exchange``; it may take as long as it goes on.

        Returns what it yields.

        Raises:
            BoardOSError: It raised ``OSError``.
        """
        with board_errors(path, self.features.errors):
            return self._session.call(name, *arguments, timeout=None, exchange=exchange)

    def value(self, name: str, *arguments: object, path: str, timeout: float = TIMEOUT) -> Any:
        """Run board code that yields one value; return that.

        Raises:
            BoardOSError: It raised ``OSError``.
            ResultError: It yielded something else.
        """
        items = self.call(name, *arguments, path=path, timeout=timeout)
        if len(items) != 1:
            raise ResultError("the board's answer is incomplete", text=ascii(items))
        return items[0]

    def os(self, name: str, *arguments: str, path: str) -> Any:
        """Call a function of the board's ``os``; return what it returns.

        Raises:
            UnsupportedError: The firmware lacks it.
            BoardOSError: It raised ``OSError``.
        """
        self.need(f"os.{name}")
        match self.value("files_os", name, *arguments, path=path):
            case (value,):
                return value
            case other:
                raise ResultError("the board's answer makes no sense", text=ascii(other))

    def error(self, reason: object, path: str) -> BoardOSError:
        """Make the error for what the board gave as the reason: a number, a name or a text."""
        if isinstance(reason, str) and reason.startswith("E"):
            return named_error(reason, path)
        return board_error((reason,), path, self.features.errors)


def _features_from(items: list[Any]) -> Features:
    names: set[str] = set()
    enoent: int | None = None
    memory = 0
    firmware = ""
    for item in items:
        match item:
            case (str(module), [*attributes]):
                names.update(f"{module}.{attribute}" for attribute in attributes)
            case ("ENOENT", int(number)):
                enoent = number
            case ("memory", int(number)):
                memory = number
            case ("version", str(firmware)):
                pass
            case other:
                raise ResultError("the board's features make no sense", text=ascii(other))
    return Features(frozenset(names), numbering(enoent), memory, firmware)
