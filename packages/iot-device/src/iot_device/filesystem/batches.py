"""Many files or folders in few calls: the cost of a small thing is its round trip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iot_device.errors import ResultError
from iot_device.filesystem.calls import TIMEOUT_WITH_SIGNS
from iot_device.filesystem.entries import hex_digest, stat_from
from iot_device.filesystem.progress import Meter, OnProgress
from iot_device.filesystem.reading import read_file, stat_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iot_device.filesystem.calls import BoardCalls
    from iot_device.filesystem.entries import FileStat

__all__ = [
    "digests_of",
    "make_folders",
    "read_files",
    "remove_all",
    "stats_of",
]

_CHUNK: Final = 1024  # bytes of paths in one call: a small board holds them three times
_TIMEOUT: Final = 600.0  # seconds for thousands; a silent board is given up long before


def stats_of(calls: BoardCalls, paths: Sequence[str]) -> list[FileStat | None]:
    """Return what the board knows about each path; ``None`` where there is nothing."""
    if calls.features.flat:
        return [_stat_or_none(calls, path) for path in paths]
    return [facts for chunk in _chunks(paths) for facts in _stats_of_chunk(calls, chunk)]


def digests_of(calls: BoardCalls, paths: Sequence[str]) -> list[str | None]:
    """Return the SHA-256 digest of each file in hex; ``None`` where the board has none to tell."""
    if not calls.features.has_digest("sha256"):
        return [None] * len(paths)
    return [digest for chunk in _chunks(paths) for digest in _digests_of_chunk(calls, chunk)]


def make_folders(calls: BoardCalls, paths: Sequence[str]) -> None:
    """Make folders in the given order, unless they are there.

    Raises:
        BoardOSError: One could not be made; the message tells how many were.
    """
    calls.need("os.mkdir")
    _do_all(calls, "files_make_folders", paths, "were made")


def remove_all(calls: BoardCalls, paths: Sequence[str]) -> None:
    """Remove files and empty folders in the given order.

    Raises:
        BoardOSError: One could not be removed; the message tells how many were.
    """
    _do_all(calls, "files_remove_many", paths, "were removed")


def read_files(
    calls: BoardCalls, paths: Sequence[str], on_progress: OnProgress | None
) -> Iterator[tuple[str, bytes]]:
    """Yield each path with its bytes, verified.

    Raises:
        FileNotFoundError: There is no such file.
        VerificationError: It changes while it is read.
    """
    stats = stats_of(calls, paths) if on_progress else []
    sizes = [0 if facts is None else facts.size for facts in stats] or [0] * len(paths)
    meter = Meter(on_progress, sum(sizes))
    for path, size in zip(paths, sizes, strict=True):
        yield path, read_file(calls, path, meter.part)
        meter.finish_part(size)


def _do_all(calls: BoardCalls, name: str, paths: Sequence[str], done_words: str) -> None:
    before = 0
    for chunk in _chunks(paths):
        for item in calls.call(name, chunk, path=chunk[0], timeout=_TIMEOUT):
            match item:
                case int():
                    pass
                case (int(index), (reason, *_)) if 0 <= index < len(chunk):
                    error = calls.error(reason, chunk[index])
                    done = before + index
                    counts = f"{done} of {len(paths)} {done_words} before it"
                    error.message += f"; {counts if done else 'nothing was done'}"
                    raise error
                case other:
                    raise ResultError("the board's answer makes no sense", text=ascii(other))
        before += len(chunk)


def _chunks(paths: Sequence[str]) -> Iterator[tuple[str, ...]]:
    chunk: list[str] = []
    size = 0
    for path in paths:
        length = len(path.encode(errors="surrogateescape"))
        if chunk and size + length > _CHUNK:
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(path)
        size += length
    if chunk:
        yield tuple(chunk)


def _stats_of_chunk(calls: BoardCalls, paths: tuple[str, ...]) -> list[FileStat | None]:
    items = calls.call("files_stats", paths, path=paths[0])
    if len(items) != len(paths):
        raise ResultError("the board's answer is incomplete", text=ascii(items))
    return [_stat_from(calls, path, item) for path, item in zip(paths, items, strict=True)]


def _digests_of_chunk(calls: BoardCalls, paths: tuple[str, ...]) -> list[str | None]:
    items = calls.call("files_digests", paths, path=paths[0], timeout=TIMEOUT_WITH_SIGNS)
    digests = [hex_digest(item) for item in items if item != 0]  # 0 is a sign of life
    if len(digests) != len(paths):
        raise ResultError("the board's answer is incomplete", text=ascii(items))
    return digests


def _stat_or_none(calls: BoardCalls, path: str) -> FileStat | None:
    try:
        return stat_of(calls, path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _stat_from(calls: BoardCalls, path: str, item: object) -> FileStat | None:
    if isinstance(item, tuple):
        return stat_from(item)
    error = calls.error(item, path)
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return None
    raise error
