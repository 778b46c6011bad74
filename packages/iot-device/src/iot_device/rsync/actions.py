"""What rsync does with a path on the board, each as a type of its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from iot_device.filesystem import FileType

__all__ = [
    "Action",
    "ActionKind",
    "Add",
    "Conflict",
    "Delete",
    "HostFile",
    "Keep",
    "KnownFile",
    "Update",
]

ActionKind: TypeAlias = Literal["add", "update", "delete", "keep", "conflict"]


@dataclass(frozen=True)
class KnownFile:
    """A content.

    Attributes:
        size: Bytes.
        digest: Its sha256, in hex.
    """

    size: int
    digest: str


@dataclass(frozen=True)
class HostFile(KnownFile):
    """A content that belongs on the board.

    Attributes:
        source: Where the bytes are: a file of this computer, or the bytes themselves.
    """

    source: Path | bytes

    @classmethod
    def of(cls, source: Path | bytes) -> Self:
        """Look at a file.

        Raises:
            OSError: It cannot be read.
        """
        data = cls(0, "", source).read()
        return cls(len(data), hashlib.sha256(data).hexdigest(), source)

    def read(self) -> bytes:
        """Return the bytes.

        Raises:
            OSError: The file cannot be read.
        """
        return self.source if isinstance(self.source, bytes) else self.source.read_bytes()


@dataclass(frozen=True)
class Action:
    """What is done with one path.

    Attributes:
        path: The path on the board, absolute.
        reason: Why, in a few words.
        size: Bytes of the file that is written, else of that on the board; 0 for folders.
    """

    kind: ClassVar[ActionKind]

    path: str
    reason: str
    size: int


@dataclass(frozen=True)
class Add(Action):
    """The board lacks a file; ``file`` is what it gets."""

    kind: ClassVar[ActionKind] = "add"

    file: HostFile


@dataclass(frozen=True)
class Update(Action):
    """The board has another content.

    Attributes:
        file: What it gets.
        old_size: Bytes of what it has.
        old_digest: SHA-256 of that in hex; only its first 16 bytes where no such content is known
            here, ``None`` if the board did not tell.
    """

    kind: ClassVar[ActionKind] = "update"

    file: HostFile
    old_size: int
    old_digest: str | None


@dataclass(frozen=True)
class Delete(Action):
    """The board has what does not belong there.

    Attributes:
        type: ``file`` or ``dir``; what is in a folder has actions of its own.
        recorded: Whether it is known from earlier syncs, so that it is no loss.
        in_the_way: Whether it must be away before files are written.
    """

    kind: ClassVar[ActionKind] = "delete"

    type: FileType
    recorded: bool
    in_the_way: bool


@dataclass(frozen=True)
class Keep(Action):
    """It stays as it is; ``equal``: because it has the content that it should have."""

    kind: ClassVar[ActionKind] = "keep"

    equal: bool


@dataclass(frozen=True)
class Conflict(Action):
    """Both sides want something else, and a person must decide; nothing is done.

    Attributes:
        file: What this computer has; ``None``: nothing, or it is no matter of contents.
        is_on_board: Whether the board has a file there whose content is disputed.
    """

    kind: ClassVar[ActionKind] = "conflict"

    file: HostFile | None = None
    is_on_board: bool = False
