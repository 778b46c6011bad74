"""The model of a board: which file of the host belongs at which path."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from iot_device.config.environment import SECRETS_NAME, old_secrets_file
from iot_device.config.patterns import BoardPatterns, includes, shows_hidden
from iot_device.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from iot_device.config.configuration import DeviceConfiguration, Place, Resource

__all__ = ["Model", "SkippedFile", "model_of", "model_of_folder"]

SkipReason: TypeAlias = Literal[
    "not included",
    "excluded",
    "secret",
    "in several resources",
    "the board's own",
    "no file that can be read",
]

# Made by CPython for itself, of no use on a board.
_NEVER: Final = "__pycache__"


@dataclass(frozen=True)
class SkippedFile:
    """A file that does not belong on the other side.

    Attributes:
        file: The file on the host; ``None`` for one of the board.
        path: The path on the board that it has or would have.
        reason: No pattern includes it, or one excludes it; it holds secrets and is not named; for
            a file of the board also: several resources could take it, or firmware keeps it there.
    """

    file: Path | None
    path: str
    reason: SkipReason


@dataclass(frozen=True)
class Model:
    """What a board shall have.

    Attributes:
        files: Absolute path on the board -> file on the host.
        folders: Absolute paths of the folders, those above files included, ``/`` left out.
        skipped: Files in the resources that patterns leave out.
        exclude_patterns: The patterns for paths that are left alone, each list by itself.
        rules: How the folders of the host are installed.
    """

    files: Mapping[str, Path]
    folders: frozenset[str]
    skipped: tuple[SkippedFile, ...]
    exclude_patterns: tuple[tuple[str, ...], ...]
    rules: tuple[_Rules, ...] = ()

    def protects(self, path: str, *, is_folder: bool = False) -> bool:
        """Whether what stands on the board at a path must be left alone.

        What the model has is never protected: a resource may install what the patterns of another
        one exclude.

        Args:
            path: An absolute path on the board.
            is_folder: Whether it is a folder.
        """
        if path in self.files or path in self.folders:
            return False
        lists = self.exclude_patterns
        return any(BoardPatterns(patterns).match(path, is_folder=is_folder) for patterns in lists)

    def places(self, path: str) -> tuple[tuple[Path, str], ...]:
        """Return where on the host a file would have to be to belong at a path of the board.

        Args:
            path: An absolute path on the board.

        Returns:
            For each folder that could hold it, that folder and the path in it.
        """
        names = ((rules, rules.name_of(path)) for rules in self.rules)
        return tuple((rules.folder, name) for rules, name in names if name is not None)


def model_of(configuration: DeviceConfiguration) -> Model:
    """Return the model of a board.

    Raises:
        ConfigurationError: A resource is missing or empty, or two of them do not go together.
        OSError: A folder cannot be read.
    """
    if not configuration.resources:
        raise _problem(configuration.identity.place, f"{configuration.name} has no resources")
    builder = _Builder()
    for resource in configuration.resources:
        builder.add(resource)
    if not builder.files:
        raise _problem(configuration.identity.place, "exclude-patterns leave no file for the board")
    lists = [resource.exclude_patterns for resource in configuration.resources]
    return builder.model([configuration.exclude_patterns, *lists])


def model_of_folder(
    folder: Path,
    install_dir: str = "/",
    *,
    exclude_patterns: Sequence[str] = (),
    may_be_empty: bool = False,
) -> Model:
    """Return the model of a folder without a configuration: all files but hidden ones.

    Args:
        folder: The folder on the host.
        install_dir: The folder on the board for what is in it.
        exclude_patterns: Which paths on the board are left alone, as in ``.gitignore``.
        may_be_empty: Whether it may be empty, or not be there: it will be filled.

    Raises:
        ConfigurationError: There is no file in it.
        OSError: It cannot be read.
    """
    builder = _Builder()
    rules = ("./**/*", "./**/"), tuple(exclude_patterns)
    builder.add_folder(_Rules(folder, install_dir.rstrip("/"), *rules))
    if not builder.files and not builder.skipped and not may_be_empty:
        raise ConfigurationError(
            "there is no file in this folder", file=folder, hint="hidden files do not count"
        )
    return builder.model([tuple(exclude_patterns)])


@dataclass(frozen=True)
class _Rules:
    """How a folder is installed.

    Attributes:
        folder: The folder on the host.
        prefix: What stands before the relative paths on the board, without a slash at its end.
        includes: Patterns.
        excludes: Patterns.
    """

    folder: Path
    prefix: str
    includes: tuple[str, ...]
    excludes: tuple[str, ...]

    def name_of(self, path: str) -> str | None:
        """Return the path in the folder of a file that belongs at a path; ``None`` if none does."""
        name = path.removeprefix(f"{self.prefix}/")
        if name == path or _NEVER in path.split("/"):
            return None
        taken = any(includes(pattern, name, path) for pattern in self.includes)
        if not taken or BoardPatterns(self.excludes).match(path) or _is_secret(self, name):
            return None
        return name


class _Builder:
    def __init__(self) -> None:
        self.rules: list[_Rules] = []
        self.files: dict[str, Path] = {}
        self.folders: set[str] = set()
        self.skipped: list[SkippedFile] = []

    def add(self, resource: Resource) -> None:
        """Add a resource.

        Raises:
            ConfigurationError: It is missing or empty, or of another kind than an earlier one.
        """
        source = resource.path / resource.name
        prefix = resource.install_dir.rstrip("/")
        if source.is_file():
            self._add_file(source, f"{prefix}/{resource.name}", resource.exclude_patterns)
        elif source.is_dir():
            inside = prefix if _unpacks(resource, source) else f"{prefix}/{resource.name}"
            rules = _Rules(source, inside, resource.include_patterns, resource.exclude_patterns)
            if not self.add_folder(rules):
                raise _problem(
                    resource.place, f"{resource.name}: no file in {source} matches include-patterns"
                )
        else:
            raise _problem(resource.place, f"{resource.name}: there is no {source}")
        self._check_kinds(resource.place)

    def add_folder(self, rules: _Rules) -> int:
        """Add what is in a folder; return how many files the include patterns take."""
        self.rules.append(rules)
        count = 0
        hidden = any(shows_hidden(pattern) for pattern in rules.includes)
        for path, is_folder in _walk(rules.folder, hidden=hidden):
            board_path = f"{rules.prefix}/{path}"
            taken = any(
                includes(pattern, path, board_path, is_folder=is_folder)
                for pattern in rules.includes
            )
            if is_folder:
                excluded = BoardPatterns(rules.excludes).match(board_path, is_folder=True)
                self.folders |= {board_path} if taken and not excluded else set()
            elif taken and _is_secret(rules, path):
                count += 1
                self.skipped.append(SkippedFile(rules.folder / path, board_path, "secret"))
            elif taken:
                count += 1
                self._add_file(rules.folder / path, board_path, rules.excludes)
            else:
                self.skipped.append(SkippedFile(rules.folder / path, board_path, "not included"))
        return count

    def _add_file(self, file: Path, path: str, excludes: tuple[str, ...]) -> None:
        if BoardPatterns(excludes).match(path):
            self.skipped.append(SkippedFile(file, path, "excluded"))
        else:
            self.files[path] = file

    def model(self, excludes: Sequence[tuple[str, ...]]) -> Model:
        """Return what came together."""
        above = {parent for path in (*self.files, *self.folders) for parent in _parents(path)}
        return Model(
            dict(sorted(self.files.items())),
            frozenset(self.folders | above),
            tuple(self.skipped),
            tuple(dict.fromkeys(excludes)),
            tuple(self.rules),
        )

    def _check_kinds(self, place: Place) -> None:
        above = {parent for path in self.files for parent in _parents(path)}
        both = sorted((self.folders | above) & set(self.files))
        if both:
            raise _problem(place, f"{both[0]} would be a file and a folder")


def _is_secret(rules: _Rules, path: str) -> bool:
    """Whether a file holds secrets, and neither a resource nor a pattern names it."""
    name = path.rpartition("/")[2]
    if any(pattern.rpartition("/")[2] == name for pattern in rules.includes):
        return False
    return name == SECRETS_NAME or rules.folder / path == old_secrets_file()


def _unpacks(resource: Resource, source: Path) -> bool:
    if resource.unpack is not None:
        return resource.unpack
    return not (source / "__init__.py").is_file()


def _walk(root: Path, *, hidden: bool) -> Iterator[tuple[str, bool]]:
    """Yield the paths of all files and folders below a folder, and whether each is a folder.

    Links to folders are followed, but not to one that is above them.
    """
    start: tuple[str, ...] = (os.path.realpath(root),)
    waiting = [("", root, start)]
    while waiting:
        prefix, folder, above = waiting.pop()
        if not folder.is_dir():  # it is yet to be made
            continue
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if entry.name == _NEVER or (entry.name.startswith(".") and not hidden):
                continue
            path = prefix + entry.name
            if entry.is_file():
                yield path, False
            elif entry.is_dir() and (real := os.path.realpath(entry.path)) not in above:
                yield path, True
                waiting.append((f"{path}/", Path(entry.path), (*above, real)))


def _parents(path: str) -> Iterator[str]:
    while (path := path.rpartition("/")[0]) != "":
        yield path


def _problem(place: Place, message: str) -> ConfigurationError:
    return ConfigurationError(message, file=place.file, line=place.line)
