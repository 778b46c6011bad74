"""What a copy consists of: its steps, what became of them, and the account of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from iot_device.copying.board_files import BoardFiles
    from iot_device.copying.host_files import HostFiles
    from iot_device.errors import IotError
    from iot_device.filesystem import FileType, Proof

__all__ = [
    "MAX_DEPTH",
    "CopyAction",
    "CopyFile",
    "CopyOutcome",
    "CopyPlan",
    "CopyProof",
    "CopyReport",
    "CopyStep",
    "Found",
    "KeepFile",
    "MakeFolder",
    "Node",
    "RefuseCopy",
    "verified_by",
]

MAX_DEPTH: Final = 32  # folders in folders: a board may tell of ever more

# ``length``: the board has no digest, and as many bytes came as the file has.
CopyProof: TypeAlias = "Proof | Literal['length']"

_PROOFS: Final[Mapping[CopyProof, str]] = {
    "sha256": "sha256",
    "crc32": "crc32",
    "read back": "reading back",
}

CopyAction: TypeAlias = Literal["made", "sent", "unchanged", "failed"]


@dataclass(frozen=True)
class Node:
    """A file or folder that is to be copied, as its side tells.

    Attributes:
        path: Its path there.
        name: What it is called in another folder; empty for a root and the like.
        type: ``file`` or ``dir``.
        size: Bytes; 0 for folders.
        children: What is in the folder.
        problem: Why it cannot be copied.
    """

    path: str
    name: str
    type: FileType
    size: int = 0
    children: tuple[Node, ...] = ()
    problem: IotError | None = None


@dataclass(frozen=True)
class Found:
    """What there is already where something is to be copied to.

    Attributes:
        type: ``file`` or ``dir``.
        size: Bytes; 0 for folders.
        digest: SHA-256 in hex, if known already; of a board's file at least its first 16 bytes.
    """

    type: FileType
    size: int
    digest: str | None = None


@dataclass(frozen=True)
class MakeFolder:
    """A folder that is not there is made.

    Attributes:
        source: The folder that it is a copy of.
        target: The new one.
        named: Whether the person named the target; else its name comes from the source.
    """

    source: str
    target: str
    named: bool


@dataclass(frozen=True)
class CopyFile:
    """A file is copied.

    Attributes:
        source: The file.
        target: Its copy; what is there is replaced.
        named: Whether the person named the target; else its name comes from the source.
        size: Bytes to copy.
        old_size: Bytes of the file that is replaced; ``None``: there is none.
    """

    source: str
    target: str
    named: bool
    size: int
    old_size: int | None


@dataclass(frozen=True)
class KeepFile:
    """A file is there already with the same content, as its digest tells; ``size`` is in bytes."""

    source: str
    target: str
    size: int


@dataclass(frozen=True)
class RefuseCopy:
    """Something that is not copied, and with it all that is in it; ``error`` tells why."""

    source: str
    error: IotError


CopyStep: TypeAlias = MakeFolder | CopyFile | KeepFile | RefuseCopy


@dataclass(frozen=True)
class CopyPlan:
    """What a copy will do.

    Attributes:
        source: The side that is read.
        target: The side that is written.
        steps: In their order; a folder stands before what is in it.
        folders: The folders of the source that are copied, whether their copies are there or not.
        in_place: Whether a file of a board may be removed before its new content is there, where
            there is no room for both.
    """

    source: BoardFiles | HostFiles
    target: BoardFiles | HostFiles
    steps: tuple[CopyStep, ...]
    folders: tuple[str, ...] = ()
    in_place: bool = False

    @property
    def size(self) -> int:
        """Bytes that will be copied."""
        return sum(step.size for step in self.steps if isinstance(step, CopyFile))


@dataclass(frozen=True)
class CopyOutcome:
    """What became of a step.

    Attributes:
        action: ``made`` (a folder), ``sent`` (a file), ``unchanged`` (it was there with the same
            content), or ``failed``.
        source: The source as people write it; paths on boards begin with a colon.
        target: The target likewise; empty for what was refused.
        size: Bytes of a file; ``None`` for what is none.
        proof: How a file was compared with the original; ``unchanged`` ones by ``sha256``.
        error: Why it failed.
    """

    action: CopyAction
    source: str
    target: str = ""
    size: int | None = None
    proof: CopyProof | None = None
    error: Exception | None = None


@dataclass
class CopyReport:
    """The account of a copy: ``outcomes`` in their order."""

    outcomes: list[CopyOutcome] = field(default_factory=list)

    @property
    def sent(self) -> list[CopyOutcome]:
        """The files that were copied."""
        return self._of("sent")

    @property
    def unchanged(self) -> list[CopyOutcome]:
        """The files that were there with the same content."""
        return self._of("unchanged")

    @property
    def failed(self) -> list[CopyOutcome]:
        """What was not copied, with the errors."""
        return self._of("failed")

    @property
    def size(self) -> int:
        """Bytes that were copied."""
        return sum(outcome.size or 0 for outcome in self.sent)

    @property
    def proofs(self) -> list[CopyProof]:
        """How the files were compared with their originals; each way once, sorted."""
        return sorted({outcome.proof for outcome in self.outcomes if outcome.proof is not None})

    def _of(self, action: str) -> list[CopyOutcome]:
        return [outcome for outcome in self.outcomes if outcome.action == action]


def verified_by(proofs: Collection[CopyProof]) -> list[str]:
    """Return in words how files were verified; nothing if there were none."""
    compared = [text for proof, text in _PROOFS.items() if proof in proofs]
    words = [f"verified by {' and '.join(compared)}"] if compared else []
    if "length" in proofs:
        words.append("not verified beyond the length: the board has no digest")
    return words
