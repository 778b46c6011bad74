"""The flash of a simulated board as a file: MicroPython's own littlefs or FAT in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from iot_device.errors import ConnectError, InvalidTargetError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FlashImage", "PowerCut"]

_Kind: TypeAlias = Literal["lfs2", "fat"]

_DEFAULT_SIZE: Final = 1024  # KB, the file system's share of a flash of 2 MB
_SMALLEST: Final = 64  # KB
_LARGEST: Final = 65536  # KB

# What flash chips erase at once; and sectors, as FAT has them on SD cards and where the driver
# hides the chip's blocks.
_BLOCK_SIZES: Final[dict[str, int]] = {"lfs2": 4096, "fat": 512}


@dataclass(frozen=True)
class FlashImage:
    """A file system in a file.

    Attributes:
        kind: ``lfs2`` for littlefs 2, ``fat`` for FAT.
        size: KB, when the file is made; one that is there keeps its size.
    """

    kind: _Kind
    size: int = _DEFAULT_SIZE

    @classmethod
    def parse(cls, text: str) -> FlashImage:
        """Read ``lfs2`` or ``fat``, perhaps with ``:KB``.

        Raises:
            InvalidTargetError: It makes no sense.
        """
        match = re.fullmatch(r"(\w+)(?::([0-9]{1,6}))?", text, re.ASCII)
        size = int(match[2] or _DEFAULT_SIZE) if match else 0
        for kind in get_args(_Kind):
            if match and match[1] == kind and _SMALLEST <= size <= _LARGEST:
                return cls(kind, size)
        raise InvalidTargetError(
            f"{text!r} is no flash image",
            target=f"image={text}",
            hint=f"write lfs2 or fat, or with a size of {_SMALLEST} to {_LARGEST} KB: lfs2:512",
        )

    @property
    def block_size(self) -> int:
        """Bytes of one block."""
        return _BLOCK_SIZES[self.kind]

    def make(self, path: Path) -> None:
        """Make the file, erased, unless it is there; the board formats it.

        Raises:
            ConnectError: That is not possible.
        """
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"\xff" * (self.size * 1024))
        except OSError as error:
            raise ConnectError(
                f"the flash image {path} cannot be made: {error.strerror}", port=str(path)
            ) from error

    def __str__(self) -> str:
        return f"{self.kind}:{self.size}"


@dataclass(frozen=True)
class PowerCut:
    """When a board loses its power.

    Attributes:
        write: In which write or erasure of a block, counted from 1 since the boot.
        half: Whether the first half of it is done; else nothing of it.
    """

    write: int
    half: bool = False
