"""What the board tells about its files."""

from __future__ import annotations

import binascii
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from iot_device.errors import ResultError
from iot_device.filesystem.paths import name_of

__all__ = [
    "SHORT_DIGEST",
    "Entry",
    "FileStat",
    "FileType",
    "Proof",
    "VfsSpace",
    "WriteResult",
    "entries_from",
    "hex_digest",
    "is_same_digest",
    "space_from",
    "stat_from",
    "type_of",
]

FileType: TypeAlias = Literal["file", "dir"]
Proof: TypeAlias = Literal["sha256", "crc32", "read back"]

SHORT_DIGEST: Final = 32  # hex digits; as strong as any of 128 bits, and half as long on the wire

_FOLDER: Final = 0x4000  # S_IFDIR, on all firmware
_SPECIAL: Final = (0x1000, 0x2000, 0x6000, 0xC000)  # S_IFIFO, S_IFCHR, S_IFBLK, S_IFSOCK


@dataclass(frozen=True)
class Entry:
    """One line of a listing.

    Attributes:
        name: The name; bytes that are no UTF-8 stand as surrogates (``os.fsdecode``).
        path: The name with the path of the folder that was listed in front.
        type: ``file`` or ``dir``; a symbolic link (unix firmware port) counts as a file.
        size: Bytes; 0 for folders.
        digest: SHA-256 of the contents in hex; ``None`` for folders, where it was not asked for,
            and where the board cannot compute it. Of a listing that is made to be compared, the
            first 16 bytes, see ``is_same_digest``.
    """

    name: str
    path: str
    type: FileType
    size: int
    digest: str | None = None


@dataclass(frozen=True)
class FileStat:
    """What the board knows about a path.

    Attributes:
        type: ``file`` or ``dir``.
        size: Bytes; 0 for folders.
        mtime: Time of the last change as the board counts it, seconds since its own epoch;
            ``None`` where the firmware has no ``os.stat``.
        is_special: Whether it is a device, a pipe or the like (unix firmware port): a file, but
            one that may have no end.
    """

    type: FileType
    size: int
    mtime: int | None
    is_special: bool = False


@dataclass(frozen=True)
class VfsSpace:
    """Room of a file system, in bytes: ``total``, ``free``, and the size of one ``block``."""

    total: int
    free: int
    block: int

    def occupied(self, size: int) -> int:
        """Return how many bytes a file of ``size`` bytes takes: whole blocks."""
        block = max(self.block, 1)
        return -(-size // block) * block


@dataclass(frozen=True)
class WriteResult:
    """What was proved about a file that was written.

    Attributes:
        path: The file.
        size: Bytes that were written.
        proof: How the stored bytes were compared with those that were sent: by a digest that the
            board computed (``sha256``, ``crc32``), or by reading them back.
        atomic: Whether they were stored under a temporary name first and then renamed, so that at
            any time the old file or the new one was there, whole.
        resumed: Bytes that an earlier write, which was cut, had stored already.
    """

    path: str
    size: int
    proof: Proof
    atomic: bool
    resumed: int = 0


def type_of(mode: int) -> FileType:
    """Return the type that a mode of ``os.stat`` or a kind of ``os.ilistdir`` tells."""
    return "dir" if mode & 0xF000 == _FOLDER else "file"


def entries_from(item: object, *, hashed: bool = False) -> list[Entry]:
    """Make entries from what ``files_list`` yields: a folder, then names, sizes and digests.

    Args:
        item: What it yielded.
        hashed: Whether digests were asked for.

    Raises:
        ResultError: It is something else.
    """
    step = 3 if hashed else 2
    match item:
        case 0:  # a sign of life
            return []
        case [bytes(folder), *facts] if len(facts) % step == 0:
            return [_entry(folder, *facts[at : at + step]) for at in range(0, len(facts), step)]
        case _:
            raise ResultError("the board's listing makes no sense", text=ascii(item))


def _entry(folder: bytes, name: object, size: object, digest: object = None) -> Entry:
    if not isinstance(name, bytes) or not isinstance(size, int):
        raise ResultError("the board's listing makes no sense", text=ascii((name, size)))
    path = (folder + name).decode(errors="surrogateescape")
    kind: FileType = "dir" if size < 0 else "file"
    return Entry(name_of(path), path, kind, max(size, 0), hex_digest(digest))


def hex_digest(digest: object) -> str | None:
    """Return a SHA-256 digest in hex, from its bytes or 43 of base64; ``None`` stays.

    22 of base64 are its first 16 bytes.

    Raises:
        ResultError: It is something else.
    """
    if digest is None:
        return None
    if isinstance(digest, bytes):
        with suppress(binascii.Error):
            raw = digest if len(digest) == 32 else binascii.a2b_base64(digest + b"==")
            if len(raw) in (SHORT_DIGEST // 2, 32):
                return raw.hex()
    raise ResultError("the board's digest makes no sense", text=ascii(digest))


def is_same_digest(digest: str | None, told: str | None) -> bool:
    """Tell whether a digest in hex is the one that a board told, whole or its first 16 bytes.

    As for a whole one, no two contents are found that have the same by accident.
    """
    return digest is not None and told is not None and digest[: len(told)] == told


def stat_from(facts: object) -> FileStat:
    """Make the facts from a tuple of ``os.stat``.

    Raises:
        ResultError: It is something else.
    """
    match facts:
        case (int(mode), _, _, _, _, _, int(size), _, int(mtime), *_):
            folder = type_of(mode) == "dir"
            is_special = mode & 0xF000 in _SPECIAL
            return FileStat(type_of(mode), 0 if folder else size, mtime, is_special)
        case _:
            raise ResultError("the board's os.stat makes no sense", text=ascii(facts))


def space_from(figures: object) -> VfsSpace:
    """Make the room from a tuple of ``os.statvfs`` (block size, fragment size, counts).

    Raises:
        ResultError: It is something else.
    """
    match figures:
        case (int(), int(block), int(blocks), int(), int(available), *_):
            return VfsSpace(block * blocks, block * available, block)
        case _:
            raise ResultError("the board's os.statvfs makes no sense", text=ascii(figures))
