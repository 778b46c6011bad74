"""What a configuration says, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BoardIdentity", "BoardTime", "DeviceConfiguration", "Place", "Resource"]

BoardTime: TypeAlias = Literal["utc", "local", "none"]

DEFAULT_INCLUDES: Final = ("./**/*.py", "./**/*.mpy", "./**/")
DEFAULT_EXCLUDES: Final = ("boot_out.txt",)


@dataclass(frozen=True)
class Place:
    """Where something stands.

    Attributes:
        file: The file.
        line: Its line, from 1.
    """

    file: Path
    line: int


@dataclass(frozen=True)
class BoardIdentity:
    """Who a board is.

    Attributes:
        name: Its name.
        uids: Its unique ids, small hexadecimal digits; several for boards that take turns.
        usb: Where it is plugged in, for boards without a uid.
        groups: The groups that it belongs to.
        place: Where that is written.
    """

    name: str
    uids: tuple[str, ...]
    usb: str | None
    groups: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Resource:
    """A file or folder that belongs on a board.

    Attributes:
        name: Its path, as the configuration names it.
        path: The folder on the host in which it is, absolute.
        install_dir: The folder on the board.
        include_patterns: Which files of a folder belong on the board.
        exclude_patterns: Which of them do not, after all.
        unpack: Whether what is in the folder is installed, instead of the folder; ``None``: unless
            it is a package, with an ``__init__.py``.
        place: Where it is named.
    """

    name: str
    path: Path
    install_dir: str
    include_patterns: tuple[str, ...]
    exclude_patterns: tuple[str, ...]
    unpack: bool | None
    place: Place


@dataclass(frozen=True)
class DeviceConfiguration:
    """What belongs on a board, with all that it has from the configuration that it extends.

    Attributes:
        identity: Who the board is.
        path: The folder on the host in which resources are that name no other.
        install_dir: The folder on the board for resources that name no other.
        include_patterns: Which files of folders belong on the board; globs relative to the folder
            or, with a leading slash, patterns as in ``.gitignore`` for the path on the board.
        exclude_patterns: Which paths on the board are left alone, as in ``.gitignore``.
        resources: What belongs on the board; of two files for one path the later wins.
        time: What its clock shall show.
        max_delete: How many files may be deleted unasked; ``None``: as rsync thinks best.
    """

    identity: BoardIdentity
    path: Path
    install_dir: str
    include_patterns: tuple[str, ...]
    exclude_patterns: tuple[str, ...]
    resources: tuple[Resource, ...]
    time: BoardTime
    max_delete: int | None

    @property
    def name(self) -> str:
        """The board's name."""
        return self.identity.name

    @property
    def uids(self) -> tuple[str, ...]:
        """The board's unique ids."""
        return self.identity.uids

    @property
    def usb(self) -> str | None:
        """Where the board is plugged in, if the configuration says so."""
        return self.identity.usb

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that the board belongs to."""
        return self.identity.groups

    @property
    def file(self) -> Path:
        """The file of the configuration."""
        return self.identity.place.file
