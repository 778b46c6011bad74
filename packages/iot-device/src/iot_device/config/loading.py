"""All configurations of this computer, read anew each time, so that edits count at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from iot_device.config.configuration import (
    DEFAULT_EXCLUDES,
    DEFAULT_INCLUDES,
    BoardIdentity,
    DeviceConfiguration,
    Place,
    Resource,
)
from iot_device.config.entries import Entry, Settings, read_entry
from iot_device.config.environment import devices_folder, projects_folder
from iot_device.config.yaml_tree import read_yaml
from iot_device.errors import ConfigurationError
from iot_device.names import is_place, is_uid, normal_uid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Configurations", "load_configurations", "name_of"]

T = TypeVar("T")


def load_configurations(folder: Path | None = None) -> Configurations:
    """Read all configurations.

    Args:
        folder: Where they are; ``None``: ``$IOT_DEVICES``, or its default.

    Raises:
        ConfigurationError: The folder cannot be read, a variable of the environment or an
            ``iot.toml`` makes no sense. What is wrong with a configuration is raised when that one
            is asked for.
    """
    place = devices_folder() if folder is None else folder
    entries: list[Entry] = []
    problems: list[ConfigurationError] = []
    for file in _files(place):
        try:
            entries += [read_entry(found, file) for found in read_yaml(file)]
        except ConfigurationError as error:
            problems.append(error)
    return Configurations(place, _checked(entries), problems)


def _files(folder: Path) -> list[Path]:
    """Return the files with configurations; none if the folder is not there."""
    try:
        files = list(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", file=folder) from error
    return sorted(file for file in files if file.suffix in (".yaml", ".yml"))


def name_of(uid: str | None, location: str | None = None) -> str | None:
    """Return the name of a board; ``None`` if it has none, or none can be read.

    Args:
        uid: Its unique id.
        location: Where it is plugged in, as ``Device.location`` tells.
    """
    with suppress(ConfigurationError):
        return load_configurations().name_of(uid, location)
    return None


class Configurations:
    """The configurations of a folder.

    Args:
        folder: The folder.
        entries: What its files say.
        problems: What is wrong with files as a whole.

    Attributes:
        folder: The folder.
        identities: Who the boards are, also those whose configuration is wrong elsewhere.
        problems: All that is wrong.
    """

    def __init__(
        self, folder: Path, entries: Sequence[Entry], problems: Sequence[ConfigurationError]
    ) -> None:
        self.folder = folder
        self._unread = next(iter(problems), None)
        self._entries = {entry.identity.name: entry for entry in reversed(entries)}
        own = [problem for entry in entries for problem in entry.problems]
        inherited = [problem for entry in entries for problem in self._chain(entry)[1]]
        self.problems: tuple[ConfigurationError, ...] = (*problems, *own, *inherited)
        self.identities: tuple[BoardIdentity, ...] = tuple(
            self._identity(entry) for entry in entries if entry.is_board
        )

    @property
    def unread_hint(self) -> str | None:
        """A hint for who misses a name: a file that cannot be read may have it."""
        return None if self._unread is None else f"a file cannot be read: {self._unread.message}"

    def names(self) -> list[str]:
        """Return the names of all configurations of boards, sorted."""
        return sorted({identity.name for identity in self.identities})

    def get(self, name_or_uid: str) -> DeviceConfiguration:
        """Return the configuration with a name, or that of the board with a uid.

        Raises:
            ConfigurationError: There is none, or something is wrong with it.
        """
        entry = self._entries.get(name_or_uid)
        if entry is None:
            name = self.name_of(name_or_uid)
            if name is None:
                known = f"there are {', '.join(self.names())}" if self.identities else None
                raise ConfigurationError(
                    f"no configuration is for {name_or_uid!r}",
                    file=self.folder,
                    hint=self.unread_hint or known,
                )
            entry = self._entries[name]
        return self._merged(entry)

    def name_of(self, uid: str | None, location: str | None = None) -> str | None:
        """Return the name of a board; ``None`` if it has none.

        Its uid counts. Only if no configuration has that, the place does for which a configuration
        without a uid is meant.

        Args:
            uid: Its unique id.
            location: Where it is plugged in, as ``Device.location`` tells.
        """
        wanted = normal_uid(uid) if uid is not None and is_uid(uid) else None
        by_uid = [board.name for board in self.identities if wanted in board.uids]
        by_place = [
            board.name
            for board in self.identities
            if board.usb and not board.uids and is_place(board.usb, location)
        ]
        return next(iter([*by_uid, *by_place]), None)

    def group(self, group: str) -> list[str]:
        """Return the names of the boards of a group, sorted."""
        return sorted({board.name for board in self.identities if group in board.groups})

    def _identity(self, entry: Entry) -> BoardIdentity:
        chain = self._chain(entry)[0]
        groups = dict.fromkeys(group for part in chain for group in part.identity.groups)
        return replace(entry.identity, groups=tuple(groups))

    def _chain(self, entry: Entry) -> tuple[list[Entry], list[ConfigurationError]]:
        """Return the entry and those that it extends, nearest first; and why that fails."""
        chain = [entry]
        while (name := chain[-1].extends) is not None:
            following = self._entries.get(name)
            if following is None or following in chain:
                why = "there is no such name" if following is None else "that leads in a circle"
                message = f"extends: {name}: {why}"
                file, line = chain[-1].identity.place.file, chain[-1].extends_line
                return chain, [ConfigurationError(message, file=file, line=line)]
            chain.append(following)
        return chain, []

    def _merged(self, entry: Entry) -> DeviceConfiguration:
        chain, problems = self._chain(entry)
        problems = [problem for part in chain for problem in part.problems] + problems
        if problems:
            raise problems[0]
        layers = [part.settings for part in chain]
        rules = _rules(layers)
        return DeviceConfiguration(
            self._identity(entry),
            *rules,
            resources=tuple(
                Resource(own.name, *_rules([own.settings, *layers]), own.unpack, own.place)
                for part in reversed(chain)
                for own in part.resources
            ),
            time=_first((part.time for part in chain), "local"),
            max_delete=_first((part.max_delete for part in chain), None),
        )


def _rules(
    layers: Sequence[Settings],
) -> tuple[Path, str, tuple[str, ...], tuple[str, ...]]:
    """Return of each setting the first that is made in a layer, else the default."""
    path = _first((layer.path for layer in layers), None)
    return (
        projects_folder() if path is None else path,
        _first((layer.install_dir for layer in layers), "/"),
        _first((layer.include_patterns for layer in layers), DEFAULT_INCLUDES),
        _first((layer.exclude_patterns for layer in layers), DEFAULT_EXCLUDES),
    )


def _first(values: Iterable[T | None], default: T) -> T:
    return next((value for value in values if value is not None), default)


def _checked(entries: Sequence[Entry]) -> list[Entry]:
    """Note in each entry what is wrong with it beside the others."""
    extended = {entry.extends for entry in entries}
    owners: dict[str, list[BoardIdentity]] = {}
    for identity in (entry.identity for entry in entries):
        for word in _words(identity):
            owners.setdefault(word, []).append(identity)
    return [
        replace(entry, problems=(*entry.problems, *_clashes(entry, owners, extended)))
        for entry in entries
    ]


def _words(identity: BoardIdentity) -> list[str]:
    """Return what only one entry may have, in the words of a message."""
    uids = (f"the uid {uid}" for uid in dict.fromkeys(identity.uids))
    return [f"the name {identity.name}", *uids]


def _clashes(
    entry: Entry, owners: Mapping[str, Sequence[BoardIdentity]], extended: set[str | None]
) -> Iterator[ConfigurationError]:
    here = entry.identity
    for word in _words(here):
        # One is enough: it is wrong in turn, and names the next.
        other = next((other for other in owners[word] if other is not here), None)
        if other is not None:
            there = f"{other.place.file.name}:{other.place.line}"
            yield _problem(here.place, f"{word} stands in {there}, too ({other.name})")
    is_used = entry.is_board or entry.is_anchored or here.name in extended
    if not is_used and not entry.problems:
        yield _problem(
            here.place,
            f"{here.name}: expected uid, or usb for a board without one",
            hint="iot uid prints it; without it, an entry is there to be extended",
        )


def _problem(place: Place, message: str, *, hint: str | None = None) -> ConfigurationError:
    return ConfigurationError(message, file=place.file, line=place.line, hint=hint)
