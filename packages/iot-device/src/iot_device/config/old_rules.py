"""Which files the earlier system (0.5 and older) would have copied, to tell what is other now."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device.config.configuration import DeviceConfiguration, Resource
    from iot_device.config.model import Model

__all__ = ["RuleDifference", "rule_differences"]


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """A file whose inclusion differs from the rules of the earlier system.

    Attributes:
        path: The path on the board.
        file: The file on the host.
        belongs_now: Whether it belongs on the board now; else it did before.
    """

    path: str
    file: Path
    belongs_now: bool


def rule_differences(configuration: DeviceConfiguration, model: Model) -> list[RuleDifference]:
    """Return the files that only the rules of one of both put on the board, sorted by path.

    Args:
        configuration: A configuration.
        model: Its model.
    """
    old = dict(
        pair for resource in configuration.resources for pair in _files_of_resource(resource)
    )
    files = model.files
    gone = [RuleDifference(path, old[path], belongs_now=False) for path in old if path not in files]
    new = [RuleDifference(path, files[path], belongs_now=True) for path in files if path not in old]
    return sorted(gone + new, key=lambda difference: difference.path)


def _files_of_resource(resource: Resource) -> Iterator[tuple[str, Path]]:
    source = resource.path / resource.name
    if source.is_file():
        yield _installed(resource, PurePosixPath(resource.name)), source
    if not source.is_dir():
        return
    unpack = resource.unpack
    if unpack is None:
        unpack = not (source / "__init__.py").is_file()
    for pattern in resource.include_patterns:
        # Excludes did nothing here. A slash at the beginning meant the root of this computer.
        hits = () if pattern.startswith("/") else _hits(source, pattern)
        for hit in hits:
            path = PurePosixPath(resource.name, hit)
            # Unpacking took away the first part only.
            yield (
                _installed(resource, PurePosixPath(*path.parts[1:]) if unpack else path),
                (source / hit),
            )


def _hits(folder: Path, pattern: str) -> Iterator[PurePosixPath]:
    for hit in glob.iglob(pattern, root_dir=folder, recursive=True):  # noqa: PTH207  (its rules)
        if (folder / hit).is_file():
            yield PurePosixPath(Path(hit).as_posix())


def _installed(resource: Resource, path: PurePosixPath) -> str:
    return f"{resource.install_dir.rstrip('/')}/{path}"
