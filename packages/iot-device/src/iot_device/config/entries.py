"""One entry of a configuration file: what it says itself, before it extends another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from iot_device.config.configuration import BoardIdentity, BoardTime, Place
from iot_device.config.values import ValueReader
from iot_device.errors import ConfigurationError, InvalidTargetError
from iot_device.names import check_name, is_uid, normal_uid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from iot_device.config.yaml_tree import Node, TopLevelEntry

__all__ = ["Entry", "ResourceEntry", "Settings", "read_entry"]

_RESOURCE_KEYS: Final = ("path", "install-dir", "include-patterns", "exclude-patterns", "unpack")
_SHARED_KEYS: Final = _RESOURCE_KEYS[:-1]
_KEYS: Final = (
    *("uid", "usb", "extends", "groups"),
    *_SHARED_KEYS,
    *("resources", "time", "max-delete"),
)


@dataclass(frozen=True)
class Settings:
    """What an entry, or one of its resources, says about files; ``None``: nothing."""

    path: Path | None = None
    install_dir: str | None = None
    include_patterns: tuple[str, ...] | None = None
    exclude_patterns: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ResourceEntry:
    """What an entry says about one resource."""

    name: str
    settings: Settings
    unpack: bool | None
    place: Place


@dataclass(frozen=True)
class Entry:
    """What an entry says.

    Attributes:
        identity: Who the board is.
        extends: The name of the entry that this one extends.
        extends_line: The line where that stands.
        settings: For resources that say nothing else.
        resources: Its own resources.
        time: What the board's clock shall show.
        max_delete: How many files may be deleted unasked.
        problems: What is wrong with the entry; the rest of it then counts for names only.
        is_anchored: Whether it has an anchor, so that merge keys can use it.
    """

    identity: BoardIdentity
    extends: str | None = None
    extends_line: int | None = None
    settings: Settings = Settings()
    resources: tuple[ResourceEntry, ...] = ()
    time: BoardTime | None = None
    max_delete: int | None = None
    problems: tuple[ConfigurationError, ...] = ()
    is_anchored: bool = False

    @property
    def is_board(self) -> bool:
        """Whether it is about a board; else it is there to be extended."""
        return bool(self.identity.uids) or self.identity.usb is not None


def read_entry(found: TopLevelEntry, file: Path) -> Entry:
    """Read an entry; what is wrong stands in ``problems``."""
    place = Place(file, found.line)
    if isinstance(found.content, ConfigurationError):
        nobody = BoardIdentity(found.name, (), None, (), place)
        return Entry(nobody, problems=(found.content,))
    reader = ValueReader(file)
    values = reader.keys(found.content, _KEYS)
    extends = values.get("extends")
    time = reader.choice("time", values.get("time"), ("utc", "local", "none"))
    return Entry(
        identity=_identity(reader, found.name, values, place),
        extends=reader.text("extends", extends),
        extends_line=None if extends is None else extends.line,
        settings=_settings(reader, values),
        resources=_resources(reader, values.get("resources")),
        time=cast("BoardTime | None", time),
        max_delete=reader.count("max-delete", values.get("max-delete")),
        problems=tuple(reader.problems),
        is_anchored=found.is_anchored,
    )


def _identity(
    reader: ValueReader, name: str, values: dict[str, Node], place: Place
) -> BoardIdentity:
    try:
        check_name(name)
    except InvalidTargetError as error:
        reader.problem(error.message, place.line, hint=error.hint)
    usb = reader.text("usb", values.get("usb"))
    return BoardIdentity(
        name=name,
        uids=tuple(_uids(reader, values.get("uid"))),
        usb=None if usb is None else usb.removeprefix("usb:"),
        groups=reader.texts("groups", values.get("groups")) or (),
        place=place,
    )


def _uids(reader: ValueReader, node: Node | None) -> Sequence[str]:
    texts = reader.texts("uid", node) or ()
    for text in texts:
        if node is not None and not is_uid(text):
            reader.problem(
                f"uid: expected pairs of hexadecimal digits, 24:0a:02: {text!r}",
                node.line,
                hint="iot uid prints it",
            )
    return [normal_uid(text) for text in texts if is_uid(text)]


def _settings(reader: ValueReader, values: dict[str, Node]) -> Settings:
    return Settings(
        reader.host_folder("path", values.get("path")),
        reader.board_folder("install-dir", values.get("install-dir")),
        reader.patterns("include-patterns", values.get("include-patterns")),
        reader.patterns("exclude-patterns", values.get("exclude-patterns")),
    )


def _resources(reader: ValueReader, node: Node | None) -> tuple[ResourceEntry, ...]:
    if node is None:
        return ()
    if not isinstance(node.value, list):
        reader.problem("resources: expected a list, each item with a dash", node.line)
        return ()
    found = [_resource(reader, item) for item in node.value]
    return tuple(resource for resource in found if resource is not None)


def _resource(reader: ValueReader, item: Node) -> ResourceEntry | None:
    match item.value:
        case str(name) if name:
            return _named(reader, name, Settings(), item.line)
        case dict(pairs) if len(pairs) == 1:
            ((name, node),) = pairs.items()
            return _with_values(reader, name, node)
        case dict():
            reader.problem(
                f"expected one resource, but here are {', '.join(item.value)}",
                item.line,
                hint="what belongs to a resource stands further to the right than its name",
            )
        case _:
            reader.problem("expected the name of a file or folder", item.line)
    return None


def _with_values(reader: ValueReader, name: str, node: Node) -> ResourceEntry | None:
    if node.value is None:
        return _named(reader, name, Settings(), node.line)
    if isinstance(node.value, str):
        folder = reader.board_folder(name, node)
        return _named(reader, name, Settings(install_dir=folder), node.line)
    values = reader.keys(node, _RESOURCE_KEYS)
    unpack = reader.boolean("unpack", values.get("unpack"))
    return _named(reader, name, _settings(reader, values), node.line, unpack=unpack)


def _named(
    reader: ValueReader, name: str, settings: Settings, line: int, *, unpack: bool | None = None
) -> ResourceEntry | None:
    parts = name.split("/")
    if name.startswith(("/", "~", "$")) or ".." in parts or not name.strip("./"):
        reader.problem(
            f"expected a file or folder below path: {name}",
            line,
            hint="path: says in which folder a resource is",
        )
        return None
    shown = "/".join(part for part in parts if part not in ("", "."))
    return ResourceEntry(shown, settings, unpack, Place(reader.file, line))
